"""Which tests reach which lines of a module, and which of them a mutant is shown."""

import hashlib
import importlib
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .operators import Mutant

_FILE = Path(__file__).with_name("targets.toml")
_TARGETS = tomllib.loads(_FILE.read_text())
TESTS: dict[str, list[str]] = _TARGETS["modules"]
WITHOUT: list[str] = _TARGETS["without"]["tests"]
FIXTURES: set[str] = set(_TARGETS["without"]["fixtures"])
# Ours, and what pytest itself imports first.
_LATER = re.compile(r"(fluxrate|organizations|customers|conftest|pytest_django)\b")


class Reach:
    """What the tests of one module do, as `child.reach` has measured it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._imported: list[str] = data["imported"]
        self._seconds: dict[str, float] = data["seconds"]
        self._lines: dict[str, list[str]] = data["lines"]
        scores: dict[str, float] = defaultdict(float)
        for tests in self._lines.values():
            for test in tests:
                scores[test] += 1 / len(tests) / (0.1 + self._seconds[test])
        self._scores = dict(scores)

    def tests(
        self, mutant: Mutant, first: Iterable[str], seconds: float
    ) -> tuple[list[str], float]:
        """The tests that reach the mutant, as far as the time goes, and how long they
        take: `first`, then those that reach what few others reach, and the quick ones;
        one of each function before the second of any.
        """
        numbers = map(str, mutant.lines or mutant.uses)
        lines = [self._lines[line] for line in numbers if line in self._lines]
        reaching = {test for tests in lines for test in tests}
        if len(reaching) < 2 and (lines or not mutant.lines):
            # A process runs such a line once: when the module is imported, or for the
            # first test that needs it.
            first = [*first, *reaching]
            reaching = set(self._scores)
        if not mutant.lines:
            # A test that only reads a constant reaches no line.
            readers = {test for test in self._seconds if test not in self._scores}
            first = [*first, *readers]
            reaching |= readers
        ordered = sorted(
            reaching, key=lambda test: (-self._scores.get(test, 0.0), test)
        )
        rounds: dict[str, int] = {}
        seen: dict[str, int] = defaultdict(int)
        for test in ordered:
            function = test.partition("[")[0]
            rounds[test] = seen[function]
            seen[function] += 1
        ordered.sort(key=lambda test: (test not in first, rounds[test]))
        chosen: list[str] = []
        total = 0.0
        for test in ordered:
            if not chosen or total + self._seconds[test] <= seconds:
                chosen.append(test)
                total += self._seconds[test]
        return chosen, total

    @property
    def seconds(self) -> float:
        """How long all tests that reach the module compute."""
        return sum(self._seconds[test] for test in self._scores)

    def all_tests(self) -> list[str]:
        """Every test that reaches the module, the likeliest first."""
        return sorted(self._scores, key=lambda test: -self._scores[test])

    def preload(self) -> None:
        """Import what is not ours, so that a forked process has it already."""
        for name in self._imported:
            if not _LATER.match(name):
                with suppress(Exception):
                    importlib.import_module(name)


def known(file: Path, digest: str) -> Reach | None:
    """What was measured of the same module and the same tests."""
    if file.exists() and (data := json.loads(file.read_text()))["digest"] == digest:
        return Reach(data)
    return None


def keep(file: Path, digest: str, data: dict[str, Any]) -> Reach:
    file.write_text(json.dumps(data | {"digest": digest}))
    return Reach(json.loads(file.read_text()))


def digest(root: Path, path: str) -> str:
    """A checksum of a module, a hyphen, and one of its tests."""
    module = (root / path).read_bytes()
    files = [*TESTS[path], "conftest.py"]
    tests = [repr((files, WITHOUT)).encode(), *((root / f).read_bytes() for f in files)]
    return "-".join(hashlib.sha256(b"".join(t)).hexdigest() for t in ([module], tests))
