"""What happens to one login by several requests at once, over sockets and processes."""

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


def cookies(answer):
    """The cookies that an answer sets, by name."""
    found = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        found.load(line)
    return {name: morsel.value for name, morsel in found.items()}


def with_cookies(values):
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in values.items())}


def log_in(site, email):
    body = {"email": email, "password": PASSWORD}
    answer = site.ask("POST", f"{AUTH}/login", body)
    assert answer.status == 200, answer.body
    return cookies(answer)


def test_of_twenty_refreshes_at_once_the_winner_stays_logged_in(two_processes):
    held = log_in(two_processes, two_processes.owner().email)
    for _ in range(10):
        answers = at_once(
            lambda values: two_processes.ask(
                "POST", f"{AUTH}/refresh", headers=with_cookies(values)
            ),
            [held] * 20,
        )
        assert sorted(answer.status for answer in answers) == [200] + [401] * 19
        held = next(cookies(each) for each in answers if each.status == 200)
        me = two_processes.ask("GET", f"{AUTH}/me", headers=with_cookies(held))
        assert me.status == 200


def organizations(site, user_id, number):
    """Further organizations that the user belongs to."""
    made = [uuid4() for _ in range(number)]
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        for organization in made:
            connection.execute(
                "INSERT INTO organizations_organization (id, name, is_test) "
                "VALUES (%s, %s, false)",
                [organization, organization.hex],
            )
            connection.execute(
                "INSERT INTO organizations_membership "
                "(id, organization_id, user_id, role) VALUES (%s, %s, %s, 'ADMIN')",
                [uuid4(), organization, user_id],
            )
    return made


def live_logins(site, user_id):
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM organizations_session "
            "WHERE user_id = %s AND ended_at IS NULL",
            [user_id],
        ).fetchone()
    return found[0]


def switch(site, held, organization):
    body = {"organization_id": str(organization)}
    return site.ask("POST", f"{AUTH}/switch", body, with_cookies(held))


def test_eight_switches_at_once_leave_one_login(two_processes):
    owner = two_processes.owner()
    user_id = owner.ask("GET", f"{AUTH}/me").json()["user"]["id"]
    places = organizations(two_processes, user_id, 8)
    before = live_logins(two_processes, user_id)
    held = dict(each.split("=", 1) for each in owner.cookies)
    for _ in range(3):
        answers = at_once(lambda place: switch(two_processes, held, place), places)  # noqa: B023
        assert sorted(answer.status for answer in answers) == [200] + [401] * 7
        held = next(cookies(each) for each in answers if each.status == 200)
        assert live_logins(two_processes, user_id) == before
    for place in places:
        answer = switch(two_processes, held, place)
        assert answer.status == 200
        held = cookies(answer)
    assert live_logins(two_processes, user_id) == before


def test_no_login_begun_at_once_outlives_a_new_password(two_processes):
    owner = two_processes.owner()
    user_id = owner.ask("GET", f"{AUTH}/me").json()["user"]["id"]
    places = organizations(two_processes, user_id, 3)
    held = log_in(two_processes, owner.email)
    new = {"current_password": PASSWORD, "new_password": "staple-orbit-lantern"}

    def act(place):
        if place is None:
            return owner.ask("POST", f"{AUTH}/password", new)
        return switch(two_processes, held, place)

    answers = at_once(act, [None, *places])
    assert answers[0].status == 204, answers[0].body
    assert live_logins(two_processes, user_id) == 1
    assert owner.ask("GET", f"{AUTH}/me").status == 200
