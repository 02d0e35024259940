"""Two organizations with rows of every kind, and callers of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
from django.db import connections, transaction
from django.utils.timezone import now

from conftest import PASSWORD, Tenant, tenant
from customers.models import Customer, Plan, Subscription
from fluxrate.tests.both_ways import address
from fluxrate.tests.database import copy_database, drop_database
from fluxrate.tests.route_walk import belongings, member
from fluxrate.tests.ways_to_answer import use
from organizations.auth.authentication import ACCESS_COOKIE, API_KEY_HEADER
from organizations.auth.tokens import access_token
from organizations.models import ApiKey, Membership, Organization, Role, Scope, User

Headers = tuple[tuple[str, str], ...]
YEAR = timedelta(days=365)
CITIES = ("Berlin", "Besançon", None)
COUNTRIES = ("DE", "FR", None)


def populate(home: Organization) -> None:
    """Customers, plans and subscriptions in several states."""
    at = now()
    plans = [
        Plan.objects.create(
            organization=home, name=f"Plan {number}", trial_days=14 * (number % 2)
        )
        for number in range(3)
    ]
    for number in range(25):
        customer = Customer.objects.create(
            organization=home,
            name=f"Ada Lovelace {number}",
            email=f"ada{number}@example.com",
            external_id=None if number % 3 else f"ext/{number}",
            phone=None if number % 4 else f"+49 30 {number:05d}",
            billing_address_city=CITIES[number % 3],
            billing_address_country=COUNTRIES[number % 3],
            metadata={"crm": f"C-{number}"} if number % 2 else {},
            status="INACTIVE" if number % 10 == 9 else "ACTIVE",
        )
        if number < 12 and customer.status == "ACTIVE":
            Subscription.begin(
                at=at, organization=home, customer=customer, plan=plans[number % 3]
            )


def cookie(membership: Membership, *, at: datetime | None = None) -> Headers:
    session, _ = membership.begin_session(at=at or now())
    return with_token(access_token(session, at=at or now()))


def with_token(token: str) -> Headers:
    return (("Cookie", f"{ACCESS_COOKIE}={token}"),)


def key(home: Organization, *scopes: str) -> ApiKey:
    return ApiKey.issue(organization=home, name="Program", scopes=list(scopes))


def with_key(issued: ApiKey) -> Headers:
    return ((API_KEY_HEADER, str(issued.secret)),)


def bearer(issued: ApiKey) -> Headers:
    return (("Authorization", f"Bearer {issued.secret}"),)


def callers(acme: Tenant, globex: Tenant) -> dict[str, Headers]:
    """The headers of each kind of caller, by a name."""
    home = acme.organization
    every = key(home, *Scope)
    kinds: dict[str, Headers] = {"anonymous": (), "key": with_key(every)}
    kinds["bearer"] = bearer(every)
    for role in Role:
        kinds[role.lower()] = cookie(member(home, role))
    kinds["spare"] = cookie(member(home, Role.ADMIN))
    for scope in Scope:
        kinds[scope.value] = with_key(key(home, scope))
    kinds["other owner"] = cookie(member(globex.organization, Role.OWNER))
    kinds["other key"] = with_key(key(globex.organization, *Scope))
    kinds["both"] = kinds["key"] + kinds["owner"]
    kinds["both, other"] = kinds["other key"] + kinds["owner"]
    kinds["two keys"] = kinds["key"] + kinds["other key"]
    kinds["key and bearer"] = kinds["key"] + kinds["bearer"]
    kinds["basic"] = (("Authorization", "Basic YTpi"), *kinds["owner"])
    kinds["session of the admin"] = (("Cookie", "admin_session=x"), *kinds["member"])
    return kinds | refused(home)


def refused(home: Organization) -> dict[str, Headers]:
    """Callers who were somebody once, or never."""
    at, kinds = now(), {}
    removed, inactive, ended, expired, old = (
        member(home, Role.OWNER) for _ in range(5)
    )
    kinds["removed member"] = cookie(removed)
    kinds["inactive user"] = cookie(inactive)
    for name, membership, change in (
        ("ended session", ended, {"ended_at": at}),
        ("expired session", expired, {"expires_at": at - timedelta(seconds=1)}),
    ):
        session, _ = membership.begin_session(at=at)
        kinds[name] = with_token(access_token(session, at=at))
        type(session).objects.filter(pk=session.pk).update(**change)
    kinds["expired token"] = cookie(old, at=at - timedelta(days=2))
    token = kinds["ended session"][0][1]
    kinds["forged token"] = (("Cookie", token[:-2] + "AA"),)
    removed.delete()
    User.objects.filter(pk=inactive.user_id).update(is_active=False)
    revoked, over = key(home, *Scope), key(home, *Scope)
    revoked.revoke(at=at)
    ApiKey.objects.filter(pk=over.pk).update(
        created_at=at - YEAR, expires_at=at - timedelta(days=1)
    )
    kinds |= {"revoked key": with_key(revoked), "expired key": bearer(over)}
    kinds["no key"] = ((API_KEY_HEADER, "org_live_nobody"),)
    kinds["token as key"] = (("Authorization", f"Bearer {token.partition('=')[2]}"),)
    return kinds


class EquivalenceWorld:
    """Acme, which asks, and Globex, whose rows nobody of Acme may see."""

    def __init__(self) -> None:
        self.acme, self.globex = tenant("Acme"), tenant("Globex")
        self.own, self.foreign = belongings(self.acme), belongings(self.globex)
        populate(self.acme.organization)
        populate(self.globex.organization)
        self.callers = callers(self.acme, self.globex)
        self.login = {"email": self.acme.owner.email, "password": PASSWORD}


@contextmanager
def twin_databases() -> Iterator[tuple[EquivalenceWorld, list[str]]]:
    """The world, and two databases that hold it."""
    default = connections["default"]
    empty = str(default.settings_dict["NAME"])
    world, *twins = names = [f"{empty[:40]}_{uuid4().hex[:12]}" for _ in range(3)]
    default.close()
    with psycopg.connect(**address(), dbname="postgres", autocommit=True) as server:
        try:
            copy_database(server, empty, world)
            use(world)
            with transaction.atomic():
                made = EquivalenceWorld()
            default.close()
            for twin in twins:
                copy_database(server, world, twin)
            use(empty)
            yield made, twins
        finally:
            use(empty)
            for name in names:
                drop_database(server, name)
