"""Which response to repeat, and after how many seconds."""

import random
from dataclasses import dataclass

import httpx

from .errors import error_of

_BASE, _LONGEST = 0.5, 30.0
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
        if response is None or _is_in_flight(response):
            seconds = _BASE * 2.0 ** (attempt - 1) * random.uniform(1, 2)
            return min(seconds, self.longest)
        if response.status_code not in {429, 503}:
            return None
        wait = response.headers.get("Retry-After", "1")
        seconds = float(wait) if wait.isdecimal() else 1.0
        return seconds if seconds <= self.longest else None


FIVE_ATTEMPTS = Retries()


def _is_in_flight(response: httpx.Response) -> bool:
    return response.status_code == 409 and _problem(response).get("code") == _IN_FLIGHT


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
