"""Members: the roles that may change them, and the owner that always remains."""

import pytest
from django.db import IntegrityError, connection, transaction

from conftest import enter
from fluxrate.models import Event
from fluxrate.tests.concurrency import at_once
from organizations.models import Membership, Organization, Role, Session, User

URL = "/api/v1/members"
CUSTOMERS = "/api/v1/customers"


@pytest.fixture
def team(acme, member):
    """Acme's owner and one member of every other role: role → (membership, client)."""
    apis = {role: member(role) for role in Role if role != Role.OWNER}
    rows = {row.role: row for row in Membership.objects.owned_by(acme.organization)}
    return {Role.OWNER: (rows[Role.OWNER], acme.api)} | {
        role: (rows[role], api) for role, api in apis.items()
    }


def at(team, role):
    return f"{URL}/{team[role][0].pk}"


def further_owner(acme, email="second@acme.example"):
    user = User.objects.create_user(email)
    return Membership.objects.create(
        organization=acme.organization, user=user, role=Role.OWNER
    )


def test_every_member_sees_the_team(team):
    for _, api in team.values():
        listed = api.get(URL).json()
        assert {row["role"] for row in listed["data"]} == set(Role)
        assert listed["meta"]["total"] == 4
    read = team[Role.VIEWER][1].get(at(team, Role.OWNER)).json()
    assert (read["email"], read["role"]) == ("owner@acme.example", "OWNER")


def test_a_changed_role_counts_on_the_next_request(team):
    api = team[Role.VIEWER][1]
    body = {"name": "Ada", "email": "a@b.co"}
    assert api.post(CUSTOMERS, body).status_code == 403
    response = team[Role.ADMIN][1].patch(at(team, Role.VIEWER), {"role": "MEMBER"})
    assert response.status_code == 200, response.content
    assert response.json()["role"] == "MEMBER"
    assert api.post(CUSTOMERS, body).status_code == 201


def test_a_removed_member_is_a_stranger_on_the_next_request(team):
    member, api = team[Role.MEMBER]
    assert api.get(CUSTOMERS).status_code == 200
    assert team[Role.ADMIN][1].delete(at(team, Role.MEMBER)).status_code == 204
    assert api.get(CUSTOMERS).status_code == 401
    assert not Session.objects.filter(user=member.user, ended_at=None).exists()
    assert team[Role.OWNER][1].get(at(team, Role.MEMBER)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_only_owners_change_owners(team, role):
    _, api = team[role]
    own, owner = at(team, role), at(team, Role.OWNER)
    for response in (
        api.patch(own, {"role": "OWNER"}),
        api.patch(owner, {"role": "ADMIN"}),
        api.put(owner, {"role": "VIEWER"}),
        api.delete(owner),
        api.post(f"{own}/transfer-ownership"),
    ):
        assert response.status_code == 403, response.content
    assert api.get(owner).json()["role"] == "OWNER"


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_members_and_viewers_change_nobody(team, role):
    _, api = team[role]
    assert api.patch(at(team, Role.ADMIN), {"role": "VIEWER"}).status_code == 403
    assert api.delete(at(team, Role.ADMIN)).status_code == 403


def test_the_last_owner_stays(team):
    membership, api = team[Role.OWNER]
    for response in (
        api.patch(at(team, Role.OWNER), {"role": "ADMIN"}),
        api.delete(at(team, Role.OWNER)),
        api.delete(f"{URL}/me"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "last_owner")
    membership.refresh_from_db()
    assert membership.role == Role.OWNER
    assert api.get(URL).status_code == 200


def test_one_of_two_owners_may_go(acme):
    second = enter(further_owner(acme))
    assert second.delete(f"{URL}/me").status_code == 204
    assert second.get(URL).status_code == 401
    assert acme.api.delete(f"{URL}/me").status_code == 409


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_a_member_who_is_not_an_owner_may_leave(team, role):
    _, api = team[role]
    response = api.delete(f"{URL}/me")
    assert response.status_code == 204
    assert response.cookies["access_token"].value == ""
    assert team[Role.OWNER][1].get(at(team, role)).status_code == 404


def test_ownership_is_handed_over(team):
    _, api = team[Role.OWNER]
    response = api.post(f"{at(team, Role.MEMBER)}/transfer-ownership")
    assert response.status_code == 200, response.content
    assert response.json()["role"] == "OWNER"
    assert api.get("/api/v1/auth/me").json()["role"] == "ADMIN"
    assert api.post(f"{at(team, Role.VIEWER)}/transfer-ownership").status_code == 403


def test_ownership_is_not_handed_over_to_oneself(team):
    response = team[Role.OWNER][1].post(f"{at(team, Role.OWNER)}/transfer-ownership")
    assert (response.status_code, response.json()["code"]) == (409, "already_owner")


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_demote_each_other_one_may(acme):
    second = further_owner(acme)
    first = Membership.objects.get(user=acme.owner)
    pairs = [(acme.api, second), (enter(second), first)]

    def demote(pair):
        api, other = pair
        return api.patch(f"{URL}/{other.pk}", {"role": "MEMBER"}).status_code

    codes = at_once(demote, pairs)
    assert codes in ([200, 403], [403, 200])
    assert Membership.objects.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(acme):
    apis = [acme.api, enter(further_owner(acme))]
    codes = at_once(lambda api: api.delete(f"{URL}/me").status_code, apis)
    assert sorted(codes) == [204, 409]
    assert Membership.objects.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_postgresql_refuses_to_remove_the_last_owner(acme):
    owners = Membership.objects.filter(role=Role.OWNER)
    with pytest.raises(IntegrityError, match="membership_keeps_an_owner"):
        owners.update(role=Role.ADMIN)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM organizations_membership")
    second = further_owner(acme)
    with transaction.atomic():
        Membership.objects.filter(user=acme.owner).update(role=Role.VIEWER)
        Membership.objects.filter(pk=second.pk).update(role=Role.ADMIN)
        Membership.objects.filter(user=acme.owner).update(role=Role.OWNER)
    Organization.objects.get().delete()
    assert not Membership.objects.exists()


@pytest.mark.parametrize("role", ["owner", "GUEST", "", None, 1, ["ADMIN"]])
def test_an_unknown_role_is_refused(team, role):
    response = team[Role.OWNER][1].patch(at(team, Role.MEMBER), {"role": role})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "role"


def test_members_join_by_invitation_only(team):
    assert team[Role.OWNER][1].post(URL, {"role": "ADMIN"}).status_code == 405


def test_a_member_comes_and_goes_with_events(acme, team):
    member, _ = team[Role.MEMBER]
    acme.api.patch(f"{URL}/{member.pk}", {"role": "VIEWER"})
    acme.api.delete(f"{URL}/{member.pk}")
    seen = Event.objects.filter(object_id=member.pk).order_by("id")
    assert [(event.type, event.actor) for event in seen][1:] == [
        ("member.updated", f"user:{acme.owner.pk}"),
        ("member.deleted", f"user:{acme.owner.pk}"),
    ]
    assert seen[1].changes == {"role": ["MEMBER", "VIEWER"]}


def test_a_member_of_two_organizations_acts_in_that_of_the_login(acme, globex):
    first = Membership.objects.get(organization=acme.organization)
    second = Membership.objects.create(
        organization=globex.organization, user=first.user, role=Role.VIEWER
    )
    for membership in (first, second):
        organization = enter(membership).get("/api/v1/organization").json()
        assert organization["id"] == str(membership.organization_id)
