"""A client of Fluxrate's API.

A function such as `customers.create(…)` describes a request, which `Client.send` or
`AsyncClient.send` sends:

    with Client("https://fluxrate.example", key) as client:
        ada = client.send(customers.create(name="Ada", email="ada@example.com"))
        for customer in client.all(customers.list(status="ACTIVE")):
            print(customer["name"])
"""

from . import customers, events, plans, subscriptions
from .asynchronous import AsyncClient
from .attempts import Retries
from .errors import (
    APIError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    StaleError,
    UnauthenticatedError,
    UnavailableError,
)
from .models import Customer, Event, Page, Plan, Subscription
from .requests import Request
from .synchronous import Client

__all__ = [
    "APIError",
    "AsyncClient",
    "Client",
    "ConflictError",
    "Customer",
    "Event",
    "ForbiddenError",
    "InvalidError",
    "NotFoundError",
    "Page",
    "Plan",
    "RateLimitedError",
    "Request",
    "Retries",
    "StaleError",
    "Subscription",
    "UnauthenticatedError",
    "UnavailableError",
    "customers",
    "events",
    "plans",
    "subscriptions",
]
