"""`make mutants`: change one thing after another, and see whether a test notices.

`MUTANTS="customers/billing_periods.py …"` names modules; without it, all of
targets.toml. A mutant is killed when a test that reaches its line fails, or does not
end. One that survives is named in equivalent.txt, with its reason, or it is an error.
"""

import gc
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from multiprocessing import Pipe, get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from fluxrate.server import pytest_plugin

from . import child, equivalents, reach, warm
from .operators import Mutant, mutants

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".mutants"
FLOOR = 0.9
# How long the tests of a mutant may compute, as measured without it: a few of them, and
# for those that survive, once more with more of them.
SECONDS = (3.0, 10.0)
# A mutant that has not ended after so many seconds, and 20 times its tests, never does.
PATIENCE = 60.0
WORKERS = int(os.environ.get("MUTANTS_WORKERS") or os.cpu_count() or 1)
_TEMPLATE, _FIRST_TEST = "mutants_template", "customers/tests/test_create_customer.py"
_FORK = get_context("fork")
JudgeOne = Callable[[Mutant, list[str], str], dict[str, Any]]


class Verdict(NamedTuple):
    mutant: Mutant
    killer: str | None
    """The test that noticed it; None for a survivor."""


class Survivor(NamedTuple):
    path: str
    function: str
    line: int | None
    old: str
    new: str

    @property
    def name(self) -> tuple[str, str, str]:
        return (self.path, self.old, self.new)

    def __str__(self) -> str:
        where = f"{self.path}:{self.line or ''} {self.function}"
        return f"  {where}\n    - {self.old}\n    + {self.new}"


class Databases:
    """One database a worker, made anew after a test that commits."""

    def __init__(self, url: str) -> None:
        self._url = url

    def migrate(self) -> None:
        name = _in_a_child("migrate", child.migrate, _FIRST_TEST)
        if name is None:
            raise SystemExit(_log("migrate").read_text()[-5000:])
        self._copy(name, _TEMPLATE)

    def renew(self, worker: int) -> None:
        self._copy(_TEMPLATE, self.name(worker))

    @staticmethod
    def name(worker: int) -> str:
        return f"mutants_{worker}"

    def _copy(self, old: str, new: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {new} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {new} TEMPLATE {old}")


class Child:
    """A process that judges one mutant, with a time by which it must have done so."""

    def __init__(
        self, judge: JudgeOne, worker: int, mutant: Mutant, tests: list[str]
    ) -> None:
        self.worker, self.mutant, self.deadline = worker, mutant, 0.0
        self.answer, end = Pipe(duplex=False)
        work = (judge, end, mutant, tests, Databases.name(worker))
        self.process = _FORK.Process(
            target=child.apart, args=(_log(f"worker-{worker}"), *work)
        )
        self.process.start()
        end.close()

    def result(self) -> dict[str, Any]:
        """What it says. A mutant that does not end, or ends the process, is killed."""
        found = None
        if self.answer.poll():
            try:
                found = self.answer.recv()
                self.process.join(5)
            except EOFError:
                self.process.join()
        if self.process.is_alive():
            os.killpg(self.process.pid or 0, 9)
        self.process.join()
        return found or {"code": 1, "test": None, "commits": True}


class Judge:
    """Shows the mutants of one module to its tests, some at a time."""

    def __init__(self, path: str, databases: Databases) -> None:
        self._path, self._databases = path, databases
        for worker in range(WORKERS):
            databases.renew(worker)
        self._reach = self._measured()
        self._reach.preload()
        gc.freeze()
        self._killers: dict[str, dict[str, None]] = defaultdict(dict)
        self._idle = list(range(WORKERS))
        self._children: list[Child] = []

    def _measured(self) -> reach.Reach:
        file, digest = _log(self._path, "json"), reach.digest(ROOT, self._path)
        if before := reach.known(file, digest):
            return before
        tests = [*reach.TESTS[self._path], *(f"--deselect={t}" for t in reach.WITHOUT)]
        work = (self._path, tests, reach.FIXTURES, self._databases.name(0))
        data = _in_a_child(self._path, child.reach, *work)
        self._databases.renew(0)
        if not data or not data["passed"]:
            raise SystemExit(_log(self._path).read_text()[-5000:])
        return reach.keep(file, digest, data)

    def warm(self, made: list[Mutant], seconds: float) -> list[Verdict]:
        """Judge mutants of functions in processes that have run a test already."""
        parent = os.getpid()

        def work(session: warm.Warm) -> list[Verdict]:
            return list(self.judge(while_alive(parent, made), seconds, session.judge))

        tests = self._reach.all_tests()
        if not tests:
            raise SystemExit(f"No test of its topic reaches {self._path}.")
        answer = _in_a_child(
            f"{self._path}.warm", warm.session, self._path, tests, "mutants_0", work
        )
        if answer is None:
            raise SystemExit(_log(f"{self._path}.warm").read_text()[-5000:])
        verdicts: list[Verdict] = answer
        return verdicts

    def judge(
        self, made: Iterable[Mutant], seconds: float, one: JudgeOne = child.judge
    ) -> Iterator[Verdict]:
        for mutant in made:
            first = list(self._killers[mutant.function])[-5:]
            tests, took = self._reach.tests(mutant, first, seconds)
            if not tests:
                yield Verdict(mutant, None)
                continue
            while not self._idle:
                yield from self._finished()
            running = Child(one, self._idle.pop(), mutant, tests)
            running.deadline = time.monotonic() + PATIENCE + 20 * took
            self._children.append(running)
        while self._children:
            yield from self._finished()

    def _finished(self) -> Iterator[Verdict]:
        soonest = min(running.deadline for running in self._children)
        answers = [running.answer for running in self._children]
        wait(answers, max(0.0, soonest - time.monotonic()))
        for running in list(self._children):
            if running.answer.poll() or running.deadline <= time.monotonic():
                self._children.remove(running)
                yield self._verdict(running)

    def _verdict(self, running: Child) -> Verdict:
        mutant, result = running.mutant, running.result()
        if result["code"] not in {0, 1, 2, 3, 4}:
            raise SystemExit(_log(f"worker-{running.worker}").read_text()[-5000:])
        if result["commits"]:
            self._databases.renew(running.worker)
        self._idle.append(running.worker)
        if result["code"] == 0:
            return Verdict(mutant, None)
        if killer := result["test"]:
            self._killers[mutant.function].pop(killer, None)
            self._killers[mutant.function][killer] = None
        return Verdict(mutant, killer or "(it cannot be imported, or does not end)")


class Result(NamedTuple):
    made: int
    survivors: list[Survivor]

    @classmethod
    def read(cls, file: Path) -> tuple[str, "Result"]:
        """The digest of the module and its tests, and what became of its mutants."""
        if not file.exists():
            return "", cls(0, [])
        digest, made, survivors = json.loads(file.read_text())
        return digest, cls(made, [Survivor(*survivor) for survivor in survivors])

    def write(self, file: Path, digest: str) -> None:
        file.write_text(json.dumps([digest, *self]))


def judged(path: str, databases: Databases) -> Result:
    """The result of a module; the last one, if neither it nor its tests changed.

    With MUTANTS_AGAIN=1 only the survivors of the last run are shown to the tests.
    """
    file, digest = _log(path, "result"), reach.digest(ROOT, path)
    before, last = Result.read(file)
    if before == digest:
        return last
    judge = Judge(path, databases)
    made = alive = mutants(ROOT, path)
    if before and os.environ.get("MUTANTS_AGAIN"):
        names = {survivor.name for survivor in last.survivors}
        alive = [mutant for mutant in made if mutant.name in names]
    alive = _survivors(judge, path, alive)
    result = Result(len(made), [_survivor(mutant) for mutant in alive])
    result.write(file, digest)
    return result


def _survivors(judge: Judge, path: str, alive: list[Mutant]) -> list[Mutant]:
    """Those that no test notices. Of functions: in a warm process, and then in one that
    has imported the mutant.
    """
    log = _log(path, "txt")
    log.write_text("")

    def unnoticed(verdicts: Iterable[Verdict]) -> list[Mutant]:
        verdicts = list(verdicts)
        with log.open("a") as lines:
            for mutant, killer in verdicts:
                lines.write(f"{killer}\n{_survivor(mutant)}\n")
        return [mutant for mutant, killer in verdicts if killer is None]

    unchanged = Mutant(path, "", range(0), "", "", (ROOT / path).read_text())
    functions = [unchanged, *(mutant for mutant in alive if mutant.lines)]
    others = [mutant for mutant in alive if not mutant.lines]
    for seconds in SECONDS:
        functions = unnoticed(judge.warm(functions, seconds))
        if unchanged not in functions:
            raise SystemExit(f"{path} fails its tests without a change.")
        others = unnoticed(judge.judge(others, seconds))
    functions = unnoticed(judge.judge(functions, SECONDS[1]))
    return [*(mutant for mutant in functions if mutant != unchanged), *others]


def while_alive(parent: int, made: Iterable[Mutant]) -> Iterator[Mutant]:
    """The mutants, as long as the process that asked for them waits."""
    return takewhile(lambda _: os.getppid() == parent, made)


def _survivor(mutant: Mutant) -> Survivor:
    line = mutant.lines.start if mutant.lines else None
    return Survivor(mutant.path, mutant.function, line, mutant.old, mutant.new)


def _log(name: str, kind: str = "log") -> Path:
    return FOLDER / f"{name.replace('/', '.')}.{kind}"


def _in_a_child(name: str, *work: Any) -> Any:
    answer, end = Pipe(duplex=False)
    function, *given = work
    process = _FORK.Process(
        target=child.apart, args=(_log(name), function, end, *given)
    )
    process.start()
    end.close()
    try:
        return answer.recv()
    except EOFError:
        return None
    finally:
        process.join()


@contextmanager
def _databases() -> Iterator[Databases]:
    with ExitStack() as held:
        if not os.environ.get("DATABASE_URL"):
            held.enter_context(pytest_plugin._server())
        databases = Databases(os.environ["DATABASE_URL"])
        databases.migrate()
        yield databases


def main(paths: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.chdir(ROOT)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    FOLDER.mkdir(exist_ok=True)
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(FOLDER / "pycache")
    named = equivalents.read()
    made = killed = unnamed = 0
    with _databases() as databases:
        for path in paths or reach.TESTS:
            result = judged(path, databases)
            equivalent = [each for each in result.survivors if each.name in named]
            others = [each for each in result.survivors if each.name not in named]
            of_path = result.made - len(result.survivors)
            made, killed = made + result.made, killed + of_path
            unnamed += len(others)
            print(
                f"{path:44} {of_path:4} of {result.made:4} killed,"
                f" {len(equivalent):2} equivalent"
            )
            for survivor in others:
                print(survivor)
            sys.stdout.flush()
    print(f"{killed} of {made} killed ({killed / made:.1%}), {unnamed} unnamed.")
    return int(killed < FLOOR * made or unnamed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
