"""Which response to repeat, and after how many seconds."""

import random
from dataclasses import dataclass

import httpx

from .errors import error_of

_BASE, _LONGEST = 0.5, 30.0
_REPEATED = {408, 429, 502, 503, 504}
_IN_FLIGHT = "idempotency_key_in_flight"


@dataclass(frozen=True)
class Retries:
    """At most `attempts` in all; a wait is at most `longest` seconds."""

    attempts: int = 5
    longest: float = _LONGEST

    def pause(self, attempt: int, response: httpx.Response | None) -> float | None:
        """The seconds to wait before the next attempt; None if there is none.

        `attempt` counts from 1. Without a response, the connection failed.
        """
        if attempt >= self.attempts:
            return None
        if response is not None and not _is_repeated(response):
            return None
        wait = response.headers.get("Retry-After", "") if response else ""
        if wait.isdecimal():
            return float(wait) if float(wait) <= self.longest else None
        seconds = _BASE * 2.0 ** (attempt - 1) * random.uniform(1, 2)
        return min(seconds, self.longest)


FIVE_ATTEMPTS = Retries()


def _is_repeated(response: httpx.Response) -> bool:
    if response.status_code == 409:
        return _problem(response).get("code") == _IN_FLIGHT
    return response.status_code in _REPEATED


def _problem(response: httpx.Response) -> dict[str, object]:
    try:
        problem = response.json()
    except ValueError:
        return {"detail": response.text}
    return problem if isinstance(problem, dict) else {"detail": response.text}


def answer_of(response: httpx.Response) -> object:
    """The JSON of a success, None for 204; raises APIError."""
    if response.is_error:
        raise error_of(response.status_code, _problem(response))
    return None if response.status_code == 204 else response.json()


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Accept": "application/json"}
