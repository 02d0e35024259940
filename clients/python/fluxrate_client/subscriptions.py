"""Requests about subscriptions."""

from typing import Unpack

from .models import (
    NewSubscription,
    Page,
    Subscription,
    SubscriptionAction,
    SubscriptionBatch,
    SubscriptionBatchResult,
)
from .queries import SubscriptionsQuery
from .requests import Body, Request, condition, segment

_PATH = "/api/v1/subscriptions"


def create(**fields: Unpack[NewSubscription]) -> Request[Subscription]:
    return Request("POST", _PATH, Body(fields))


def get(id: str) -> Request[Subscription]:
    return Request("GET", f"{_PATH}/{segment(id)}")


def list(**query: Unpack[SubscriptionsQuery]) -> Request[Page[Subscription]]:
    """`status=["TRIAL", "ACTIVE"]`, `customer_id=…`, `include=["customer"]` …"""
    return Request("GET", _PATH, query=query)


def act(id: str, action: SubscriptionAction, **body: object) -> Request[Subscription]:
    """`act(id, "cancel", cancel_at_period_end=True)`; the object lists its actions."""
    return Request("POST", f"{_PATH}/{segment(id)}/{segment(action)}", body)


def batch(**fields: Unpack[SubscriptionBatch]) -> Request[SubscriptionBatchResult]:
    """`operations=[{"op": "cancel", "id": …}]`, up to 500; `atomic`, `dry_run`."""
    return Request("POST", f"{_PATH}/batch", Body(fields))


def delete(id: str, *, if_match: int | None = None) -> Request[None]:
    return Request("DELETE", f"{_PATH}/{segment(id)}", headers=condition(if_match))
