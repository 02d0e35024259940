"""Events are added and read, not changed or removed."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.models import Customer
from fluxrate.models import Event, erase_object, prune_events
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.event_base import follow_events


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@acme.example"
    )


def refused(sql, match):
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


REWRITES = [
    "UPDATE fluxrate_event SET actor = 'nobody'",
    "DELETE FROM fluxrate_event",
]


@pytest.mark.parametrize("sql", REWRITES)
def test_the_applications_role_may_not_rewrite_events(ada, sql):
    refused(sql, "permission denied")


@pytest.mark.parametrize("sql", REWRITES)
def test_the_trigger_refuses_a_role_that_may_write(ada, sql):
    refused(f"GRANT ALL ON fluxrate_event TO CURRENT_USER; {sql}", "not changed")


def test_emptying_the_table_is_refused(ada):
    refused(
        "ALTER TABLE fluxrate_event ENABLE TRIGGER event_not_truncated; "
        "GRANT ALL ON fluxrate_event TO CURRENT_USER; "
        "TRUNCATE fluxrate_event",
        "not changed",
    )


def test_an_erasure_empties_an_objects_events_and_leaves_one(acme, ada):
    with atomic_as("staff:s"):
        assert erase_object(acme.organization, ada.pk, why="Asked for by Ada") == 1
    created, erased = Event.objects.filter(object_id=ada.pk).order_by("id")
    assert (created.type, created.data, created.revision) == ("customer.created", {}, 1)
    assert (erased.type, erased.actor, erased.reason) == (
        "history.erased",
        "staff:s",
        "Asked for by Ada",
    )
    assert erased.data["events"] == 1
    refused(REWRITES[0], "permission denied")


def test_an_erasure_needs_a_reason(acme, ada):
    with pytest.raises(DatabaseError, match="without a reason"):
        erase_object(acme.organization, ada.pk, why="")


def test_old_events_are_pruned_and_an_event_records_it(acme, ada):
    later = timezone.now() + timedelta(seconds=1)
    before = Event.objects.count()
    assert prune_events(later, why="Older than seven years") == before
    assert [event.type for event in Event.objects.all()] == ["history.pruned"]


@pytest.fixture
def ahead(acme):
    """An event of a server that had counted a million transactions more."""

    def write():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO fluxrate_event (transaction, organization_id, type, "
                "object_type, request_id, reason, changes, data) SELECT "
                "event_position() + 1000000, %s, 'old', 'old', '', '', '{}', '{}'",
                [acme.organization.pk],
            )

    return write


def test_events_of_a_restored_dump_stay_in_their_order(acme, ada, ahead):
    ahead()
    follow_events(connection)
    Customer.objects.update(name="Bea")
    mine = Event.objects.owned_by(acme.organization)
    assert mine.first().type == "customer.updated"
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_base()")
        base = cursor.fetchone()[0]
        follow_events(connection)
        cursor.execute("SELECT event_base()")
        assert cursor.fetchone()[0] == base > 0


def test_cached_plans_follow_a_restore(acme, ada, ahead):
    for number in range(8):  # PL/pgSQL keeps a plan from its sixth use on
        Customer.objects.update(name=f"Ada {number}")
    ahead()
    follow_events(connection)
    Customer.objects.update(name="Bea")
    assert Event.objects.owned_by(acme.organization).first().changes["name"][1] == "Bea"
