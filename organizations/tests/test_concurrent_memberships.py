"""Concurrent changes of one team, sent over sockets to two processes."""

from collections import Counter
from uuid import uuid4

import psycopg
import pytest

from fluxrate.tests.concurrency import at_once

ROLES = ["ADMIN", "MEMBER", "VIEWER"]


@pytest.fixture(scope="module")
def two_processes(site):
    """A server with two processes, and threads for all that is sent at once."""
    with site.another(WEB_CONCURRENCY="2", THREADS="16") as started:
        yield started


@pytest.fixture
def team(two_processes):
    """The owner of an organization, and a way to add members to it."""
    owner = two_processes.owner()
    organization_id = owner.ask("GET", "/api/v1/organization").json()["id"]

    def add(role):
        user, membership = uuid4(), uuid4()
        url = two_processes.environment["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO organizations_user (id, email, password, is_superuser, "
                "is_staff, is_active, updated_at) "
                "VALUES (%s, %s, '!', false, false, true, now())",
                [user, f"{user.hex}@example.com"],
            )
            connection.execute(
                "INSERT INTO organizations_membership "
                "(id, organization_id, user_id, role) VALUES (%s, %s, %s, %s)",
                [membership, organization_id, user, role],
            )
        return f"/api/v1/members/{membership}"

    return owner, add


def test_a_member_changed_and_removed_at_once_is_never_busy(team):
    owner, add = team
    for _ in range(4):
        member = add("MEMBER")
        tag = owner.ask("GET", member).headers["ETag"]

        def act(number, member=member, tag=tag):
            if number % 3 == 0:
                return owner.ask("DELETE", member).status
            guard = {"if_match": tag} if number % 3 == 1 else {}
            role = {"role": ROLES[number % 2]}
            return owner.ask("PATCH", member, role, **guard).status

        responses = at_once(act, range(12))
        assert set(responses) <= {200, 204, 404, 412}, Counter(responses)
        assert responses.count(204) == 1
        assert owner.ask("GET", member).status == 404


def test_owners_who_leave_at_once_leave_one_and_wait_for_nobody(team):
    owner, add = team
    others = [add("OWNER") for _ in range(5)]
    responses = at_once(
        lambda member: owner.ask("PATCH", member, {"role": "ADMIN"}).status,
        [*others, *others],
    )
    assert set(responses) == {200}, Counter(responses)
    assert owner.ask("DELETE", "/api/v1/members/me").status == 409


def test_ownership_handed_to_many_at_once_has_one_owner_in_the_end(team):
    owner, add = team
    heirs = [add("MEMBER") for _ in range(6)]
    responses = at_once(
        lambda member: owner.ask("POST", f"{member}/transfer-ownership").status, heirs
    )
    assert Counter(responses) == {200: 1, 403: 5}
    members = owner.ask("GET", "/api/v1/members").json()["data"]
    assert [member["role"] for member in members].count("OWNER") == 1


def test_a_key_rotated_and_revoked_at_once_is_never_busy(team):
    owner, _ = team
    body = {"name": "Import", "scopes": ["customers.read"]}
    key = f"/api/v1/api-keys/{owner.ask('POST', '/api/v1/api-keys', body).json()['id']}"

    def act(number):
        if number % 2:
            return owner.ask("DELETE", key).status
        return owner.ask("POST", f"{key}/rotate", {"overlap_seconds": 60}).status

    responses = at_once(act, range(10))
    assert set(responses) <= {201, 204, 409}, Counter(responses)
    assert responses.count(204) == 5
    assert responses.count(201) <= 1


def test_an_invitation_made_and_revoked_at_once_is_never_busy(team):
    owner, _ = team
    body = {"email": f"{uuid4().hex}@example.com", "role": "VIEWER"}
    created = owner.ask("POST", "/api/v1/invitations", body).json()["id"]

    def act(number):
        if number % 2:
            return owner.ask("DELETE", f"/api/v1/invitations/{created}").status
        return owner.ask("POST", "/api/v1/invitations", body).status

    responses = at_once(act, range(8))
    assert set(responses) <= {201, 204, 404}, Counter(responses)
    listed = owner.ask("GET", "/api/v1/invitations").json()["data"]
    assert len(listed) == 1
