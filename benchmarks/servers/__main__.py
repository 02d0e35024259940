"""`python -m benchmarks.servers [name …]`: every server in every trial, as a table.

Needs what benchmarks/servers/requirements.txt names, nginx and wrk.
"""

import resource
import sys
from statistics import median

from .candidates import BEHIND_NGINX, CANDIDATES, serving
from .trials import TRIALS, cpu

ROUNDS = 5


def tried(name, trial):
    """The cell of one trial, on a server of its own."""
    with serving(name) as server:
        try:
            cell = trial(server)
        except (OSError, ValueError, AssertionError) as error:
            cell = f"**{type(error).__name__}**"
    print(f"{name}: {trial.__name__}: {cell}", file=sys.stderr, flush=True)
    return cell


def costs(names):
    """Microseconds a request, in interleaved rounds: the median and the least."""
    rounds = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            with serving(name) as server:
                rounds[name].append(cpu(server))
    return {n: f"{median(x):.0f} (least {min(x):.0f})" for n, x in rounds.items()}


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = sys.argv[1:] or [*CANDIDATES, BEHIND_NGINX]
    table = {name: [tried(name, each) for each in TRIALS.values()] for name in names}
    costly = costs([name for name in names if name != BEHIND_NGINX])
    heads = ["server", *TRIALS, "µs a request"]
    print("|", " | ".join(heads), "|")
    print("|", " | ".join("---" for _ in heads), "|")
    for name, cells in table.items():
        print("|", " | ".join([name, *cells, costly.get(name, "–")]), "|")


if __name__ == "__main__":
    main()
