"""docs/security.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
FILES = {path.stem: path for path in ROOT.glob("*/**/tests/test_*.py")}
FILES |= {path.stem: path for path in ROOT.glob("*/tests/test_*.py")}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[\w:…]+)`", PAGE))))
def test_a_test_that_the_page_names_exists(name):
    file, _, test = name.partition("::")
    assert file in FILES
    beginning = f"def {test.rstrip('…')}" + ("" if name.endswith("…") else "(")
    assert not test or beginning in FILES[file].read_text()
