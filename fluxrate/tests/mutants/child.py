"""What a forked process does: run tests, with a mutant in a module's place."""

import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from coverage import Coverage
from django.conf import settings
from django.db import connection

from .operators import Mutant

OPTIONS = [
    "--override-ini=addopts=",
    "-p",
    "pytest_django.plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:unraisableexception",
    "--reuse-db",
    "--quiet",
    "--tb=short",
]


# Bytes: a mutant that allocates without end fails.
MEMORY = 4 << 30


class Loader(SourceFileLoader):
    """Loads a text in a file's place; nothing is written."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source
        self.has_loaded = False

    def get_code(self, fullname: str) -> CodeType:
        self.has_loaded = True
        return compile(self._source, self.path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def find_spec(
        self, name: str, path: object, target: object = None
    ) -> ModuleSpec | None:
        loader = self._loader
        if name != loader.name:
            return None
        return spec_from_file_location(name, loader.path, loader=loader)


class InPlace(Executor):
    """Hashes passwords in the thread that asks: other threads do not survive a fork."""

    def submit(self, function: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*args, **named))
        return future


class Database:
    """Tests run on a database that stands ready."""

    def __init__(self, name: str) -> None:
        self.name = name

    def pytest_configure(self, config: pytest.Config) -> None:
        @pytest.fixture(scope="session")
        def django_db_setup(django_test_environment: None) -> None:
            connection.settings_dict["NAME"] = self.name
            # WhiteNoise would look at every static file first.
            settings.WHITENOISE_AUTOREFRESH = True
            hash_limits = import_module("organizations.auth.hash_limits")
            vars(hash_limits)["_executor"] = InPlace()

        # Later than pytest-django, so that its fixture is replaced by this one.
        plugin = ModuleType("database")
        vars(plugin)["django_db_setup"] = django_db_setup
        config.pluginmanager.register(plugin)


def commits(item: pytest.Item) -> bool:
    """Whether a test commits what it writes."""
    mark = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in names


class Killer:
    """Says which test failed, and whether one ran that commits."""

    def __init__(self) -> None:
        self.failed: str | None = None
        self.commits = False

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.commits = self.commits or commits(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid
            print(report.longreprtext)


class Reach:
    """Notes which lines each test reaches, and how long it computes."""

    def __init__(self, coverage: Coverage, without: set[str]) -> None:
        self._coverage, self._without = coverage, without
        self.seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [
            item
            for item in items
            if self._without.isdisjoint(getattr(item, "fixturenames", ()))
        ]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self._coverage.switch_context(item.nodeid)
        began = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - began
        self._coverage.switch_context("")
        return result


def apart(log: Path, work: Callable[..., Any], answer: Connection, *given: Any) -> None:
    """Do the work in a process group of its own, with its output in a file.

    An exception is logged there, and nothing is answered.
    """
    os.setsid()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    try:
        answer.send(work(*given))
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def limit(seconds: float) -> None:
    """End this new process with SIGXCPU after so many seconds of computing."""
    for limited, most in (
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_AS, MEMORY),
    ):
        resource.setrlimit(limited, (most, resource.getrlimit(limited)[1]))


def reach(
    path: str, tests: list[str], without: set[str], database: str
) -> dict[str, Any]:
    """Run the tests of a module; tell what each of them reaches there."""
    file = str(Path(path).resolve())
    coverage = Coverage(data_file=None, include=[file], config_file=False)
    plugin = Reach(coverage, without)
    coverage.start()
    code = pytest.main([*OPTIONS, "-x", *tests], plugins=[Database(database), plugin])
    coverage.stop()
    return {
        "passed": code == 0,
        "seconds": plugin.seconds,
        "lines": {
            line: [test for test in tests if test]
            for line, tests in coverage.get_data().contexts_by_lineno(file).items()
        },
        "imported": sorted(sys.modules),
    }


def migrate(test: str) -> str | None:
    """Make the database that the others are copies of; None where a test fails."""
    if pytest.main([*OPTIONS, "--create-db", test]) != 0:
        return None
    return str(connection.settings_dict["NAME"])


def judge(mutant: Mutant, tests: list[str], database: str) -> dict[str, Any]:
    """Run the tests until one fails. The tests must have imported the mutant."""
    name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if name in sys.modules:
        raise AssertionError(f"{name} is imported already")
    path = str(Path(mutant.path).resolve())
    loader = Loader(name, path, mutant.source)
    sys.meta_path.insert(0, Finder(loader))
    killer = Killer()
    plugins = [Database(database), killer]
    try:
        code = int(pytest.main([*OPTIONS, "-x", *tests], plugins=plugins))
    except Exception as error:
        if not _is_of(path, error):
            raise
        code = pytest.ExitCode.USAGE_ERROR
    if not loader.has_loaded:
        raise AssertionError(f"The tests have not imported {name}.")
    return {"code": int(code), "test": killer.failed, "commits": killer.commits}


def _is_of(path: str, error: Exception) -> bool:
    """Whether a mutant in the file is the cause: the error is raised by the file, or
    while a module of ours is imported.
    """
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = str(Path.cwd())
    return any(
        code.co_filename == path
        or (code.co_name == "<module>" and code.co_filename.startswith(ours))
        for code in codes
    )
