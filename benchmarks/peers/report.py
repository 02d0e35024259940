"""The figures as Markdown, and their section of benchmarks/README.md."""

import os
import platform
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.peers.cases import CASES
from benchmarks.peers.measure import Figures
from benchmarks.peers.servers import PEERS

# By case, number of connections and server: the figures of each round.
Results = dict[tuple[str, int, str], list[Figures]]
PAGE = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- make bench -->", "<!-- end of make bench -->"
_HEAD = [
    "case",
    "server",
    "requests/s",
    "ours ×",
    "p50 ms",
    "p99 ms",
    "p99/p50",
    "server µs",
    "PostgreSQL µs",
]


def title(name: str) -> str:
    return PEERS[name].title if name in PEERS else name.capitalize()


def of(rounds: list[Figures], name: str) -> float:
    """The median over the rounds of one figure."""
    values: list[float] = [getattr(figures, name) for figures in rounds]
    return median(values)


def ratio(first: list[Figures], other: list[Figures]) -> float:
    """The median of the ratios of the rates within each round."""
    pairs = zip(first, other, strict=True)
    return median(ours.rate / theirs.rate for ours, theirs in pairs)


def table(lines: Iterable[Iterable[str]]) -> Iterator[str]:
    head, *rows = [list(line) for line in lines]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def figures(results: Results, connections: int) -> Iterator[list[str]]:
    yield _HEAD
    chosen = {key: value for key, value in results.items() if key[1] == connections}
    first = next(iter(chosen))[2]
    for (case, _, server), rounds in chosen.items():
        ours = chosen[case, connections, first]
        yield [
            CASES[case].title if server == first else "",
            title(server),
            f"{of(rounds, 'rate'):,.0f}",
            "" if server == first else f"{ratio(ours, rounds):.2f}",
            f"{of(rounds, 'p50'):.1f}",
            f"{of(rounds, 'p99'):.1f}",
            f"{of(rounds, 'spread'):.1f}",
            f"{of(rounds, 'server'):,.0f}",
            f"{of(rounds, 'postgres'):,.0f}",
        ]


def text(
    results: Results, pgbench: dict[str, float], *, rounds: int, seconds: float
) -> str:
    lines = [
        f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores of {processor()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[1]:.1f} in the "
        f"last five minutes. Medians of {rounds} interleaved rounds of {seconds:g} s; "
        "*ours ×* is the median of Fluxrate's rate divided by the server's in the same "
        "round, *µs* is CPU a request.",
    ]
    for connections in sorted({key[1] for key in results}):
        lines += ["", f"{connections} connections:", ""]
        lines += table(figures(results, connections))
    if pgbench:
        lines += ["", "pgbench, 8 clients, prepared statements:", ""]
        rates = [[name, f"{rate:,.0f}"] for name, rate in pgbench.items()]
        lines += table([["script", "transactions/s"], *rates])
    return "\n".join(lines)


def processor() -> str:
    """The processor's name, where the machine tells it."""
    file = Path("/proc/cpuinfo")
    names = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(": ")[2] for line in names if "model name" in line]
    return models[0] if models else platform.machine()


def write(section: str) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, f"{PAGE} has no place for the table."
    PAGE.write_text(f"{before}{BEGIN}\n\n{section}\n\n{END}{after}")
