"""The client's IP address behind trusted proxies."""

from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str:
    """The client's IPv4 address or IPv6 /64 network; "" if there is none.

    An IPv6 subscriber chooses addresses freely within a /64, so a single address does
    not identify one. Any client can send X-Forwarded-For: only the entries count that
    TRUSTED_PROXIES appended, each the address that called the proxy.
    """
    address = _address(request.META.get("REMOTE_ADDR") or "")
    trusted = 0
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        before = _address(hop)
        if before is None or not _trusts(address, trusted):
            break
        address, trusted = before, trusted + 1
    return _prefix(address)


def _trusts(address: Address | None, trusted: int) -> bool:
    """Whether the address is a proxy of ours, after `trusted` proxies before it."""
    proxies = settings.TRUSTED_PROXIES
    if isinstance(proxies, int):
        return trusted < proxies
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _prefix(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return str(address or "")
