"""Only the entries of X-Forwarded-For that our proxies add are trusted."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from fluxrate.api.client_ip import client_address

OURS = [ip_network("10.0.0.0/8"), ip_network("::1")]


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "client"),
    [
        (0, "192.0.2.1", "", "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "unknown", "10.0.0.1"),
        (1, "10.0.0.1", "198.51.100.1, garbage", "10.0.0.1"),
        (1, "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        (1, "10.0.0.1", "[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"),
        (OURS, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (OURS, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (OURS, "10.0.0.1", "203.0.113.9, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        (OURS, "10.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (OURS, "::1", "198.51.100.1", "198.51.100.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (0, "", "198.51.100.1", ""),
        (1, "", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_client_is_the_last_address_before_the_proxies(
    settings, proxies, remote, forwarded, client
):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded
    )
    assert client_address(request) == client
