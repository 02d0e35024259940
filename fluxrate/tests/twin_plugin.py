"""`make twin`: tests on the twin, which fail where a request reads several leaves.

`pytest -p fluxrate.tests.twin_plugin` loads it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from fluxrate.tests.leaves import explained
from fluxrate.tests.twin import partition

# Test → why it cannot pass.
EXCEPTIONS = {
    "test_a_customer_deleted_during_a_change_is_404": "Its own statement is looked at.",
    "test_a_filter_adds_no_index_to_the_search": "It names indexes in plans.",
    "test_a_large_demonstration_leaves_every_index_and_constraint_as_it_was": (
        "It compares the names of indexes."
    ),
    "test_a_round_leaves_no_entry_to_a_write": "It merges the entries of one index.",
    "test_intervals_are_exact_after_concurrent_writers": (
        "Rows move to other organizations, which the product never does."
    ),
    "test_the_guide_shows_what_happens": "A message of PostgreSQL names the table.",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = EXCEPTIONS.get(item.name.partition("[")[0])
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def twin(django_db_setup: None, django_db_blocker: Any) -> list[str]:
    """The names of the owned tables, which are partitioned now."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        return partition(cursor)


@pytest.fixture(autouse=True)
def one_leaf(twin: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with explained(twin, monkeypatch) as leaves:
        yield
    assert leaves.wide == {}
