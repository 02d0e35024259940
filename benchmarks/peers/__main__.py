"""`make bench`: Fluxrate beside other frameworks, on one database.

PEERS, CASES, CONNECTIONS, ROUNDS, SECONDS and CALLER choose; benchmarks/README.md says
how. A run of everything writes its table there.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.peers import environment

environment.set_up()

from benchmarks.peers import database, pgbench, report
from benchmarks.peers.callers import Callers
from benchmarks.peers.cases import CASES, check_refusals
from benchmarks.peers.measure import Bench
from benchmarks.peers.servers import FLUXRATE, PEERS, Server, serving
from fluxrate.server import postgres

WARM_UP_SECONDS = 1.0
PYTHON = environment.ROOT / ".venv-peers" / "bin" / "python"


def words(name: str, default: str) -> list[str]:
    """A setting that lists words with commas between them."""
    return (os.environ.get(name) or default).split(",")


@dataclass(frozen=True)
class Plan:
    peers: list[str]
    cases: list[str]
    connections: list[int]
    rounds: int
    seconds: float
    caller: str
    python: Path

    @classmethod
    def of_environment(cls) -> "Plan":
        cases = words("CASES", ",".join(CASES))
        if unknown := set(cases) - set(CASES):
            raise SystemExit(f"CASES: {unknown} are none of {', '.join(CASES)}.")
        return cls(
            peers=words("PEERS", ",".join([FLUXRATE, *PEERS])),
            cases=cases,
            connections=[int(word) for word in words("CONNECTIONS", "8,32")],
            rounds=int(os.environ.get("ROUNDS") or 5),
            seconds=float(os.environ.get("SECONDS") or 4),
            caller=os.environ.get("CALLER") or "key",
            python=Path(os.environ.get("PEERS_PYTHON") or PYTHON).absolute(),
        )

    @property
    def is_whole(self) -> bool:
        everything = set(self.peers) >= {FLUXRATE, *PEERS}
        return everything and set(self.cases) == set(CASES) and self.rounds >= 5

    def turns(self, servers: list[Server]) -> Iterator[tuple[int, str, int, Server]]:
        """Round, case, connections and server; who is first changes in each round."""
        for turn in range(self.rounds):
            at = turn % len(servers)
            for case in self.cases:
                for connections in self.connections:
                    for server in [*servers[at:], *servers[:at]]:
                        yield turn, case, connections, server


def measure(plan: Plan, bench: Bench, servers: list[Server]) -> report.Results:
    results: report.Results = {
        (case, connections, server.name): []
        for case in plan.cases
        for connections in plan.connections
        for server in servers
    }
    before = 0
    for turn, name, connections, server in plan.turns(servers):
        if turn != before:
            tidy(plan, bench, servers)
            before = turn
        figures = bench.run(
            CASES[name], server, connections=connections, seconds=plan.seconds
        )
        results[name, connections, server.name].append(figures)
        progress(
            f"round {turn + 1}: {name}, {connections} connections, {server.name}: "
            f"{figures.rate:,.0f}/s, p50 {figures.p50:.1f}, p99 {figures.p99:.1f} ms, "
            f"{figures.server:,.0f} + {figures.postgres:,.0f} µs"
        )
    tidy(plan, bench, servers)
    return results


def tidy(plan: Plan, bench: Bench, servers: list[Server]) -> None:
    """Between rounds: remove what was created, and compare all answers again."""
    database.remove_written()
    for name in plan.cases:
        bench.check(CASES[name], servers)


def prepare(plan: Plan, bench: Bench, servers: list[Server]) -> None:
    """Compare answers and refusals, then warm up."""
    for server in servers:
        check_refusals(server, bench.callers)
    for name in plan.cases:
        progress(f"warming up: {name}")
        bench.check(CASES[name], servers)
        for server in servers:
            bench.run(CASES[name], server, connections=8, seconds=WARM_UP_SECONDS)


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run(plan: Plan) -> str:
    progress("The database: a million customers, made once.")
    database.create()
    database.fill(plan.python)
    # A run that was stopped has left some.
    database.remove_written()
    tenants = database.tenants()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        callers = stack.enter_context(closing(Callers(tenants, plan.caller)))
        servers = [
            stack.enter_context(serving(peer, plan.python, folder))
            for peer in plan.peers
        ]
        for server in servers:
            server.wait()
        bench = Bench(callers, folder)
        prepare(plan, bench, servers)
        results = measure(plan, bench, servers)
        rates = (
            pgbench.rates(tenants, folder, int(plan.seconds)) if plan.is_whole else {}
        )
        database.remove_written()
    return report.text(results, rates, rounds=plan.rounds, seconds=plan.seconds)


def end(number: int, _frame: object) -> NoReturn:
    """Stop the servers, too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    chosen = Plan.of_environment()
    if shutil.which("wrk") is None:
        raise SystemExit("make bench needs wrk: on Debian and Ubuntu, apt install wrk.")
    with postgres.running(environment.DATA_DIR):
        section = run(chosen)
    print(section)
    if chosen.is_whole:
        report.write(section)
