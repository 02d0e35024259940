"""Every route under /api/v1, and somebody for every kind of caller.

A route that lands tomorrow is walked tomorrow. What it needs to be walked is here: an
object for each id in its path (`World.ids`) and a body for each write (`bodies`). Nouns
that have neither here get both from the example of their serializer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import urlencode
from django.utils.timezone import now
from rest_framework.test import APIClient

from conftest import PASSWORD, Tenant, enter, tenant, with_key
from customers.models import Customer, Plan, Subscription
from fluxrate.models import Event
from fluxrate.models.batch_transaction import batch
from fluxrate.postgres.attribution import atomic_as
from fluxrate.tests import noun_samples
from organizations.auth.authentication import REFRESH_COOKIE
from organizations.models import (
    ApiKey,
    Invitation,
    Membership,
    Role,
    Scope,
    Ticket,
    User,
)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
BASE = "/api/v1"
# Query parameters without which a route does not answer.
NEEDED = {"/customers/{pk}/diff": {"from": "2000-01-01T00:00:00Z"}}
NEW_PASSWORD = "staple-orbit-lantern"
NEWCOMER = {"email": "grace@navy.example", "role": "VIEWER"}


@dataclass(frozen=True)
class Route:
    """`path` without /api/v1, its parameters in braces; the view and its methods."""

    path: str
    methods: tuple[str, ...]
    view: Any
    initkwargs: dict[str, Any]

    @property
    def objects(self) -> list[str]:
        """What each parameter identifies: the word before it in the path."""
        return re.findall(r"([\w-]+)/\{", self.path)

    def url(self, ids: dict[str, Any], **query: Any) -> str:
        """The address for the ids, given by what they identify."""
        values = iter(str(ids[name]) for name in self.objects)
        path = BASE + re.sub(r"\{\w+\}", lambda _: next(values), self.path)
        query = NEEDED.get(self.path, {}) | query
        return f"{path}?{urlencode(query)}" if query else path


def routes() -> list[Route]:
    """Every route under /api/v1, from the URL configuration."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda route: route.path)


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, path)
        elif isinstance(each, URLPattern) and path.startswith("api/v1/"):
            callback: Any = each.callback
            yield Route(
                PARAMETER.sub(r"{\1}", path.removeprefix("api/v1")),
                tuple(_methods(callback)),
                callback.cls,
                getattr(callback, "initkwargs", {}),
            )


def _methods(callback: Any) -> Iterator[str]:
    actions = getattr(callback, "actions", None)
    for method in METHODS:
        name = method.lower()
        known = name in actions if actions else hasattr(callback.cls, name)
        if known and name in callback.cls.http_method_names:
            yield method


class World:
    """Acme with one object of everything, Globex beside it, and all who may ask."""

    def __init__(self) -> None:
        self.acme, self.globex = tenant("Acme"), tenant("Globex")
        self.ids = belongings(self.acme)
        self.callers = {"anonymous": APIClient()}
        for role in reversed(Role):
            self.callers[role.lower()] = self.member(role)
        for scope in Scope:
            self.callers[scope.value] = with_key(self.acme.organization, scope)
        self.callers["other owner"] = logged_in(self.globex.organization, Role.OWNER)
        self.callers["other key"] = with_key(self.globex.organization, *Scope)
        self.callers["staff"] = staff()

    def member(self, role: Role) -> APIClient:
        return logged_in(self.acme.organization, role)

    def bodies(self) -> dict[str, dict[str, Any]]:
        """A good body for every write that needs one."""
        return (
            self.sample_bodies()
            | self.account_bodies()
            | self.batch_bodies()
            | {
                "PATCH /organization": {"name": "Acme Ltd"},
                "POST /organization/clock": {"at": "2030-01-01T00:00:00Z"},
                "PATCH /members/{pk}": {"role": "VIEWER"},
                "PUT /members/{pk}": {"role": "VIEWER"},
                "POST /invitations": NEWCOMER | {"email": "ada@navy.example"},
                "POST /api-keys": {"name": "Key", "scopes": ["events.read"]},
                "POST /customers": {"name": "New", "email": "new@acme.example"},
                "PATCH /customers/{pk}": {"name": "Newer"},
                "PUT /customers/{pk}": {"name": "Newer"},
                "PUT /customers/external/{external_id}": {
                    "name": "New",
                    "email": "new@acme.example",
                },
                "POST /plans": {"name": "New"},
                "PATCH /plans/{pk}": {"name": "Newer"},
                "PUT /plans/{pk}": {"name": "Newer"},
                "POST /subscriptions": {
                    "customer_id": self.ids["customers"],
                    "plan_id": self.ids["plans"],
                },
                "POST /subscriptions/{pk}/change-plan": {"plan_id": self.ids["plans"]},
                "POST /subscriptions/{pk}/extend-trial": {
                    "trial_end_date": "2030-01-01T00:00:00Z"
                },
                "PATCH /subscriptions/{pk}": {"external_id": "newer"},
                "PUT /subscriptions/{pk}": {"external_id": "newer"},
            }
        )

    def sample_bodies(self) -> dict[str, dict[str, Any]]:
        samples = {
            word: noun_samples.body(word, self.ids) for word in noun_samples.NOUNS
        }
        return {
            f"{method} /{word}{'' if method == 'POST' else '/{pk}'}": body
            for word, body in samples.items()
            for method in ("POST", "PUT", "PATCH")
        }

    def batch_bodies(self) -> dict[str, dict[str, Any]]:
        return {
            "POST /customers/get-or-create": {
                "match": "email",
                "name": "New",
                "email": "new@acme.example",
            },
            "POST /customers/batch": {
                "operations": [
                    {
                        "op": "update",
                        "id": self.ids["customers"],
                        "data": {"name": "Newer"},
                    }
                ]
            },
            "POST /subscriptions/batch": {
                "operations": [{"op": "pause", "id": self.ids["subscriptions"]}]
            },
        }

    def account_bodies(self) -> dict[str, dict[str, Any]]:
        login = {"email": self.acme.owner.email, "password": PASSWORD}
        passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        link = {"token": self.ids["link"]}
        return {
            "POST /auth/login": login,
            "POST /auth/signup": login
            | {"email": "new@navy.example", "organization_name": "Navy"},
            "POST /auth/password": passwords,
            "POST /auth/password/reset": {"email": login["email"]},
            "POST /auth/password/reset/confirm": {
                "token": self.ids["reset"],
                "new_password": NEW_PASSWORD,
            },
            "POST /auth/email/confirm": {"token": self.ids["confirm"]},
            "POST /auth/switch": {"organization_id": self.acme.organization.pk},
            "POST /invitations/accept": link | {"password": NEW_PASSWORD},
        }


def belongings(tenant: Tenant) -> dict[str, Any]:
    """One object of every kind: what identifies it, by the word before it in paths."""
    home, at = tenant.organization, now()
    word = home.name.lower()
    customer = Customer.objects.create(
        organization=home,
        name=f"{word} customer",
        email=f"customer@{word}.example",
        external_id=f"{word}-1",
    )
    plan = Plan.objects.create(organization=home, name=f"{word} plan")
    spare = Plan.objects.create(organization=home, name=f"{word} spare plan")
    subscription = Subscription.begin(
        at=at, organization=home, customer=customer, plan=plan
    )
    boss = Membership.objects.get(organization=home, user=tenant.owner)
    invitation = Invitation.invite(**NEWCOMER, by=boss, at=at)
    with batch("shell:walk", home, "test") as batch_id:
        Customer.objects.create(
            organization=home, name=f"{word} batch", email=f"batch@{word}.example"
        )
    ids = {
        "batches": batch_id,
        "customers": customer.pk,
        "external": customer.external_id,
        "plans": spare.pk,
        "subscriptions": subscription.pk,
        "deletions": deletion(home),
        "api-keys": ApiKey.issue(
            organization=home, name=f"{word} key", scopes=[Scope.EVENTS_READ]
        ).pk,
        "members": member(home, Role.MEMBER).pk,
        "invitations": invitation.pk,
        "link": ticket(Ticket.Purpose.INVITATION, invitation, at=at),
        "reset": ticket(Ticket.Purpose.PASSWORD_RESET, tenant.owner, at=at),
        "confirm": ticket(Ticket.Purpose.EMAIL_CONFIRMATION, tenant.owner, at=at),
    }
    for word in noun_samples.NOUNS.keys() - ids.keys():
        ids[word] = noun_samples.create(word, home, ids).pk
    return ids


def ticket(purpose: str, recipient: Any, *, at: datetime) -> str:
    """The secret of a new ticket."""
    secret = token_urlsafe(32)
    Ticket.issue(purpose, recipient, secret, at=at)
    return secret


def deletion(organization: Any) -> UUID:
    """The deletion of a customer."""
    word = organization.name.lower()
    customer = Customer.objects.create(
        organization=organization,
        name=f"{word} deleted",
        email=f"deleted@{word}.example",
    )
    pk = customer.pk
    customer.delete()
    event: Event = Event.objects.for_object(pk)[0]
    return event.position.id()


def member(organization: Any, role: Role) -> Membership:
    """A further member of the organization, with the same password as its owner."""
    boss = organization.memberships.select_related("user").order_by("id")[0].user
    number = organization.memberships.count()
    email = f"{role.lower()}-{number}@{organization.name.lower()}.example"
    user = User.objects.create(email=email, password=boss.password)
    with atomic_as(f"user:{boss.pk}"):
        return Membership.objects.create(
            organization=organization, user=user, role=role
        )


def logged_in(organization: Any, role: Role) -> APIClient:
    """A member with both cookies of a login."""
    membership = member(organization, role)
    client = enter(membership)
    client.cookies[REFRESH_COOKIE] = membership.begin_session(at=now())[1]
    return client


def staff() -> APIClient:
    """Somebody with a session in the admin, and no membership."""
    user = User.objects.create(email="staff@fluxrate.example", is_staff=True)
    browser, client = Client(), APIClient()
    browser.force_login(user)
    client.cookies = browser.cookies
    return client
