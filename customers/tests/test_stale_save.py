"""An object that was read before others changed its row does not undo their change."""

import pytest
from django.db import connection, transaction

from customers.models import Customer, Plan
from organizations.models import Membership, Organization


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="a@b.co", phone="+1 111"
    )


def test_a_stale_save_is_refused(acme_api, ada):
    acme_api.patch(f"/api/v1/customers/{ada.pk}", {"phone": "+1 222"})
    ada.name = "King"
    with (
        pytest.raises(Customer.StaleRevision, match="Read it again"),
        transaction.atomic(),
    ):
        ada.save()
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("Ada", "+1 222")
    ada.name = "King"
    ada.save()
    assert Customer.objects.filter(name="King", phone="+1 222").exists()


def test_an_object_does_not_move_to_another_organization(
    acme, globex, ada, django_assert_num_queries
):
    ada.organization = globex.organization
    with (
        pytest.raises(Customer.StaleRevision),
        transaction.atomic(),
        django_assert_num_queries(1) as captured,
    ):
        ada.save()
    changed = captured[0]["sql"].split(" WHERE ")[0]
    assert "name" in changed
    assert "organization_id" not in changed
    with pytest.raises(Customer.DoesNotExist):
        ada.refresh_from_db()
    assert ada.history().count() == 0
    (row,) = Customer.objects.all()
    assert row.organization == acme.organization


def test_every_recorded_object_is_guarded(acme, ada):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    member = Membership.objects.get(organization=acme.organization)
    for record, change in (
        (plan, {"name": "Team"}),
        (acme.organization, {"name": "Acme Corp"}),
        (acme.owner, {"name": "Bo"}),
    ):
        type(record).objects.filter(pk=record.pk).update(**change)
        with pytest.raises(type(record).StaleRevision), transaction.atomic():
            record.save()
    member.save()


def test_a_deleted_row_does_not_come_back(ada):
    Customer.objects.filter(pk=ada.pk).delete()
    with pytest.raises(Customer.StaleRevision), transaction.atomic():
        ada.save()
    assert not Customer.objects.exists()


def test_an_object_may_be_saved_as_often_as_one_likes(ada, django_assert_num_queries):
    """One statement each, which brings the new revision."""
    for number in range(3):
        ada.name = f"Ada {number}"
        with django_assert_num_queries(1):
            ada.save()
        ada.phone = f"+1 {number}"
        ada.save(update_fields=["phone"])
    stored = Customer.objects.get()
    assert (ada.revision, ada.updated_at) == (stored.revision, stored.updated_at)
    assert stored.revision == 7


def test_single_columns_are_written_whatever_else_has_changed(ada):
    stale = Customer.objects.get()
    Customer.objects.filter(pk=ada.pk).update(phone="+1 222")
    stale.name = "King"
    stale.save(update_fields=["name"])
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("King", "+1 222")
    with pytest.raises(Customer.StaleRevision), transaction.atomic():
        stale.save()


def test_what_was_read_in_part_is_saved_in_part(ada):
    part = Customer.objects.only("name").get()
    Customer.objects.filter(pk=ada.pk).update(phone="+1 222")
    part.name = "King"
    part.save()
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("King", "+1 222")


def test_a_save_that_changes_nothing_leaves_the_revision(ada):
    ada.save()
    assert ada.revision == 1
    assert Organization.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM fluxrate_event WHERE object_id = %s", [ada.pk]
        )
        assert cursor.fetchone() == (1,)
