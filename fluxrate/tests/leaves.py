"""The statements of requests that read several leaves of a table of the twin.

The admin may read the rows of all organizations, but a write names them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from fluxrate.postgres.backend.base import DatabaseWrapper

# The statements of requests to these paths.
STATEMENTS = {
    "/api/": re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE),
    "/admin/": re.compile(r"\s*(UPDATE|DELETE)\b", re.IGNORECASE),
}
LEAF = re.compile(r"(\w+)_\d+")
# The row of an outer query names the organization: one leaf is read for each row.
OF_OUTER_ROW = re.compile(r"\borganization_id = \(?\w+\.")
# The rows of an action in the admin may be of several organizations.
OF_SEVERAL = re.compile(r"\borganization_id = ANY \('")
# Statements that read all leaves, by what only they contain.
EXCEPTIONS = {
    "customer_search_keys(": "the hashes in the index contain the organization",
}


class Leaves:
    """`statements` were explained; `wide` are the exceptional ones, with a request."""

    def __init__(self, tables: list[str]) -> None:
        self.tables, self.request, self.statements = tables, "", 0
        self.wide: dict[str, str] = {}

    def explain(self, sql: str, parameters: Any) -> None:
        """Look at the plan of a statement of a request, before it is executed."""
        if not any(
            self.request.startswith(path) and statement.match(sql)
            for path, statement in STATEMENTS.items()
        ):
            return
        self.statements += 1
        with psycopg.ClientCursor(connection.connection) as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
            (plans,) = cursor.fetchone() or ([],)
        if self._is_wide(plans[0]["Plan"]) and not any(
            map(sql.__contains__, EXCEPTIONS)
        ):
            self.wide[sql] = self.request

    def _is_wide(self, plan: Mapping[str, Any]) -> bool:
        scans: dict[str, dict[str, bool]] = defaultdict(dict)
        for node in nodes(plan):
            name = node.get("Relation Name", "")
            leaf = LEAF.fullmatch(name)
            if leaf and leaf[1] in self.tables:
                scans[leaf[1]][name] = names_organization(node)
        return any(
            len(leaves) > 1 and not all(leaves.values()) for leaves in scans.values()
        )


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def names_organization(node: Mapping[str, Any]) -> bool:
    conditions = (
        node.get(name, "") for name in ("Index Cond", "Recheck Cond", "Filter")
    )
    return any(
        OF_OUTER_ROW.search(text) or OF_SEVERAL.search(text) for text in conditions
    )


@contextmanager
def explained(tables: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaves]:
    """Explain every statement of API requests, of views and of plans."""
    leaves = Leaves(tables)
    request, server_cursor = Client.request, DatabaseWrapper.server_cursor

    def noted(self: Client, **environment: Any) -> Any:
        leaves.request = environment.get("PATH_INFO", "")
        try:
            return request(self, **environment)
        finally:
            leaves.request = ""

    def by_django(
        execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        if not many:
            leaves.explain(str(sql), parameters)
        return execute(sql, parameters, many, context)

    monkeypatch.setattr(Client, "request", noted)
    monkeypatch.setattr(
        DatabaseWrapper,
        "server_cursor",
        lambda self, statement: Explaining(server_cursor(self, statement), leaves),
    )
    with connection.execute_wrapper(by_django):
        yield leaves


class Explaining:
    """A cursor of a plan."""

    def __init__(self, cursor: Any, leaves: Leaves) -> None:
        self.cursor, self.leaves = cursor, leaves

    def execute(self, sql: bytes, parameters: Any, **options: Any) -> None:
        self.leaves.explain(sql.decode(), parameters)
        self.cursor.execute(sql, parameters, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)
