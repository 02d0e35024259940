"""Requests about customers."""

from typing import Unpack

from .models import (
    Customer,
    CustomerBatch,
    CustomerBatchResult,
    CustomerFields,
    GetOrCreateCustomer,
    NewCustomer,
    Page,
)
from .queries import CustomersQuery
from .requests import Body, Request, condition, segment

_PATH = "/api/v1/customers"


def create(**fields: Unpack[NewCustomer]) -> Request[Customer]:
    return Request("POST", _PATH, Body(fields))


def get(id: str) -> Request[Customer]:
    return Request("GET", f"{_PATH}/{segment(id)}")


def get_by_external_id(external_id: str) -> Request[Customer]:
    return Request("GET", f"{_PATH}/external/{segment(external_id)}")


def list(**query: Unpack[CustomersQuery]) -> Request[Page[Customer]]:
    """`status="ACTIVE"`, `search="ada"`, `id__in=[…]`, `page_size=100` …"""
    return Request("GET", _PATH, query=query)


def update(
    id: str, *, if_match: int | None = None, **fields: Unpack[CustomerFields]
) -> Request[Customer]:
    """Change these fields, if the object has the revision `if_match`."""
    headers = condition(if_match)
    return Request("PATCH", f"{_PATH}/{segment(id)}", Body(fields), headers=headers)


def upsert(external_id: str, /, **fields: Unpack[CustomerFields]) -> Request[Customer]:
    """Create the customer, or change these fields of it."""
    return Request("PUT", f"{_PATH}/external/{segment(external_id)}", Body(fields))


def get_or_create(**fields: Unpack[GetOrCreateCustomer]) -> Request[Customer]:
    """The customer with that `match`, "email" or "external_id", or a new one."""
    return Request("POST", f"{_PATH}/get-or-create", Body(fields))


def batch(**fields: Unpack[CustomerBatch]) -> Request[CustomerBatchResult]:
    """`operations=[{"op": "create", "data": {…}}]`, up to 500; `atomic`, `dry_run`."""
    return Request("POST", f"{_PATH}/batch", Body(fields))


def delete(id: str, *, if_match: int | None = None) -> Request[None]:
    return Request("DELETE", f"{_PATH}/{segment(id)}", headers=condition(if_match))
