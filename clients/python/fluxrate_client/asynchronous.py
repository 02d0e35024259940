"""The asynchronous client: as the synchronous one, with await."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar, Unpack, cast

import httpx

from .attempts import FIVE_ATTEMPTS, Retries, answer_of, headers
from .events import START, after
from .models import Event, Page
from .queries import EventsQuery
from .requests import Request, from_the_first

Answer = TypeVar("Answer")


class AsyncClient:
    def __init__(
        self,
        url: str,
        key: str,
        *,
        retries: Retries = FIVE_ATTEMPTS,
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.retries = retries
        self._http = httpx.AsyncClient(
            base_url=url, headers=headers(key), timeout=timeout, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request[Answer]) -> Answer:
        """The response's JSON; raises APIError, or httpx.TransportError."""
        attempt = 1
        while True:
            try:
                response = await self._http.request(
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
            await asyncio.sleep(pause)
            attempt += 1

    async def all(self, request: Request[Page[Answer]]) -> AsyncIterator[Answer]:
        """The objects of all pages, from the page of the request on."""
        page = await self.send(from_the_first(request))
        for each in page["data"]:
            yield each
        while following := page["meta"]["next"]:
            page = await self.send(Request("GET", following))
            for each in page["data"]:
                yield each

    async def events(
        self, position: str = START, **filters: Unpack[EventsQuery]
    ) -> AsyncIterator[Event]:
        """The events after a position, oldest first, until there is none.

        Store the id of each handled event: it is the position to continue from.
        """
        while page := (await self.send(after(position, **filters)))["data"]:
            for event in page:
                yield event
            position = page[-1]["id"]
