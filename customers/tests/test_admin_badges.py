"""Each page of an object shows whether its organization is a test one or live."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer, Plan, Subscription
from fluxrate.models import Event
from organizations.models import ApiKey, Invitation, Membership, Organization, User

BADGES = {
    True: '<span class="badge test">Test</span>',
    False: '<span class="badge live">Live</span>',
}


def pages(owner):
    """The addresses of one object of each kind that the organization owns."""
    at, mine = datetime.now(UTC), {"organization": owner}
    user = User.objects.create_user("grace@acme.example")
    plan = Plan.objects.create(name="Pro", **mine)
    ada = Customer.objects.create(name="Ada", email="ada@acme.example", **mine)
    guest = {"email": "guest@acme.example", "role": "VIEWER", "expires_at": at}
    rows = [
        ada,
        plan,
        Subscription.begin(at=at, customer=ada, plan=plan, external_id="a", **mine),
        ApiKey.issue(name="Import", scopes=["customers.read"], **mine),
        Membership.objects.create(user=user, role="OWNER", **mine),
        Invitation.objects.create(invited_by=user, **guest, **mine),
        owner,
        Event.objects.filter(organization_id=owner.pk).first(),
    ]
    for row in rows:
        yield f"{row._meta.app_label}/{row._meta.model_name}/", f"{row.pk}/change/"
    for page in ("", "history/", "delete/"):
        yield "customers/customer/", f"{ada.pk}/{page}"
    spare = Plan.objects.create(name="Spare", **mine)
    yield "customers/plan/", f"{spare.pk}/delete/"
    yield "search?q=ada", ""


@pytest.mark.parametrize("is_test", [True, False])
def test_each_page_shows_the_badge(staff, db, is_test):
    clock = {"clock_at": datetime.now(UTC)} if is_test else {}
    owner = Organization.objects.create(name="Acme", is_test=is_test, **clock)
    for of_list, of_object in pages(owner):
        for page in {of_list, of_list + of_object}:
            answer = staff.get(f"/admin/{page}", follow=True)
            assert BADGES[is_test] in answer.text, page
            assert BADGES[not is_test] not in answer.text, page
