"""What was read can be sent back whole, as any typed client writes it."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils.dateparse import parse_datetime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Plan
from customers.tests.test_admin_concurrent_edits import drop_constraint
from organizations.models import Membership

from .subscription_scenario import SubscriptionScenario

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
OFFSETS = [timedelta(hours=2), -timedelta(hours=9, minutes=30), timedelta(hours=14)]


def truncated(time, digits):
    """As text with this many digits of the second's fraction, and no offset."""
    fraction = f"{time.microsecond:06}000"[:digits]
    return time.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if digits else "")


def by_python(text):
    return parse_datetime(text).isoformat()


def by_javascript(text):
    return truncated(parse_datetime(text), 3) + "Z"


def by_java(text):
    return truncated(parse_datetime(text), 9) + "Z"


def elsewhere(offset, digits):
    zone = timezone(offset)

    def write(text):
        there = parse_datetime(text).astimezone(zone)
        return truncated(there, digits) + there.isoformat()[-6:]

    return write


WRITERS = {
    "Python": by_python,
    "JavaScript": by_javascript,
    "Java": by_java,
    "lower case": str.lower,
    "+00:00": lambda text: text.replace("Z", "+00:00"),
    "-09:30": elsewhere(OFFSETS[1], 6),
    "+14:00": elsewhere(OFFSETS[2], 9),
    "seconds": lambda text: truncated(parse_datetime(text), 0) + "Z",
}


def rewritten(value, write, *, nulls=True, capitals=False):
    """The value as a client writes it: its times, its UUIDs, and nested nulls."""
    if isinstance(value, dict):
        return {
            name: rewritten(each, write, nulls=nulls, capitals=capitals)
            for name, each in value.items()
            if nulls or each is not None
        }
    if isinstance(value, list):
        return [rewritten(one, write, nulls=nulls, capitals=capitals) for one in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return write(value)
    if isinstance(value, str) and UUID.fullmatch(value) and capitals:
        return value.upper()
    return value


@pytest.fixture
def objects(acme):
    """The address of one object of each kind, in states with most members filled."""
    scenario = SubscriptionScenario(acme)
    live = scenario.subscribe()
    change = {"plan_id": scenario.yearly["id"], "at": "period_end"}
    scenario.act(live, "change-plan", **change)
    paused = scenario.in_state("PAUSED")
    canceled = scenario.in_state("CANCELED")
    member = Membership.objects.get(organization=acme.organization)
    urls = [
        f"/api/v1/customers/{scenario.customer['id']}",
        f"/api/v1/plans/{scenario.yearly['id']}",
        *(f"/api/v1/subscriptions/{one['id']}" for one in (live, paused, canceled)),
        "/api/v1/organization",
        f"/api/v1/members/{member.pk}",
    ]
    return scenario.api, urls


def sent_back(api, url, body):
    answer = api.patch(url, body)
    assert answer.status_code == 200, (url, body, answer.content)
    return answer.json()


@pytest.mark.parametrize("writer", WRITERS)
def test_every_object_may_be_sent_back_with_its_times_rewritten(objects, writer):
    api, urls = objects
    for url in urls:
        read = api.get(url).json()
        for nulls in (True, False):
            for capitals in (False, True):
                body = rewritten(read, WRITERS[writer], nulls=nulls, capitals=capitals)
                again = sent_back(api, url, body)
                for volatile in ("updated_at", "revision"):
                    again[volatile] = read[volatile]
                assert again == read


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    instant=st.timedeltas(-timedelta(days=25_000), timedelta(days=370_000)).map(
        lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since
    ),
    minutes=st.integers(-14 * 60, 14 * 60),
    digits=st.sampled_from([0, 3, 6, 7, 9]),
)
def test_a_time_may_be_sent_back_in_any_zone_and_precision(
    acme_api, instant, minutes, digits
):
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()
    Plan.objects.filter(pk=plan["id"]).update(created_at=instant)
    url = f"/api/v1/plans/{plan['id']}"
    read = acme_api.get(url).json()
    write = elsewhere(timedelta(minutes=minutes), digits)
    written = read | {"created_at": write(read["created_at"])}
    assert sent_back(acme_api, url, written)["created_at"] == read["created_at"]
    later = (instant + timedelta(seconds=1)).isoformat()
    refused = acme_api.put(url, {"created_at": write(later)})
    assert refused.json()["errors"][0]["code"] == "read_only"


def test_members_of_search_and_include_may_be_sent_back(objects):
    api, urls = objects
    query = {"search": "ada", "include": "subscriptions,subscription_counts"}
    (customer,) = api.get("/api/v1/customers", query).json()["data"]
    body = rewritten(customer, by_python, capitals=True) | {"name": "Ada King"}
    assert sent_back(api, urls[0], body)["name"] == "Ada King"


@pytest.mark.parametrize(
    "changed",
    [
        {"created_at": "2025-01-15T10:30:00Z"},
        {"created_at": None},
        {"created_at": "soon"},
        {"id": "0193B0C4-7A1E-7C55-9F3C-5D1F0F6A1B2C"},
        {"revision": "1"},
        {"revision": 1.0},
        {"available_actions": []},
        {"scheduled_change": {"plan_id": None}},
        {"status": "CANCELED"},
        {"cancel_at_period_end": 0},
    ],
)
def test_another_value_is_refused(objects, changed):
    api, urls = objects
    answer = api.put(urls[2], api.get(urls[2]).json() | changed)
    assert answer.status_code == 422, answer.content
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (next(iter(changed)), "read_only")


def test_a_stored_value_that_is_no_longer_valid_may_be_sent_back(objects):
    """The list of currencies has lost BGN, that of countries AN."""
    api, urls = objects
    drop_constraint("customer_country_known")
    Customer.objects.update(billing_address_country="AN")
    Plan.objects.update(currency="BGN")
    for url, field in ((urls[0], "billing_address_country"), (urls[1], "currency")):
        read = api.get(url).json()
        again = sent_back(api, url, read | {"name": "Renamed"})
        assert (again["name"], again[field]) == ("Renamed", read[field])
        assert api.patch(url, {field: "QQQ"[: len(read[field])]}).status_code == 422


def test_an_unchanged_field_beside_an_invalid_one_hides_no_error(objects):
    api, urls = objects
    Plan.objects.update(currency="BGN")
    read = api.get(urls[1]).json()
    answer = api.put(urls[1], read | {"trial_days": "many"})
    assert [each["field"] for each in answer.json()["errors"]] == ["trial_days"]
