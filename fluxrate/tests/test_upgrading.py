"""docs/upgrading.md lists every private name of a library that the code uses.

Four kinds of use are looked for: an attribute or import with a leading underscore that
no code of ours defines, a method or attribute of ours that replaces a private one of a
library's class, `vars()` and `__dict__`, and imports from modules that a library does
not document.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("fluxrate", "organizations", "customers")
# Documented in spite of their names: Model._meta, the state of an instance, namedtuple.
DOCUMENTED = {"_meta", "_state", "_replace", "_asdict"}
UNDOCUMENTED = (
    "django.contrib.admin.views",
    "django.core.handlers.wsgi",
    "django.db.backends.postgresql",
    "django.db.backends.utils.debug_transaction",
    "django.db.models.expressions.Col",
    "django.db.models.lookups",
    "django.db.models.sql",
    "django.forms.utils.to_current_timezone",
    "django_filters.filterset.FILTER_FOR_DBFIELD_DEFAULTS",
    "drf_spectacular.drainage",
    "drf_spectacular.plumbing",
    "pgtrigger.compiler",
    "rest_framework.utils",
)
LIBRARIES = {
    "django",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "pgtrigger",
}
LOOKUPS = {"getattr", "setattr", "hasattr", "delattr"}
Use = tuple[str, str]


def sources() -> Iterator[Path]:
    for app in OURS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in sources()}


def defined() -> set[str]:
    """Every private name that the code defines: functions, classes, attributes."""
    names = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
                case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case ast.Attribute(ast.Name(id="self" | "cls"), name, ast.Store()):
                    names.add(name)
    return set(filter(is_private, names))


def mentioned(node: ast.AST) -> Iterator[str]:
    """The names that this node takes from an object or a module."""
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.ImportFrom(names=aliases):
            yield from (alias.name for alias in aliases)
        case ast.Call(
            func=ast.Name(id=function), args=[_, ast.Constant(str(name)), *_]
        ):
            if function in LOOKUPS:
                yield name


def read() -> Iterator[Use]:
    own = defined() | DOCUMENTED
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            for name in mentioned(node):
                if name == "__dict__" or (is_private(name) and name not in own):
                    yield name, path
            match node:
                case ast.Call(func=ast.Name(id="vars")):
                    yield "vars()", path
                case ast.ImportFrom(module=str(module), names=aliases):
                    for name in (f"{module}.{alias.name}" for alias in aliases):
                        yield from ((x, path) for x in UNDOCUMENTED if within(name, x))


def within(name: str, parent: str) -> bool:
    return name == parent or name.startswith(f"{parent}.")


def modules() -> Iterator[ModuleType]:
    for app in OURS:
        for found in pkgutil.walk_packages([str(ROOT / app)], f"{app}."):
            parts = set(found.name.split("."))
            if not {"tests", "migrations", "wsgi", "__main__"} & parts:
                yield importlib.import_module(found.name)


def replaced() -> Iterator[Use]:
    """The private names of our classes that a library's class defines or calls, too."""
    own = defined()
    for module in modules():
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and module.__file__:
                path = str(Path(module.__file__).relative_to(ROOT))
                for name in own & set(vars(cls)):
                    if any(knows(base, name) for base in cls.__mro__[1:]):
                        yield name, path


def knows(base: type, name: str) -> bool:
    """Whether a library's class has the name, or its module calls it, as with hooks."""
    if base.__module__.partition(".")[0] not in LIBRARIES:
        return False
    return name in vars(base) or f".{name}(" in source(base.__module__)


@cache
def source(module: str) -> str:
    return inspect.getsource(importlib.import_module(module))


def listed() -> set[Use]:
    page = (ROOT / "docs" / "upgrading.md").read_text()
    rows = re.findall(r"^\| (`[^|]+`) \| (`[^|]+`) \|", page, re.MULTILINE)
    return {
        (name, path)
        for names, paths in rows
        for name in re.findall(r"`([^`]+)`", names)
        for path in re.findall(r"`([^`]+)`", paths)
    }


@pytest.fixture(scope="module")
def used() -> set[Use]:
    uses = {*read(), *replaced()}
    return {(name, path) for name, path in uses if name not in DOCUMENTED}


def test_the_page_lists_every_private_name_that_is_used(used):
    assert used - listed() == set()


def test_the_page_lists_no_name_that_is_not_used(used):
    assert listed() - used == set()
