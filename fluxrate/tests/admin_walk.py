"""Every address of the admin, rows of two organizations, and staff of each kind."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import URLResolver, get_resolver

from customers.models import Customer, Plan, Subscription
from fluxrate.models import BulkAction, DeletionEvent, Event
from fluxrate.models.batch_transaction import batch
from fluxrate.tests import noun_samples
from organizations.models import ApiKey, Invitation, Membership, Organization, User
from organizations.staff_groups import GROUPS, create_groups

PASSWORD = "another-long-password"
_PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


def addresses() -> list[str]:
    """The paths in the URL configuration, with their parameters in braces."""
    return sorted(set(_walk(get_resolver().url_patterns, "/")))


def _walk(patterns: list[Any], before: str) -> Iterator[str]:
    for each in patterns:
        text = _PARAMETER.sub(r"{\1\2}", str(each.pattern)).strip("^$")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, before + text)
        elif before.startswith("/admin/") or text.startswith("admin/"):
            yield before + text


def models() -> list[type[Model]]:
    return sorted(site._registry, key=lambda model: model._meta.label_lower)


class Rows:
    """A row of each model of an organization, whose texts begin with a word."""

    def __init__(self, word: str) -> None:
        self.organization = Organization.objects.create(name=f"{word} Ltd")
        owner = {"organization": self.organization}
        email = f"{word}@{word}.example"
        user = User.objects.create_user(email, name=f"{word} User")
        plan = Plan.objects.create(name=f"{word} Plan", lookup_id=word, **owner)
        customer = Customer.objects.create(
            name=f"{word} Customer", email=email, external_id=word, **owner
        )
        at = datetime.now(UTC)
        with batch("command:test", self.organization, "test"):
            subscription = Subscription.begin(
                at=at, customer=customer, plan=plan, external_id=word, **owner
            )
            Customer.objects.create(
                name=f"{word} Gone", email=f"gone@{word}.example", **owner
            ).delete()
        self.by_model: dict[type[Model], Any] = {
            Organization: self.organization,
            User: user,
            Plan: plan,
            Customer: customer,
            Subscription: subscription,
            Membership: Membership.objects.create(user=user, role="OWNER", **owner),
            ApiKey: ApiKey.issue(name=word, scopes=["customers.read"], **owner),
            Invitation: Invitation.objects.create(
                email=f"guest@{word}.example",
                role="VIEWER",
                invited_by=user,
                expires_at=at,
                **owner,
            ),
            Event: Event.objects.get(
                organization_id=self.organization.pk, type="batch.created"
            ),
            DeletionEvent: DeletionEvent.objects.get(
                organization_id=self.organization.pk, type="customer.deleted"
            ),
        }
        self._add_further_nouns()

    def _add_further_nouns(self) -> None:
        ids = {"customers": self.pk(Customer), "plans": self.pk(Plan)}
        for word in noun_samples.NOUNS.keys() - ids.keys() - {"subscriptions"}:
            row = noun_samples.create(word, self.organization, ids)
            self.by_model[type(row)] = row

    def _bulk_action(self) -> BulkAction:
        """A finished action of the organization's owner."""
        user_id, model = self.pk(User), "customers.customer"
        return BulkAction.objects.create(
            user_id=user_id, model=model, action="x", status="DONE"
        )

    def pk(self, model: type[Model]) -> Any:
        """A group belongs to no organization."""
        if model is Group:
            return Group.objects.get(name=GROUPS[0]).pk
        return self.by_model[model].pk

    def url(self, path: str) -> str:
        """The address of this organization's row."""
        label = ".".join(path.split("/")[2:4])
        model = next((m for m in models() if m._meta.label_lower == label), None)
        if model is None:
            pk = self._bulk_action().pk
            return path.format(app_label="customers", url="nowhere", pk=pk)
        actions = [action.name for action in site._registry[model].actions or ()]
        key = str(self.pk(model))
        values = {"action": (actions or ["delete_selected"])[0]}
        return path.format(object_id=key, id=key, pk=key, **values)


def staff(rows: Rows) -> dict[str, Client]:
    """A browser of each kind of user."""
    if not Group.objects.filter(name__in=GROUPS).exists():
        create_groups(None, connection.schema_editor())
    kinds = {"none": (), **{name.lower(): (name,) for name in GROUPS}}
    callers = {kind: browser(kind, groups) for kind, groups in kinds.items()}
    callers["limited"] = browser("limited", ("Operator",), rows.organization)
    callers["superuser"] = browser("superuser", (), is_superuser=True)
    return callers


def browser(
    kind: str, groups: tuple[str, ...], limit: Organization | None = None, **flags: bool
) -> Client:
    user = User.objects.create_user(
        f"{kind}@fluxrate.example",
        PASSWORD,
        is_staff=True,
        is_limited=limit is not None,
        **flags,
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    if limit is not None:
        user.staff_organizations.add(limit)
    client = Client()
    client.force_login(user)
    return client


def everything(limit: Organization) -> Client:
    """A browser of limited staff with every permission."""
    client = browser("everything", (), limit)
    user = User.objects.get(email="everything@fluxrate.example")
    user.user_permissions.set(Permission.objects.all())
    return client
