"""The house stays readable: rooms and functions that fit a screen."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 40, 10


def sources() -> list[Path]:
    """Every Python file that is ours and written by hand."""
    folders = ("fluxrate", "organizations", "customers", "benchmarks")
    files = (path for name in folders for path in (ROOT / name).rglob("*.py"))
    return [path for path in files if "migrations" not in path.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", length


def test_no_file_is_longer_than_400_lines():
    lengths = {path: len(path.read_text().splitlines()) for path in sources()}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_functions_fit_a_screen_and_half_of_them_a_glance():
    found = dict(entry for path in sources() for entry in functions(path))
    assert {name: n for name, n in found.items() if n > LONGEST_FUNCTION} == {}
    assert median(found.values()) <= MEDIAN_FUNCTION


def test_nothing_is_named_for_being_nothing_in_particular():
    names = {path.stem for path in sources()}
    assert names.isdisjoint({"utils", "util", "helpers", "services", "misc", "common"})


def test_no_generated_file_is_tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert not [name for name in listed if name.startswith((".data/", "staticfiles/"))]


def test_every_module_of_the_frame_stands_on_a_layer():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {
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
    assert named == modules | {"customers", "organizations"}
