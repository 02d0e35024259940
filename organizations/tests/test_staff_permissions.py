"""Who grants permissions in the admin, and the events of that."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from fluxrate.models import INSTALLATION, Event
from fluxrate.postgres.attribution import atomic_as
from organizations.models import ApiKey, Invitation, Membership, User, group_key

PASSWORD = "another-long-password"


@pytest.fixture
def clerk(db, static_files):
    """A staff user with every permission, by a group, who is no superuser."""
    user = User.objects.create_user("clerk@fluxrate.example", PASSWORD, is_staff=True)
    everything = Group.objects.create(name="Clerks")
    everything.permissions.set(Permission.objects.all())
    user.groups.add(everything)
    return user


@pytest.fixture
def browser(clerk):
    client = Client()
    client.force_login(clerk)
    return client


def rights():
    """All permissions, and the passwords and emails that open the accounts."""
    through = (User.groups.through, User.user_permissions.through)
    return {
        "accounts": set(
            User.objects.values_list(
                "id", "email", "password", "is_staff", "is_superuser"
            )
        ),
        "members": set(Membership.objects.values_list("user", "organization", "role")),
        "groups": set(Group.objects.values_list("id", "permissions")),
        "links": [set(model.objects.values_list()) for model in through],
        "invited": set(Invitation.objects.values_list("id")),
    }


def everything_at_once(user, owner, organization):
    """A form with every field; a page reads its own fields only."""
    rows = Membership.objects.filter(user=owner)
    mine = {
        f"memberships-{number}-{name}": str(value)
        for number, row in enumerate([*rows, None])
        for name, value in {
            "id": row.pk if row else "",
            "user": owner.pk,
            "organization": row.organization_id if row else organization.pk,
            "role": "OWNER",
        }.items()
    }
    return mine | {
        "memberships-TOTAL_FORMS": str(len(rows) + 1),
        "memberships-INITIAL_FORMS": str(len(rows)),
        "email": "mine@fluxrate.example",
        "name": "Mine",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [str(pk) for pk in Group.objects.values_list("pk", flat=True)],
        "user_permissions": ["1", "2", "3"],
        "permissions": ["1", "2", "3"],
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
        "user": str(user.pk),
        "organization": str(organization.pk),
        "role": "OWNER",
        "scopes": "customers.write",
    }


# For API keys see test_admin_keys::test_staff_grant_the_scopes_of_what_they_may_do.
GIVERS = (User, Group, Membership, Invitation)


def addresses(model, rows):
    """Every page of the model that accepts a form."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    if model is not User:
        yield reverse(f"{name}_add")
    for row in rows:
        yield reverse(f"{name}_change", args=[row.pk])
    if model is User:
        yield from (
            reverse("admin:auth_user_password_change", args=[r.pk]) for r in rows
        )


@pytest.mark.parametrize("model", GIVERS)
def test_staff_with_every_permission_cannot_promote_themselves(
    acme, globex, clerk, browser, model
):
    """Nor log in to another account, nor join an organization."""
    member = User.objects.create_user("member@acme.example", PASSWORD)
    Membership.objects.create(
        user=member, organization=acme.organization, role="VIEWER"
    )
    Group.objects.create(name="Powerful").permissions.set(Permission.objects.all())
    User.objects.create_superuser("chief@fluxrate.example", PASSWORD)
    ApiKey.issue(organization=acme.organization, name="A", scopes=["customers.read"])
    rows = (
        model.objects.all() if model is not User else model.objects.exclude(pk=clerk.pk)
    )
    before = rights()
    for address in addresses(model, rows):
        owner = member
        typed = everything_at_once(clerk, owner, globex.organization)
        answer = browser.post(address, typed)
        assert answer.status_code in {200, 302, 403}, address
        assert rights() == before, address


def test_staff_cannot_promote_themselves_on_their_own_page(acme, clerk, browser):
    before = rights()
    typed = everything_at_once(clerk, clerk, acme.organization)
    page = reverse("admin:organizations_user_change", args=[clerk.pk])
    browser.post(page, typed | {"email": clerk.email})
    assert rights() == before
    assert User.objects.get(pk=clerk.pk).name == "Mine"


def test_a_user_created_by_staff_has_no_permissions(acme, browser):
    typed = everything_at_once(acme.owner, acme.owner, acme.organization)
    assert browser.post("/admin/organizations/user/add/", typed).status_code == 302
    user = User.objects.get(email="mine@fluxrate.example")
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.get_all_permissions()
    assert not user.memberships.exists()


def test_only_superusers_see_the_permission_fields(acme, clerk, browser):
    for row in (Group.objects.get(name="Clerks"), Membership.objects.get()):
        opts = row._meta
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        page = browser.get(reverse(name, args=[row.pk])).text
        assert 'name="_save"' not in page
    page = browser.get(reverse("admin:organizations_user_change", args=[acme.owner.pk]))
    assert 'name="_save"' in page.text
    for field in ("email", "is_superuser", "groups", "memberships-0-role"):
        assert f'name="{field}"' not in page.text
    assert "/password/" not in page.text


def test_staff_with_the_permission_remove_members(acme, member, browser):
    member("VIEWER")
    one = Membership.objects.get(role="VIEWER")
    page = reverse("admin:organizations_membership_delete", args=[one.pk])
    assert browser.post(page, {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(pk=one.pk).exists()


def last(type_):
    return Event.objects.filter(type=type_).order_by("id").last()


def saved(staff, user, **typed):
    page = reverse("admin:organizations_user_change", args=[user.pk])
    base = {
        "email": user.email,
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    answer = staff.post(page, base | typed)
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_a_change_of_superuser_and_staff_flags_is_an_event_with_the_reason(staff):
    user = User.objects.create_user("ada@fluxrate.example")
    saved(staff, user, is_staff="on", is_superuser="on", reason="Ticket 17")
    event = last("user.updated")
    assert event.changes == {"is_staff": [False, True], "is_superuser": [False, True]}
    assert event.reason == "Ticket 17"
    assert event.actor == f"staff:{User.objects.get(email='staff@fluxrate.example').pk}"
    assert (event.object_id, event.organization_id) == (user.pk, INSTALLATION)


def test_a_change_of_groups_and_permissions_is_an_event_with_old_and_new(staff):
    user = User.objects.create_user("ada@fluxrate.example")
    group = Group.objects.create(name="Support")
    right = Permission.objects.get(codename="view_customer")
    user.groups.add(Group.objects.create(name="Readers"))
    saved(staff, user, groups=[group.pk], user_permissions=[right.pk], reason="Moved")
    events = Event.objects.filter(object_id=user.pk, reason="Moved").order_by("id")
    assert [event.changes for event in events] == [
        {"groups": [["Readers"], []]},
        {"groups": [[], ["Support"]]},
        {"user_permissions": [[], ["customers.view_customer"]]},
    ]


def test_a_change_of_a_group_is_an_event(staff):
    page = "/admin/auth/group/"
    right = Permission.objects.get(codename="delete_customer")
    typed = {"name": "Support", "permissions": [right.pk], "reason": "New team"}
    assert staff.post(f"{page}add/", typed).status_code == 302
    group = Group.objects.get(name="Support")
    own = Event.objects.filter(object_id=group_key(group.pk)).order_by("id")
    assert [event.type for event in own] == ["group.created", "group.updated"]
    assert own[1].changes == {"permissions": [[], ["customers.delete_customer"]]}
    staff.post(f"{page}{group.pk}/change/", typed | {"name": "Help"})
    assert own.all().last().changes == {"name": ["Support", "Help"]}
    staff.post(f"{page}{group.pk}/delete/", {"post": "yes"})
    assert [event.type for event in own.all()][-2:] == [
        "group.updated",
        "group.deleted",
    ]
    assert {event.reason for event in own.all()} == {"New team", ""}


def test_permissions_changed_in_bulk_or_in_sql_are_events(db):
    users = [User.objects.create_user(f"{name}@a.example") for name in ("a", "b")]
    group = Group.objects.create(name="Support")
    with atomic_as("shell:ada", reason="T-4711"):
        User.objects.update(is_staff=True)
        group.user_set.set(users)
    flagged = Event.objects.filter(reason="T-4711", changes__has_key="is_staff")
    grouped = Event.objects.filter(reason="T-4711", changes__groups=[[], ["Support"]])
    assert flagged.count() == grouped.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("UPDATE organizations_user SET is_superuser = true")
        cursor.execute("DELETE FROM organizations_user_groups")
    assert Event.objects.filter(changes__is_superuser=[False, True]).count() == 2
    assert Event.objects.filter(changes__groups=[["Support"], []]).count() == 2


def served_by_us():
    """The URL of this test's database, for another process."""
    database = connection.settings_dict
    user, host = database["USER"], quote(database["HOST"], safe="")
    port = database["PORT"] or 5432
    return f"postgresql://{user}@/{database['NAME']}?host={host}&port={port}"


@pytest.mark.django_db(transaction=True)
def test_createsuperuser_is_an_event(static_files):
    made = subprocess.run(
        [
            *(sys.executable, "manage.py", "createsuperuser", "--noinput"),
            *("--email", "root@fluxrate.example"),
        ],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": served_by_us()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    event = last("user.created")
    assert event.actor == "command:createsuperuser"
    assert event.data["is_superuser"] is True


def test_neither_passwords_nor_last_logins_are_in_events(db):
    user = User.objects.create_user("ada@fluxrate.example", PASSWORD)
    before = Event.objects.count()
    User.objects.filter(pk=user.pk).update(last_login=user.created_at)
    assert Event.objects.count() == before
    user.set_password("yet-another-password")
    user.save()
    event = last("user.updated")
    assert event.changes == {}
    for event in Event.objects.filter(object_id=user.pk):
        assert not {"password", "last_login"} & event.data.keys()


def test_no_organization_sees_events_of_the_installation(acme, staff):
    user = User.objects.create_user("ada@fluxrate.example")
    saved(staff, user, is_staff="on")
    feed = acme.api.get("/api/v1/events", {"page_size": 100}).json()["data"]
    assert not [event for event in feed if event["type"].startswith("user.upd")]
    start = {"after": str(INSTALLATION), "page_size": 100}
    feed = acme.api.get("/api/v1/events", start).json()["data"]
    assert {event["object_type"] for event in feed} <= {"organization", "member"}


def test_staff_see_the_installations_events_and_a_users_history(staff):
    user = User.objects.create_user("ada@fluxrate.example")
    saved(staff, user, is_staff="on", reason="Ticket 17")
    page = "/admin/fluxrate/event/"
    listed = staff.get(page, {"organization": str(INSTALLATION)}).text
    assert "user.updated" in listed
    assert "The installation" in listed
    one = staff.get(
        reverse("admin:fluxrate_event_change", args=[last("user.updated").pk])
    )
    assert "The installation" in one.text
    history = staff.get(
        reverse("admin:organizations_user_history", args=[user.pk])
    ).text
    assert "User created" in history
    assert "Ticket 17" in history


def test_a_group_has_a_history(staff):
    group = Group.objects.create(name="Support")
    page = reverse("admin:auth_group_history", args=[group.pk])
    assert "Group created" in staff.get(page).text
    for number in ("x", "-1", "9" * 30, "²"):
        answer = staff.get(f"/admin/auth/group/{number}/history/")
        assert answer.status_code == 302, number


def test_events_can_be_filtered_by_every_object_type(staff):
    page = staff.get("/admin/fluxrate/event/").text
    for noun in ("customer", "invitation", "user", "group", "member", "history"):
        assert f'name="object_type" value="{noun}"' in page, noun


def test_a_permission_to_view_customers_shows_no_history_of_users(staff, acme, db):
    clerk = User.objects.create_user("bo@fluxrate.example", PASSWORD, is_staff=True)
    right = Permission.objects.get(codename="view_customer")
    clerk.user_permissions.add(right)
    client = Client()
    client.force_login(clerk)
    for noun, key in (("user", clerk.pk), ("organization", acme.organization.pk)):
        own = reverse(f"admin:organizations_{noun}_history", args=[key])
        assert f"{noun.capitalize()} created" in staff.get(own).text
        other = reverse("admin:customers_customer_history", args=[key])
        assert "Nothing is recorded." in client.get(other).text
