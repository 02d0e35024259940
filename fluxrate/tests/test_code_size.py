"""The code stays small, typed, layered and in the language of the field."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("fluxrate", "organizations", "customers")
MAX_FILE, MEDIAN_FILE = 400, 65
MAX_FUNCTION, MEDIAN_FUNCTION = 40, 7
MAX_ANY = 350
# Words of a private dialect; CONTRIBUTING.md names the terms to use instead.
DIALECT = re.compile(
    r"\b(given|found|kept|told|said|whoever|those|face|door|letters?)\b", re.IGNORECASE
)
MAX_DIALECT = 60
MAX_CLASSES = 4


def sources(*, tests: bool = False) -> list[Path]:
    """The Python files that are written by hand and not empty."""
    files = (path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))
    return [
        path
        for path in files
        if "migrations" not in path.parts
        and (tests or "tests" not in path.parts)
        and path.read_text().strip()
    ]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The name and the length in lines of each function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", length


def test_no_file_is_long_and_half_of_them_are_short():
    lengths = {path: len(path.read_text().splitlines()) for path in sources(tests=True)}
    assert {path: n for path, n in lengths.items() if n > MAX_FILE} == {}
    assert median(lengths[path] for path in sources()) <= MEDIAN_FILE


def test_functions_fit_a_screen_and_half_of_them_a_glance():
    lengths = dict(entry for path in sources(tests=True) for entry in functions(path))
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION} == {}
    lengths = dict(entry for path in sources() for entry in functions(path))
    assert median(lengths.values()) <= MEDIAN_FUNCTION


def test_types_say_what_a_value_is():
    uses = {path: len(re.findall(r"\bAny\b", path.read_text())) for path in sources()}
    assert sum(uses.values()) <= MAX_ANY


def test_the_words_of_the_dialect_are_rare():
    lines = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources()
        for line in path.read_text().splitlines()
        if DIALECT.search(line)
    ]
    assert len(lines) < MAX_DIALECT, "\n".join(lines)


def test_a_view_has_few_base_classes_of_ours():
    views = {view for view in view_classes(get_resolver()) if is_ours(view)}
    assert len(views) > 20
    chains = {view.__name__: sum(map(is_ours, view.__mro__)) for view in views}
    assert {name: n for name, n in chains.items() if n > MAX_CLASSES} == {}


def view_classes(resolver: URLResolver) -> Iterator[type]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from view_classes(pattern)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None:
                yield view


def is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in FOLDERS


def test_no_module_has_a_name_without_a_meaning():
    names = {path.stem for path in sources(tests=True)}
    assert names.isdisjoint({"utils", "util", "helpers", "services", "misc", "common"})


def test_no_generated_file_is_tracked():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert not [name for name in tracked if name.startswith((".data/", "staticfiles/"))]


def test_every_module_of_the_frame_has_a_layer():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    layered = {
        ".".join(name.split(".")[:2])
        for layer in layers
        for name in re.findall(r"[\w.]+", layer)
    }
    modules = {
        f"fluxrate.{path.stem}"
        for path in (ROOT / "fluxrate").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    modules -= {"fluxrate.__init__", "fluxrate.tests", "fluxrate.migrations"}
    assert layered == modules | {"customers", "organizations"}
