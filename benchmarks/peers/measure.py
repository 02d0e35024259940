"""One measurement of one server in one case, by wrk."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import cases
from benchmarks.peers.callers import Callers
from benchmarks.peers.cases import Case, Client
from benchmarks.peers.database import wait_until_idle
from benchmarks.peers.environment import DATA_DIR
from benchmarks.peers.servers import Server, cpu_seconds

SCRIPT = Path(__file__).with_name("requests.lua")
# Answers of other customers, and of the headers' numbers, differ by so much in size.
_TOLERANCE = 0.2
_TIMEOUT = 60


@dataclass(frozen=True)
class Figures:
    """Requests a second, milliseconds, and microseconds of CPU a request."""

    rate: float
    p50: float
    p99: float
    server: float
    postgres: float

    @property
    def spread(self) -> float:
        return self.p99 / self.p50


class Bench:
    def __init__(self, callers: Callers, folder: Path) -> None:
        self.callers, self.folder = callers, folder
        file = DATA_DIR / "postgres" / "postmaster.pid"
        self.postmaster = int(file.read_text().split()[0])
        # Bytes of an answer that was checked, by server and case.
        self.sizes: dict[tuple[str, str], float] = {}
        for name, tenant in callers.tenants.items():
            self._ids(name).write_text("\n".join(tenant.customers) + "\n")

    def _ids(self, tenant: str) -> Path:
        return self.folder / f"{tenant}.ids"

    def check(self, case: Case, servers: list[Server]) -> None:
        """Every server answers the case with the rows of the first server."""
        tenant = self.callers.tenants[case.tenant]
        first: list[cases.Row] = []
        for server in servers:
            client = Client(server, self.callers.header(server, case.tenant))
            rows = cases.answers(case, client, tenant)
            first = first or rows
            for row, expected in zip(rows, first, strict=True):
                where = f"{case.title}: {server.name}"
                assert row == expected, f"{where}: {row} is not {expected}"
            size = sum(client.sizes) / len(client.sizes)
            self.sizes[server.name, case.title] = size

    def run(
        self, case: Case, server: Server, *, connections: int, seconds: float
    ) -> Figures:
        """Ask for some seconds; every answer must be a success of the checked size.

        A server that does not answer once is asked for twice as long.
        """
        wait_until_idle()
        own, database = server.cpu(), cpu_seconds(self.postmaster)
        result = self._wrk(case, server, connections, seconds)
        wait_until_idle()
        requests = result["requests"]
        if not requests and seconds < _TIMEOUT:
            return self.run(case, server, connections=connections, seconds=2 * seconds)
        self._validate(case, server, result)
        return Figures(
            rate=requests / result["microseconds"] * 1e6,
            p50=result["p50"] / 1000,
            p99=result["p99"] / 1000,
            server=(server.cpu() - own) / requests * 1e6,
            postgres=(cpu_seconds(self.postmaster) - database) / requests * 1e6,
        )

    def _wrk(
        self, case: Case, server: Server, connections: int, seconds: float
    ) -> dict[str, int]:
        name, value = self.callers.header(server, case.tenant)
        path = f"{server.peer.base}/customers{case.query}"
        words = ["wrk", "--threads=1", f"--connections={connections}"]
        words += [f"--duration={seconds:g}s", f"--timeout={_TIMEOUT}s"]
        words += ["--script", str(SCRIPT), "--header", f"{name}: {value}"]
        words += [f"http://127.0.0.1:{server.port}", "--", case.kind, path]
        words += [str(cases.number()), str(self._ids(case.tenant))]
        output = subprocess.run(words, check=True, capture_output=True, text=True)
        _, _, line = output.stdout.partition("RESULT ")
        result: dict[str, int] = json.loads(line)
        return result

    def _validate(self, case: Case, server: Server, result: dict[str, int]) -> None:
        where = f"{server.name}, {case.title}"
        assert result["requests"], f"{where}: no answer came."
        errors = {name: result[name] for name in ("status", "socket", "timeout")}
        last = server.log.read_text()[-1_000:]
        assert not any(errors.values()), f"{where}: {errors}\n{last}"
        size = result["bytes"] / result["requests"]
        expected = self.sizes[server.name, case.title]
        difference = abs(size - expected) / expected
        assert difference < _TOLERANCE, f"{where}: {size:.0f} bytes, not {expected:.0f}"
