"""The commits in WAL, read with pg_waldump."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fluxrate.backup.wal import lsn
from fluxrate.server.postgres.cluster import environment

_COMMIT = re.compile(
    r"desc: COMMIT (?:PREPARED )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.?\d*)"
)
_NUMBER = re.compile(r"tx: +(\d+)")


@dataclass(frozen=True)
class Commit:
    """`transaction` is its number without the epoch (xid)."""

    transaction: int
    at: datetime

    def __str__(self) -> str:
        return f"{self.transaction} ({self.at:%Y-%m-%d %H:%M:%S.%f} UTC)"


def read_commits(
    programs: Path, folder: Path, *, timeline: int, begin: int
) -> Iterator[Commit]:
    """The commits in a folder of segments from a position on, in their order."""
    command = [str(programs / "pg_waldump"), "--rmgr=Transaction"]
    command += [f"--path={folder}", f"--timeline={timeline}", f"--start={lsn(begin)}"]
    with subprocess.Popen(  # noqa: S603
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        # The end of WAL is reported as an error.
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101  # nosec B101
        for line in process.stdout:
            number, commit = _NUMBER.search(line), _COMMIT.search(line)
            if number and commit:
                at = datetime.fromisoformat(commit[1]).replace(tzinfo=UTC)
                yield Commit(int(number[1]), at)


@dataclass(frozen=True)
class Span:
    """Commits up to a time, and later ones, which a restore leaves out."""

    last: Commit | None = None
    left_out: int = 0
    first_left_out: Commit | None = None
    last_left_out: Commit | None = None


def span(commits: Iterator[Commit], until: datetime | None) -> Span:
    """Divide commits at the first one after a time, as PostgreSQL's recovery does."""
    last = first = end = None
    count = 0
    for commit in commits:
        if first is None and (until is None or commit.at <= until):
            last = commit
            continue
        first, end, count = first or commit, commit, count + 1
    return Span(last, count, first, end)
