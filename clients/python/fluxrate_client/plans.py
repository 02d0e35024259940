"""Requests about plans."""

from typing import Unpack

from .models import NewPlan, Page, Plan, PlanFields
from .queries import PlansQuery
from .requests import Body, Request, condition, segment

_PATH = "/api/v1/plans"


def create(**fields: Unpack[NewPlan]) -> Request[Plan]:
    return Request("POST", _PATH, Body(fields))


def get(id: str) -> Request[Plan]:
    return Request("GET", f"{_PATH}/{segment(id)}")


def list(**query: Unpack[PlansQuery]) -> Request[Page[Plan]]:
    return Request("GET", _PATH, query=query)


def update(
    id: str, *, if_match: int | None = None, **fields: Unpack[PlanFields]
) -> Request[Plan]:
    headers = condition(if_match)
    return Request("PATCH", f"{_PATH}/{segment(id)}", Body(fields), headers=headers)


def delete(id: str, *, if_match: int | None = None) -> Request[None]:
    return Request("DELETE", f"{_PATH}/{segment(id)}", headers=condition(if_match))
