"""A queryset whose FROM has a part of its table."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

from fluxrate.postgres.named_sql import NamedSQL

COLUMNS = ["pk", "search_text", "organization_id", "name", "email", "external_id"]
BASE = "base (id, search_text, owner_id, name, email, external_id)"

# Stands for the part in the compiled queryset; no statement has this character.
MARK = "\0"


class Around(NamedTuple):
    """The text of a queryset before and after a part of its table."""

    table: str
    before: str
    after: str


def compile_around(queryset: QuerySet) -> tuple[Around, Mapping[str, object]]:
    """The text around a part, and the values of its named parameters.

    Raises EmptyResultSet if the queryset can have no rows.
    """
    query = queryset.order_by().values_list(*COLUMNS).query
    alias = query.get_initial_alias()
    query.alias_map[alias] = Part(query.alias_map[alias].table_name, alias)
    text, parameters = query.sql_with_params()
    named = NamedSQL.of(text, parameters, "rows")
    before, _, after = named.sql.partition(MARK)
    table = f'"{queryset.model._meta.db_table}"'
    return Around(table, before, after), named.values


class Part(BaseTable):
    """A subquery in the FROM of a query, under the name of the query's table."""

    def as_sql(
        self, compiler: Any, connection: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        alias = connection.ops.quote_name(self.table_alias)
        return f"({MARK}) AS {alias}", ()
