"""Concurrent requests of one user, sent over sockets to two processes."""

from http.cookies import SimpleCookie
from uuid import uuid4

import psycopg
import pytest

from fluxrate.tests.concurrency import at_once
from fluxrate.tests.live_site import PASSWORD

AUTH = "/api/v1/auth"


@pytest.fixture(scope="module")
def two_processes(site):
    """A server with two processes of four threads."""
    with site.another(WEB_CONCURRENCY="2") as started:
        yield started


def cookies(response):
    """The cookies that a response sets, by name."""
    jar = SimpleCookie()
    for line in response.headers.get_all("Set-Cookie") or []:
        jar.load(line)
    return {name: morsel.value for name, morsel in jar.items()}


def with_cookies(values):
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in values.items())}


def log_in(site, email):
    body = {"email": email, "password": PASSWORD}
    response = site.ask("POST", f"{AUTH}/login", body)
    assert response.status == 200, response.body
    return cookies(response)


def test_one_of_twenty_concurrent_refreshes_stays_logged_in(two_processes):
    held = log_in(two_processes, two_processes.owner().email)
    for _ in range(10):
        responses = at_once(
            lambda values: two_processes.ask(
                "POST", f"{AUTH}/refresh", headers=with_cookies(values)
            ),
            [held] * 20,
        )
        assert sorted(response.status for response in responses) == [200] + [401] * 19
        held = next(
            cookies(response) for response in responses if response.status == 200
        )
        me = two_processes.ask("GET", f"{AUTH}/me", headers=with_cookies(held))
        assert me.status == 200


def organizations(site, user_id, number):
    """Further organizations that the user belongs to."""
    created = [uuid4() for _ in range(number)]
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        for organization in created:
            connection.execute(
                "INSERT INTO organizations_organization "
                "(id, name, is_test, require_deletion_preview, restore_days) "
                "VALUES (%s, %s, false, false, 30)",
                [organization, organization.hex],
            )
            connection.execute(
                "INSERT INTO organizations_membership "
                "(id, organization_id, user_id, role) VALUES (%s, %s, %s, 'ADMIN')",
                [uuid4(), organization, user_id],
            )
    return created


def live_logins(site, user_id):
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM organizations_session "
            "WHERE user_id = %s AND ended_at IS NULL",
            [user_id],
        ).fetchone()
    return row[0]


def switch(site, held, organization):
    body = {"organization_id": str(organization)}
    return site.ask("POST", f"{AUTH}/switch", body, with_cookies(held))


def test_eight_concurrent_switches_leave_one_session(two_processes):
    owner = two_processes.owner()
    user_id = owner.ask("GET", f"{AUTH}/me").json()["user"]["id"]
    targets = organizations(two_processes, user_id, 8)
    before = live_logins(two_processes, user_id)
    held = dict(cookie.split("=", 1) for cookie in owner.cookies)
    for _ in range(3):
        responses = at_once(lambda target: switch(two_processes, held, target), targets)  # noqa: B023
        assert sorted(response.status for response in responses) == [200] + [401] * 7
        held = next(
            cookies(response) for response in responses if response.status == 200
        )
        assert live_logins(two_processes, user_id) == before
    for target in targets:
        response = switch(two_processes, held, target)
        assert response.status == 200
        held = cookies(response)
    assert live_logins(two_processes, user_id) == before


def test_no_concurrent_login_outlives_a_new_password(two_processes):
    owner = two_processes.owner()
    user_id = owner.ask("GET", f"{AUTH}/me").json()["user"]["id"]
    targets = organizations(two_processes, user_id, 3)
    held = log_in(two_processes, owner.email)
    new = {"current_password": PASSWORD, "new_password": "staple-orbit-lantern"}

    def act(target):
        if target is None:
            return owner.ask("POST", f"{AUTH}/password", new)
        return switch(two_processes, held, target)

    responses = at_once(act, [None, *targets])
    assert responses[0].status == 204, responses[0].body
    assert live_logins(two_processes, user_id) == 1
    assert owner.ask("GET", f"{AUTH}/me").status == 200
