"""The synchronous client."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeVar, Unpack, cast

import httpx

from .attempts import FIVE_ATTEMPTS, Retries, answer_of, headers
from .events import START, after
from .models import Event, Page
from .queries import EventsQuery
from .requests import Request, from_the_first

Answer = TypeVar("Answer")


class Client:
    def __init__(
        self,
        url: str,
        key: str,
        *,
        retries: Retries = FIVE_ATTEMPTS,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.retries = retries
        self._http = httpx.Client(
            base_url=url, headers=headers(key), timeout=timeout, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request[Answer]) -> Answer:
        """The response's JSON; raises APIError, or httpx.TransportError."""
        attempt = 1
        while True:
            try:
                response = self._http.request(
                    request.method,
                    request.path,
                    json=request.body,
                    params=request.parameters(),
                    headers=request.all_headers(),
                )
            except httpx.TransportError:
                pause = self.retries.pause(attempt, None)
                if pause is None:
                    raise
            else:
                pause = self.retries.pause(attempt, response)
                if pause is None:
                    return cast(Answer, answer_of(response))
            time.sleep(pause)
            attempt += 1

    def all(self, request: Request[Page[Answer]]) -> Iterator[Answer]:
        """The objects of all pages, from the page of the request on."""
        page = self.send(from_the_first(request))
        yield from page["data"]
        while following := page["meta"]["next"]:
            page = self.send(Request("GET", following))
            yield from page["data"]

    def events(
        self, position: str = START, **filters: Unpack[EventsQuery]
    ) -> Iterator[Event]:
        """The events after a position, oldest first, until there is none.

        Store the id of each handled event: it is the position to continue from.
        """
        while page := self.send(after(position, **filters))["data"]:
            yield from page
            position = page[-1]["id"]
