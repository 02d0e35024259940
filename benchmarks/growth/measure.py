"""Requests to a real server, case by case in turn, so that all share the weather."""

import http.client
import json
import statistics
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import psutil

URL = "/api/v1/customers"


@dataclass
class Case:
    name: str
    organization: str
    parameters: dict[str, object]
    seconds: list[float] = field(default_factory=list)
    # Seconds of the server's processes, and of PostgreSQL's.
    cpu: float = 0.0
    postgres_cpu: float = 0.0
    total: object = None

    @property
    def path(self) -> str:
        return f"{URL}?{urlencode(self.parameters)}"

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000

    def per_request(self, seconds: float) -> float:
        """Milliseconds of all requests' seconds."""
        return seconds / len(self.seconds) * 1000


class Caller:
    """One persistent connection, logged in to one organization."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self.connection = http.client.HTTPConnection(address, timeout=60)
        body = json.dumps({"email": email, "password": password})
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", "/api/v1/auth/login", body, headers)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        cookies = answer.headers.get_all("Set-Cookie") or []
        self.headers = {"Cookie": "; ".join(each.split(";")[0] for each in cookies)}

    def get(self, path: str) -> tuple[float, dict]:
        began = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        assert answer.status == 200, body
        return took, json.loads(body)


def cpu_seconds(root: psutil.Process) -> float:
    """User and system time of a process and all below it."""
    spent = 0.0
    for process in [root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent


def run(
    cases: list[Case],
    callers: dict[str, Caller],
    server: psutil.Process,
    postgres: psutil.Process,
    *,
    rounds: int,
) -> None:
    """Every case five times in each round; the first round only warms up."""
    for number in range(rounds + 1):
        for case in cases:
            caller = callers[case.organization]
            before = cpu_seconds(server), cpu_seconds(postgres)
            for _ in range(5):
                took, body = caller.get(case.path)
                if number:
                    case.seconds.append(took)
            if number:
                case.cpu += cpu_seconds(server) - before[0]
                case.postgres_cpu += cpu_seconds(postgres) - before[1]
            case.total = body["meta"]["total"]
