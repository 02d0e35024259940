"""Users, memberships, invitations and organizations in the admin."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.html_form import form_of
from organizations.models import Invitation, Membership, Organization, User

PASSWORD = "another-long-password"
USERS = "/admin/organizations/user/"
MEMBERS = "/admin/organizations/membership/"
ORGANIZATIONS = "/admin/organizations/organization/"


def change(record):
    return reverse(
        f"admin:organizations_{record._meta.model_name}_change", args=[record.pk]
    )


def errors(answer):
    assert answer.status_code == 200, answer.status_code
    return dict(answer.context["adminform"].form.errors)


def typed_user(**fields):
    """The form of a user, with the inline forms of two memberships left empty."""
    return {
        "email": "Ada@Example.com",
        "name": "Ada",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    } | fields


@pytest.fixture
def clerk(db, static_files):
    """A staff user with these permissions, no superuser."""

    def hire(*rights):
        user = User.objects.create_user("clerk@fluxrate.example", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        browser = Client()
        browser.force_login(user)
        return browser

    return hire


def test_a_user_is_added_with_a_password_and_logs_in(staff, stranger):
    answer = staff.post(
        f"{USERS}add/",
        {
            "email": "Ada@Example.com",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.status_code == 302, errors(answer)
    user = User.objects.get(email="ada@example.com")
    assert user.check_password(PASSWORD)
    assert change(user) in answer["Location"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "staff@fluxrate.example"),
        ("email", "STAFF@fluxrate.example"),
        ("password2", "12345678"),
        ("password2", "differs-from-the-first"),
    ],
)
def test_a_bad_value_of_a_new_user_is_an_error(staff, field, value):
    typed = {
        "email": "ada@example.com",
        "usable_password": "true",
        "password1": value if field == "password2" and value.isdigit() else PASSWORD,
        "password2": PASSWORD,
    } | {field: value}
    assert list(errors(staff.post(f"{USERS}add/", typed))) == [field]


def test_a_user_is_changed_and_made_a_member(acme, staff):
    user = User.objects.create_user("ada@example.com")
    typed = typed_user(email="ada.king@example.com") | {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(user.pk),
        "memberships-0-organization": str(acme.organization.pk),
        "memberships-0-role": "VIEWER",
    }
    assert staff.post(change(user), typed).status_code == 302
    user.refresh_from_db()
    assert user.email == "ada.king@example.com"
    assert user.memberships.get().role == "VIEWER"


def test_a_taken_email_is_an_error_at_its_field(acme, staff):
    user = User.objects.create_user("ada@example.com")
    answer = staff.post(change(user), typed_user(email=acme.owner.email))
    assert list(errors(answer)) == ["email"]


def test_a_new_password_is_set(acme, staff):
    page = f"{USERS}{acme.owner.pk}/password/"
    assert staff.get(page).status_code == 200
    typed = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert staff.post(page, typed).status_code == 302
    acme.owner.refresh_from_db()
    assert acme.owner.check_password(PASSWORD)
    assert acme.api.get("/api/v1/auth/me").status_code == 401


def test_users_and_organizations_are_not_deleted_in_the_admin(acme, staff):
    for record in (acme.owner, acme.organization):
        name = f"admin:organizations_{record._meta.model_name}_delete"
        page = reverse(name, args=[record.pk])
        assert staff.post(page, {"post": "yes"}).status_code == 403
    assert Organization.objects.exists()


def test_an_organization_is_renamed_and_links_to_its_records(acme, staff):
    page = staff.get(change(acme.organization)).text
    query = f"?organization={acme.organization.pk}"
    for noun in ("customers/customer", "customers/plan", "organizations/membership"):
        assert f"/admin/{noun}/{query}" in page
    for link in re.findall(r'href="(/admin/[^"]+\?organization=[^"]+)"', page):
        assert staff.get(link).status_code == 200, link
    assert staff.post(change(acme.organization), {"name": "Acme 2"}).status_code == 302
    assert Organization.objects.get().name == "Acme 2"
    assert errors(staff.post(change(acme.organization), {"name": " "}))


def test_a_second_membership_of_a_user_is_an_error(acme, staff):
    typed = {
        "user": str(acme.owner.pk),
        "organization": str(acme.organization.pk),
        "role": "VIEWER",
    }
    answer = staff.post(f"{MEMBERS}add/", typed)
    assert errors(answer) == {"user": ["This user is already a member."]}


def test_only_the_role_of_a_membership_is_changed(acme, globex, staff, member):
    member("VIEWER")
    one = Membership.objects.get(role="VIEWER")
    typed = {"role": "ADMIN", "organization": str(globex.organization.pk)}
    assert staff.post(change(one), typed).status_code == 302
    one.refresh_from_db()
    assert (one.role, one.organization) == ("ADMIN", acme.organization)
    assert errors(staff.post(change(one), {"role": "KING"}))


def test_a_member_is_named_by_email_and_organization(acme, staff):
    one = Membership.objects.get(organization=acme.organization)
    for url in (change(one), MEMBERS, f"{MEMBERS}{one.pk}/delete/"):
        assert "owner@acme.example, OWNER, Acme" in staff.get(url).text


@pytest.mark.parametrize(
    ("page", "statements"), [(USERS, 5), (MEMBERS, 5), (ORGANIZATIONS, 5)]
)
@pytest.mark.parametrize("query", [{}, {"q": "owner@ac"}, {"q": "acm"}])
@pytest.mark.usefixtures("acme", "globex")
def test_lists_send_the_same_number_of_statements_for_many_users(
    staff, page, statements, query, django_assert_max_num_queries
):
    with django_assert_max_num_queries(statements):
        assert staff.get(page, query).status_code == 200


def test_staff_with_view_permissions_change_nothing(acme, clerk):
    browser = clerk("view_organization", "view_user")
    page = browser.get(change(acme.organization))
    assert "Acme" in page.text
    assert 'name="_save"' not in page.text
    assert 'name="reason"' not in page.text
    answer = browser.post(change(acme.organization), {"name": "Mine"})
    assert answer.status_code == 403
    assert browser.get(USERS).status_code == 200
    assert browser.get(MEMBERS).status_code == 403
    assert Organization.objects.get().name == "Acme"


def test_a_clerk_grants_no_permissions(acme, clerk):
    browser = clerk("view_user", "change_user")
    typed = typed_user(email=acme.owner.email, is_superuser="on", is_staff="on")
    assert browser.post(change(acme.owner), typed).status_code == 302
    acme.owner.refresh_from_db()
    assert acme.owner.name == "Ada"
    assert (acme.owner.is_staff, acme.owner.is_superuser) == (False, False)


def test_a_clerk_changes_no_other_staff(staff, clerk):
    browser = clerk("view_user", "change_user")
    chief = User.objects.get(is_superuser=True)
    assert browser.post(change(chief), typed_user()).status_code == 403
    page = f"{USERS}{chief.pk}/password/"
    typed = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert browser.post(page, typed).status_code == 403


def test_members_who_are_not_staff_cannot_log_in(acme, static_files):
    browser = Client()
    browser.force_login(acme.owner)
    answer = browser.get(USERS)
    assert answer["Location"].startswith("/admin/login/")


def test_a_group_of_permissions_is_saved(staff):
    page = "/admin/auth/group/"
    assert staff.get(page, {"q": "x"}).status_code == 200
    typed = {"name": "Support", "permissions": []}
    assert staff.post(f"{page}add/", typed).status_code == 302
    assert errors(staff.post(f"{page}add/", typed))


def test_an_organization_keeps_an_owner(acme, staff, member):
    one = Membership.objects.get(user=acme.owner)
    message = "last owner. Make another member an owner first."
    answer = staff.post(change(one), {"role": "ADMIN"})
    assert message in str(errors(answer))
    page = reverse("admin:organizations_membership_delete", args=[one.pk])
    assert message in staff.post(page, {"post": "yes"}, follow=True).text
    answer = run_action(staff, MEMBERS, "delete_selected", [one], follow=True)
    assert message in answer.text
    inline = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(one.pk),
        "memberships-0-user": str(acme.owner.pk),
        "memberships-0-organization": str(acme.organization.pk),
        "memberships-0-role": "VIEWER",
    }
    typed = typed_user(email=acme.owner.email) | inline
    assert message in str(errors(staff.post(change(acme.owner), typed)))
    assert Membership.objects.get(user=acme.owner).role == "OWNER"


def test_a_removed_member_has_no_access_at_once(acme, staff, member):
    viewer = member("VIEWER")
    assert viewer.get("/api/v1/customers").status_code == 200
    one = Membership.objects.get(role="VIEWER")
    page = reverse("admin:organizations_membership_delete", args=[one.pk])
    staff.post(page, {"post": "yes"})
    assert viewer.get("/api/v1/customers").status_code == 401


def test_an_invitation_is_shown_and_revoked(acme, staff):
    sent = {"email": "new@example.com", "role": "VIEWER"}
    assert acme.api.post("/api/v1/invitations", sent).status_code == 201
    one = Invitation.objects.get()
    page = "/admin/organizations/invitation/"
    for query in ({}, {"q": "new@"}):
        assert change(one) in staff.get(page, query).text
    assert staff.get(change(one)).status_code == 200
    assert staff.get(f"{page}add/").status_code == 403
    gone = reverse("admin:organizations_invitation_delete", args=[one.pk])
    staff.post(gone, {"post": "yes"})
    assert not Invitation.objects.exists()


def test_a_membership_that_is_removed_meanwhile_prevents_no_other_edit(staff, acme):
    user = User.objects.create_user("bo@example.com")
    Membership.objects.create(user=user, organization=acme.organization, role="MEMBER")
    form = form_of(staff.get(change(user)).text, "user_form")
    Membership.objects.get(user=user).delete()
    for name, edit in (("Bo", {}), ("Li", {"memberships-0-DELETE": "on"})):
        answer = staff.post(change(user), form | {"name": name} | edit)
        assert answer.status_code == 302, errors(answer)
        user.refresh_from_db()
        assert user.name == name
        form |= {"name": name, "initial-name": name}
    asked = staff.post(change(user), form | {"memberships-0-role": "ADMIN"})
    assert "was removed by somebody else meanwhile" in asked.text
    again = form_of(asked.text, "user_form") | {"name": "Bo Li"}
    assert staff.post(change(user), again).status_code == 302
    user.refresh_from_db()
    assert (user.name, Membership.objects.filter(user=user).exists()) == (
        "Bo Li",
        False,
    )


def test_a_users_page_shows_no_parameters_of_the_password_hash(staff, acme):
    page = staff.get(change(acme.owner)).text
    assert "argon2" not in page
    assert "<strong>Set</strong>" in page
    assert "../password/" in page
    nobody = User.objects.create_user("nobody@acme.example")
    assert "No password set" in staff.get(change(nobody)).text


def test_rights_are_listed_by_what_they_are_for(staff, acme):
    fields = staff.get(change(acme.owner)).context["adminform"].form.fields
    labels = [label for _, label in fields["user_permissions"].choices]
    assert {"Customers: delete", "API keys: add", "Deletions: change"} <= {*labels}
    everything = " ".join(labels).lower()
    for nonsense in ("content type", "session", "log entr", "token", "device"):
        assert nonsense not in everything
    assert len(labels) < 40


def test_a_right_that_is_not_listed_stays(staff, acme):
    right = Permission.objects.get(
        codename="view_session", content_type__app_label="sessions"
    )
    acme.owner.user_permissions.add(right)
    form = form_of(staff.get(change(acme.owner)).text, "user_form") | {"name": "Bo"}
    assert staff.post(change(acme.owner), form).status_code == 302
    assert list(acme.owner.user_permissions.all()) == [right]


@pytest.mark.parametrize(
    ("query", "emails"),
    [
        ({"is_staff": "true"}, ["boss@acme.example", "staff@fluxrate.example"]),
        ({"is_staff": "false"}, ["ada@acme.example"]),
        ({"is_active": "false"}, ["boss@acme.example"]),
        ({"is_superuser": "true"}, ["staff@fluxrate.example"]),
        ({"is_staff": "true", "created_from": "2999-01-01"}, []),
    ],
)
def test_chips_filter_the_list_of_users(staff, query, emails):
    User.objects.create_user("ada@acme.example")
    User.objects.create_user("boss@acme.example", is_staff=True, is_active=False)
    answer = staff.get("/admin/organizations/user/", query)
    assert [row.email for row in answer.context["cl"].result_list] == emails
    assert answer.text.count('class="chip active"') == len(query)
    assert 'id="changelist-filter"' not in answer.text
