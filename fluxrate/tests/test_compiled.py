"""A queryset that is compiled once answers as one that is built for each question."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F, QuerySet
from django.db.models.functions import Upper

from customers.models import Customer
from fluxrate.postgres.compiled import compiled
from fluxrate.tests.concurrency import at_once

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@compiled
def named(*, organization: object, name: object, since: object) -> QuerySet[Customer]:
    return (
        Customer.objects.select_related("organization")
        .filter(organization_id=organization, name=name, created_at__gt=since)
        .annotate(loud=Upper("name"), of=F("organization__name"))
        .order_by("email")
    )


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@b.co"
    )


def asked(customer, **values):
    given = {"organization": customer.organization_id, "name": "Ada", "since": LONG_AGO}
    return named(**given | values)


def test_it_makes_instances_with_what_is_related_and_annotated(
    ada, django_assert_num_queries
):
    with django_assert_num_queries(1):
        (found,) = asked(ada)
        assert found.organization == ada.organization
    assert (found, found.loud, found.of) == (ada, "ADA", ada.organization.name)
    assert found.metadata == {}
    assert not found._state.adding
    assert found._state.db == "default"


def test_each_question_has_values_of_its_own(ada):
    assert asked(ada, name="Grace") == []
    assert asked(ada) == [ada]
    assert asked(ada, since=datetime.now(UTC) + timedelta(days=1)) == []
    assert asked(ada, organization=uuid.uuid4()) == []


def test_values_may_be_of_any_type_that_postgresql_can_compare(ada):
    assert asked(ada, organization=str(ada.organization_id)) == [ada]
    assert asked(ada, since=LONG_AGO.date()) == [ada]


def test_none_equals_nothing(ada):
    assert asked(ada, name=None) == []


def test_a_value_is_never_read_as_sql(ada):
    assert asked(ada, name="' OR name <> '%s") == []


@pytest.mark.django_db(transaction=True)
def test_threads_ask_on_connections_of_their_own(acme):
    names = [f"{number}" for number in range(8)]
    for name in names:
        Customer.objects.create(
            organization=acme.organization, name=name, email=f"{name}@b.co"
        )
    here = acme.organization
    again = compiled(named.build)
    found = at_once(
        lambda name: again(organization=here.pk, name=name, since=LONG_AGO), names
    )
    assert [[each.name for each in rows] for rows in found] == [[n] for n in names]
