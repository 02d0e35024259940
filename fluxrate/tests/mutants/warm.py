"""Mutants of functions in a process that has run a test already: the quick way.

What the process has computed from the module before, such as a compiled query, stays as
it is; so a mutant that survives here is shown to the tests once more, in `child.judge`.
"""

import functools
import gc
from collections import defaultdict
from collections.abc import Callable, Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from django.db import connection, connections

from .child import OPTIONS, Database, Killer, commits
from .operators import Mutant


class Warm:
    """Runs a test of the session, then `work` in place of the others."""

    def __init__(
        self,
        path: str,
        first: str,
        database: Database,
        work: Callable[["Warm"], Any],
    ) -> None:
        self._path, self._first, self._work = path, first, work
        self._database = database
        self._source = Path(path).read_text()
        self.answer: Any = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        item = self._items[self._first]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        connections.close_all()
        self._functions: dict[CodeType, list[FunctionType]] = defaultdict(list)
        self._caches = []
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename == self._file:
                self._functions[each.__code__].append(each)
            elif type(each) is functools._lru_cache_wrapper:
                self._caches.append(each)
        gc.freeze()
        self.answer = self._work(self)
        return True

    @property
    def _file(self) -> str:
        return str(Path(self._path).resolve())

    def judge(self, mutant: Mutant, tests: list[str], database: str) -> dict[str, Any]:
        """Run the tests until one fails, in a process of its own."""
        if not self._swap(mutant):
            return {"code": 0, "test": None, "commits": False}
        # The fixtures of the session may be set up again.
        self._database.name = connection.settings_dict["NAME"] = database
        killer = Killer()
        self._session.config.pluginmanager.register(killer)
        # Tests that reach no line of the module run in a fresh process only.
        reaching = (self._items[test] for test in tests if test in self._items)
        items = sorted(reaching, key=commits)
        if not items:
            return {"code": 0, "test": None, "commits": False}
        # A next one, other than the last, lets the fixtures of the session stand.
        others = (item for item in self._session.items if item is not items[-1])
        for item, following in zip(
            items, [*items[1:], next(others, None)], strict=True
        ):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if killer.failed:
                break
        code = int(killer.failed is not None)
        return {"code": code, "test": killer.failed, "commits": killer.commits}

    def _swap(self, mutant: Mutant) -> bool:
        """Give each function its new code; False if the change lies elsewhere."""
        if mutant.source == self._source:
            return True
        old, new = (
            compile(text, self._file, "exec", dont_inherit=True)
            for text in (self._source, mutant.source)
        )
        swapped = False
        for before, after in _functions(old, new):
            for function in self._functions.get(before, ()):
                try:
                    function.__code__ = after
                except ValueError:
                    return False
                swapped = swapped or not _same(before, after)
        for cache in self._caches:
            cache.cache_clear()
        return swapped


def _functions(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions that differ, each with what it becomes."""
    if old.co_flags & CO_OPTIMIZED and old != new:
        yield old, new
    inner = [
        [each for each in code.co_consts if isinstance(each, CodeType)]
        for code in (old, new)
    ]
    for pair in zip(*inner, strict=False):
        yield from _functions(*pair)


def _same(old: CodeType, new: CodeType) -> bool:
    """Whether they differ in their lines alone."""
    plain = [
        [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
        for code in (old, new)
    ]
    return (old.co_code, old.co_names, plain[0]) == (
        new.co_code,
        new.co_names,
        plain[1],
    )


def session(
    path: str, tests: list[str], database: str, work: Callable[[Warm], Any]
) -> Any:
    """What `work` returns in a process where the first of the tests has run."""
    ready = Database(database)
    plugin = Warm(path, tests[0], ready, work)
    pytest.main([*OPTIONS, *tests], plugins=[ready, plugin])
    return plugin.answer
