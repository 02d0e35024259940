"""`make mutants`: change one thing after another, and see whether a test notices.

`MUTANTS="customers/billing_periods.py …"` names modules; without it, all of
targets.toml. A mutant is killed when a test that reaches its line fails, or does not
end. One that survives is named in equivalent.txt, with its reason, or it is an error.
"""

import gc
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import takewhile
from math import inf
from multiprocessing import Pipe, get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from fluxrate.server import pytest_plugin
from fluxrate.tests.database import copy_database, drop_database

from . import child, equivalents, reach, warm
from .operators import Mutant, mutants
from .results import Kills, Result, Row, Survivor

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".mutants"
FLOOR = 0.9
# How long the tests of a mutant may compute, as measured without it: a few of them, and
# for those that survive, once more with more of them. All tests of the module see what
# survives both and has no name in equivalent.txt.
SECONDS = (3.0, 10.0)
# A mutant never ends if it computes for so many seconds and ten times its tests, which
# a loaded machine does not change; or if it has not ended after so many seconds and
# thirty times its tests.
COMPUTES, WAITS = 30.0, 60.0
ENDLESS = "(it does not end)"
WORKERS = int(os.environ.get("MUTANTS_WORKERS") or os.cpu_count() or 1)
_TEMPLATE, _FIRST_TEST = "mutants_template", "customers/tests/test_create_customer.py"
_FORK = get_context("fork")
JudgeOne = Callable[[Mutant, list[str], str], dict[str, Any]]


class Verdict(NamedTuple):
    mutant: Mutant
    killer: str | None
    """The test that noticed it; None for a survivor."""


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
            drop_database(connection, new)
            copy_database(connection, old, new)


class Child:
    """A process that judges one mutant, with a time by which it must have done so."""

    def __init__(
        self,
        judge: JudgeOne,
        worker: int,
        mutant: Mutant,
        tests: list[str],
        took: float,
    ) -> None:
        self.worker, self.mutant = worker, mutant
        self.deadline = time.monotonic() + WAITS + 30 * took
        self.answer, end = Pipe(duplex=False)
        work = (judge, mutant, tests, Databases.name(worker), COMPUTES + 10 * took)
        self.process = _FORK.Process(
            target=child.apart,
            args=(_log(f"worker-{worker}"), _within_limit, end, *work),
        )
        self.process.start()
        end.close()

    def result(self) -> dict[str, Any]:
        """The answer, or that there will be none; an error if the process failed."""
        result = None
        if self.answer.poll():
            with suppress(EOFError):
                result = self.answer.recv()
            self.process.join(5)
        is_late = self.process.is_alive()
        if is_late:
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        if result is None and (is_late or self.process.exitcode == -signal.SIGXCPU):
            result = {"code": 1, "test": ENDLESS, "commits": True}
        if result is None or result["code"] not in {0, 1, 2, 3, 4}:
            log = _log(f"worker-{self.worker}").read_text()[-5000:]
            raise SystemExit(
                f"{log}\nNothing can be said of {Survivor.of(self.mutant)}"
            )
        return dict(result)


class Judge:
    """Shows the mutants of one module to its tests, some at a time."""

    def __init__(self, path: str, databases: Databases, kills: Kills) -> None:
        self._path, self._databases, self._kills = path, databases, kills
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
            if seconds == inf:
                tests, took = self._reach.all_tests(), self._reach.seconds
            if not tests:
                yield Verdict(mutant, None)
                continue
            while not self._idle:
                yield from self._finished()
            self._children.append(Child(one, self._idle.pop(), mutant, tests, took))
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
        if result["commits"]:
            self._databases.renew(running.worker)
        self._idle.append(running.worker)
        if result["code"] == 0:
            return Verdict(mutant, None)
        if killer := result["test"]:
            self._killers[mutant.function].pop(killer, None)
            self._killers[mutant.function][killer] = None
        killer = killer or "(it cannot be imported)"
        self._kills.add(mutant, killer)
        return Verdict(mutant, killer)


def _row(path: str, result: Result) -> Row:
    """The row of a module. Prints it with what needs work: survivors without a reason,
    and reasons without a survivor.
    """
    named = {name for name in equivalents.read() if name[0] == path}
    survivors = {survivor.name: survivor for survivor in result.survivors}
    unnamed = [each for name, each in survivors.items() if name not in named]
    stale = named - survivors.keys()
    equivalent = sum(survivor.name in named for survivor in result.survivors)
    unnamed_count = len(result.survivors) - equivalent
    row = Row(
        path,
        result.made,
        result.killed,
        result.endless,
        equivalent,
        unnamed_count,
        len(stale),
    )
    print(row)
    for survivor in unnamed:
        print(survivor)
    for _, old, new in sorted(stale):
        print(
            f"  equivalent.txt names what is killed, or gone:\n    - {old}\n    + {new}"
        )
    sys.stdout.flush()
    return row


def judged(path: str, databases: Databases) -> Result:
    """The result of a module; the last one, if neither it nor its tests changed.

    With MUTANTS_AGAIN=1 only the survivors of the last run are tested again, unless
    the module changed.
    """
    file, digest = _log(path, "result"), reach.digest(ROOT, path)
    of, last = Result.read(file)
    if of == digest:
        return last
    again = bool(os.environ.get("MUTANTS_AGAIN"))
    kills = Kills(_log(path, "kills"), digest, again=again)
    made = mutants(ROOT, path)
    alive = _survivors(Judge(path, databases, kills), path, kills.without(made))
    endless = list(kills.killers().values()).count(ENDLESS)
    result = Result(len(made), endless, [Survivor.of(mutant) for mutant in alive])
    result.write(file, digest)
    return result


def _survivors(judge: Judge, path: str, alive: list[Mutant]) -> list[Mutant]:
    """Those that no test notices. Of functions: in a warm process, and then in one that
    has imported the mutant.
    """

    def unnoticed(verdicts: Iterable[Verdict]) -> list[Mutant]:
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
    survivors = [*(mutant for mutant in functions if mutant != unchanged), *others]
    named = [m for m in survivors if Survivor.of(m).name in equivalents.read()]
    return named + unnoticed(judge.judge([m for m in survivors if m not in named], inf))


def while_alive(parent: int, made: Iterable[Mutant]) -> Iterator[Mutant]:
    """The mutants, as long as the process that asked for them waits."""
    return takewhile(lambda _: os.getppid() == parent, made)


def _log(name: str, kind: str = "log") -> Path:
    return FOLDER / f"{name.replace('/', '.')}.{kind}"


def _within_limit(
    judge: JudgeOne, mutant: Mutant, tests: list[str], database: str, seconds: float
) -> dict[str, Any]:
    child.limit(seconds)
    return judge(mutant, tests, database)


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
    modules = paths or list(reach.TESTS)
    with _databases() as databases:
        table = [_row(path, judged(path, databases)) for path in modules]
    total = Row.total(table)
    print(Row.title(), *table, total, sep="\n")
    return int(total.killed < FLOOR * total.made or total.unnamed + total.stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
