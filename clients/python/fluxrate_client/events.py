"""Requests about events."""

from typing import Unpack

from .models import Event, Page
from .queries import EventsQuery
from .requests import Request

START = "00000000-0000-0000-0000-000000000000"
_PATH = "/api/v1/events"


def list(**query: Unpack[EventsQuery]) -> Request[Page[Event]]:
    """Newest first; `object_id=…`, `type=["customer.created"]` …"""
    return Request("GET", _PATH, query=query)


def after(position: str, **query: Unpack[EventsQuery]) -> Request[Page[Event]]:
    """Oldest first, after the event with that id."""
    return Request("GET", _PATH, query={"page_size": 100, **query, "after": position})
