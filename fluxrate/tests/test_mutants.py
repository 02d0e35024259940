"""`make mutants` names modules, tests and lines; they follow when those move."""

from fluxrate.tests.mutants import equivalents, reach
from fluxrate.tests.mutants.__main__ import ROOT


def test_the_modules_and_the_tests_exist():
    files = [path for path, tests in reach.TESTS.items() for path in (path, *tests)]
    assert [path for path in files if not (ROOT / path).is_file()] == []
    for test in reach.WITHOUT:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text()


def test_each_equivalent_mutant_is_of_a_line_that_is_there():
    for (path, old, _), reason in equivalents.read().items():
        assert old in " ".join((ROOT / path).read_text().split()), (path, old)
        assert reason, (path, old)
