"""The cost of logins: logins beside other work, equal answers, the rate limit, logs.

    python -m benchmarks.login_cost

Starts real servers with empty databases of their own, and ends them. Takes two minutes.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxrate.tests.contract import ask, server

PASSWORD = "correct-horse-battery"
API = "/api/v1"


@contextmanager
def running(**settings: str) -> Iterator[int]:
    """A server with the settings; yields its port."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        with tempfile.TemporaryDirectory(prefix="fluxrate-logins-") as name:
            Path(name).chmod(0o711)
            with server(Path(name)) as port:
                yield port
    finally:
        os.environ.clear()
        os.environ.update(before)


def sign_up(port: int, email: str) -> str:
    body = {"email": email, "password": PASSWORD, "organization_name": "Acme"}
    status, answer, cookies = ask(port, "POST", f"{API}/auth/signup", body)
    assert status == 201, answer
    return cookies.split(";")[0]


class Caller:
    """One keep-alive connection."""

    def __init__(self, port: int, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = headers
        self.retry_after = 0.0

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, float]:
        """The status, and milliseconds."""
        began = time.perf_counter()
        payload = None if body is None else json.dumps(body)
        headers = self.headers | {"Content-Type": "application/json"}
        self.connection.request(method, path, payload, headers)
        answer = self.connection.getresponse()
        answer.read()
        self.retry_after = float(answer.headers.get("Retry-After", "0"))
        return answer.status, (time.perf_counter() - began) * 1000

    def login(self, email: str, password: str) -> tuple[int, float]:
        body = {"email": email, "password": password}
        return self.ask("POST", f"{API}/auth/login", body)


def p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def reads(port: int, cookie: str, seconds: float) -> list[float]:
    """Milliseconds of GET /customers, one after another."""
    caller, until, figures = Caller(port, Cookie=cookie), time.time() + seconds, []
    while time.time() < until:
        status, milliseconds = caller.ask("GET", f"{API}/customers")
        assert status == 200, status
        figures.append(milliseconds)
        time.sleep(0.005)
    return figures


@contextmanager
def logging_in(port: int, how_many: int, password: str) -> Iterator[dict[int, int]]:
    """So many log in at once, each from an address and to an account of its own, again
    and again, and after a refusal when it says; yields how often each status was
    answered."""
    statuses: dict[int, int] = {}
    stop = threading.Event()

    def run(number: int) -> None:
        caller = Caller(port, **{"X-Forwarded-For": f"198.51.100.{number}"})
        while not stop.is_set():
            status, _ = caller.login(f"user-{number}@acme.example", password)
            statuses[status] = statuses.get(status, 0) + 1
            stop.wait(caller.retry_after)

    threads = [threading.Thread(target=run, args=[n]) for n in range(how_many)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def beside_logins() -> None:
    print("\nGET /customers while 50 log in at once (each from its own address)")
    with running(TRUSTED_PROXIES="1", LOG_LEVEL="WARNING") as port:
        cookie = sign_up(port, "owner@acme.example")
        for number in range(50):
            sign_up(port, f"user-{number}@acme.example")
        reads(port, cookie, 2)
        idle = p95(reads(port, cookie, 6))
        print(f"  idle                       p95 {idle:6.1f} ms")
        for words, password in (("right", PASSWORD), ("wrong", "wrong-password")):
            with logging_in(port, 50, password) as statuses:
                time.sleep(1)
                busy = p95(reads(port, cookie, 8))
            print(
                f"  50 with the {words} password p95 {busy:6.1f} ms, "
                f"{busy / idle:.1f} x idle; answers {dict(sorted(statuses.items()))}"
            )


def same_for_everyone() -> None:
    print("\nA refused login, 90 rounds, milliseconds")
    with running(TRUSTED_PROXIES="1", LOG_LEVEL="WARNING") as port:
        sign_up(port, "owner@acme.example")
        emails = {"wrong password": "owner@acme.example", "nobody": "no@acme.example"}
        figures: dict[str, list[float]] = {name: [] for name in emails}
        # An account is bounded from everywhere: 100 guesses, and so 90 rounds.
        for number in range(90):
            caller = Caller(port, **{"X-Forwarded-For": f"203.0.113.{number}"})
            for name, email in emails.items():
                status, milliseconds = caller.login(email, "wrong-password")
                assert status == 401, status
                figures[name].append(milliseconds)
        for name, results in figures.items():
            quartiles = statistics.quantiles(results, n=4)
            print(
                f"  {name:15} median {quartiles[1]:.1f}, quartiles "
                f"{quartiles[0]:.1f} to {quartiles[2]:.1f}, {len(results)} logins"
            )


def guessing() -> None:
    print("\n100 wrong passwords from one address")
    with running(LOG_LEVEL="WARNING") as port:
        sign_up(port, "owner@acme.example")
        caller, began = Caller(port), time.perf_counter()
        answers = [caller.login("owner@acme.example", f"no-{n}") for n in range(100)]
        statuses = [status for status, _ in answers]
        refused = [ms for status, ms in answers if status == 429]
        print(
            f"  {statuses.count(401)} hashed, {statuses.count(429)} refused (429) in "
            f"{statistics.median(refused):.1f} ms each, "
            f"{time.perf_counter() - began:.1f} s in all"
        )


def cost(words: str, plain: dict[str, str], changed: dict[str, str]) -> None:
    """The median of GET /customers/{id} with and without, two servers in turns."""

    def median(port: int, cookie: str) -> float:
        caller = Caller(port, Cookie=cookie)
        results = [caller.ask("GET", f"{API}/organization")[1] for _ in range(400)]
        return statistics.median(results)

    with running(**plain) as first, running(**changed) as second:
        ports = {port: sign_up(port, "owner@acme.example") for port in (first, second)}
        rounds = [[median(*each) for each in ports.items()] for _ in range(8)][1:]
    without, with_it = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(
        f"  {words}: {without:.2f} ms without, {with_it:.2f} ms with, "
        f"{(with_it - without) * 1000:+.0f} µs"
    )


def costs() -> None:
    print("\nGET /organization, median of 7 interleaved rounds of 400")
    quiet = {"WEB_CONCURRENCY": "1", "LOG_LEVEL": "WARNING", "RATE_LIMIT": "0"}
    cost("rate limit ", quiet, quiet | {"RATE_LIMIT": "60000"})
    cost("request log", quiet, quiet | {"LOG_LEVEL": "INFO"})


PARTS: dict[str, Callable[[], None]] = {
    "logins": beside_logins,
    "same": same_for_everyone,
    "guessing": guessing,
    "costs": costs,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
