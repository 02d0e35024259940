"""Rows in the text format of PostgreSQL's COPY, ordered by time of creation."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from customers.billing_periods import period_boundary, steps_to

from .people import DOMAINS, PeopleGenerator, Person

FIRST, LAST = datetime(2023, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
NULL = r"\N"
SEGMENTS = ["startup", "smb", "smb", "midmarket", "enterprise"]
SOURCES = ["web", "web", "partner", "referral", "event", "import"]
TRIAL = timedelta(days=14)
# Each status as often as its share of a hundred subscriptions.
STATUSES = [
    *["ACTIVE"] * 70,
    *["TRIAL"] * 8,
    *["PAST_DUE"] * 5,
    *["PAUSED"] * 3,
    *["CANCELED"] * 14,
]

CUSTOMER_COLUMNS = [
    "id",
    "organization_id",
    "name",
    "email",
    "external_id",
    "phone",
    "billing_address_line1",
    "billing_address_line2",
    "billing_address_city",
    "billing_address_state",
    "billing_address_country",
    "billing_address_postal_code",
    "status",
    "metadata",
    "created_at",
    "updated_at",
]
SUBSCRIPTION_COLUMNS = [
    "id",
    "organization_id",
    "customer_id",
    "plan_id",
    "plan_name",
    "external_id",
    "status",
    "billing_interval",
    "billing_anchor",
    "start_date",
    "current_period_start",
    "current_period_end",
    "trial_end_date",
    "cancel_at_period_end",
    "canceled_at",
    "ended_at",
    "paused_at",
    "metadata",
    "created_at",
    "updated_at",
]


class PlanRow(NamedTuple):
    id: uuid.UUID
    name: str
    interval: str


def uuid7_at(milliseconds: int, random_bits: int) -> str:
    """A UUID version 7 of this Unix time; `random_bits` are 74 bits."""
    value = milliseconds << 80 | 0x7 << 76 | (random_bits >> 62) << 64
    return str(uuid.UUID(int=value | 0b10 << 62 | random_bits & (1 << 62) - 1))


def period(start: datetime, interval: str) -> tuple[datetime, datetime]:
    """The billing period that contains LAST."""
    steps = steps_to(start, interval, LAST)
    if steps > 0 and period_boundary(start, interval, steps) > LAST:
        steps -= 1
    steps = max(0, steps)
    return period_boundary(start, interval, steps), period_boundary(
        start, interval, steps + 1
    )


class Rows:
    """`count` customers of one organization, and their subscriptions."""

    def __init__(
        self, organization: uuid.UUID, plans: list[PlanRow], count: int, seed: str
    ) -> None:
        self.organization, self.plans, self.count = str(organization), plans, count
        self.people = PeopleGenerator(seed)
        # Two organizations may have the same people, but never the same ids.
        self.ids = random.Random(str(organization))  # noqa: S311
        self.step = (LAST - FIRST) / max(1, count)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """A line of customers and a line of subscriptions, which may be empty."""
        for number in range(1, self.count + 1):
            at = FIRST + self.step * number
            key = self.id_at(at)
            yield self.customer(number, key, at), self.subscription(number, key, at)

    def id_at(self, at: datetime) -> str:
        return uuid7_at(int(at.timestamp() * 1000), self.ids.getrandbits(74))

    def customer(self, number: int, key: str, at: datetime) -> str:
        draw = self.people.random.random
        person = self.people.person()
        domain = self.people.choice(DOMAINS)
        fields = (
            key,
            self.organization,
            person.name,
            f"{person.address_part}{number}@{domain}",
            f"CUST-{number:06d}" if draw() < 0.7 else NULL,
            self.people.digits(person.region.phone) if draw() < 0.75 else NULL,
            *(self.address(person) if draw() < 0.85 else [NULL] * 6),
            "ACTIVE" if draw() < 0.93 else "INACTIVE",
            self.metadata(),
            at.isoformat(),
            (at + timedelta(days=100) * draw()).isoformat(),
        )
        return "\t".join(fields) + "\n"

    def address(self, person: Person) -> list[str]:
        region, draw = person.region, self.people.random.random
        city, state, code = self.people.choice(region.cities)
        house = str(1 + int(draw() * 250))
        street = self.people.choice(region.streets)
        first = f"{house} {street}" if region.number_first else f"{street} {house}"
        second = f"{1 + int(draw() * 20)}. floor" if draw() < 0.1 else NULL
        code = self.people.digits(code)
        return [first, second, city, state or NULL, region.country, code]

    def metadata(self) -> str:
        draw = self.people.random.random
        if draw() < 0.4:
            return "{}"
        values = {
            "segment": self.people.choice(SEGMENTS),
            "source": self.people.choice(SOURCES),
            "account_manager": f"am-{int(draw() * 50)}",
        }
        return orjson.dumps(values).decode()

    def subscription(self, number: int, customer: str, at: datetime) -> str:
        draw = self.people.random.random
        if draw() < 0.3:
            return ""
        plan, status = self.people.choice(self.plans), self.people.choice(STATUSES)
        start = at + timedelta(days=3 * draw())
        if status == "TRIAL" and start + TRIAL < LAST:
            status = "ACTIVE"
        begins, ends = period(start, plan.interval)
        if status == "TRIAL":
            begins, ends = start, start + TRIAL
        ended = begins.isoformat() if status == "CANCELED" else NULL
        fields = (
            self.id_at(start),
            self.organization,
            customer,
            str(plan.id),
            plan.name,
            f"SUB-{number:06d}" if draw() < 0.3 else NULL,
            status,
            plan.interval,
            (ends if status == "TRIAL" else start).isoformat(),
            start.isoformat(),
            begins.isoformat(),
            ends.isoformat(),
            ends.isoformat() if status == "TRIAL" else NULL,
            "f",
            ended,
            ended,
            begins.isoformat() if status == "PAUSED" else NULL,
            "{}",
            start.isoformat(),
            begins.isoformat(),
        )
        return "\t".join(fields) + "\n"
