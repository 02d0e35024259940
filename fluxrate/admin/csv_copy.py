"""Rows of a queryset as CSV (RFC 4180), written by PostgreSQL's COPY.

A cell that a spreadsheet would take for a formula begins with an apostrophe: one that
begins with = + - @, a tab or a carriage return, after any apostrophes. A program reads
the value back by removing the first apostrophe of such a cell.
"""

import csv
import io
from collections.abc import Generator, Iterator, Mapping

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Expression, F, Func, Model, QuerySet, TextField

# A slow client may read for so long.
TIMEOUT = "10min"
BATCH_BYTES = 65_536


class Guarded(Func):
    """The text, with an apostrophe before what a spreadsheet would calculate."""

    template = (
        "CASE WHEN left(ltrim(%(expressions)s, ''''), 1) "
        "IN ('=', '+', '-', '@', E'\\t', E'\\r') "
        "THEN '''' || %(expressions)s ELSE %(expressions)s END"
    )
    output_field = TextField()


class UTCTime(Func):
    template = (
        "to_char(%(expressions)s AT TIME ZONE 'UTC', "
        '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
    )
    output_field = TextField()


def column(model: type[Model], name: str) -> Expression | F:
    """The expression of a field in CSV; `name` may cross foreign keys."""
    field = model._meta.get_field(name.partition("__")[0])
    field = getattr(field, "output_field", field)
    if "__" in name or isinstance(field, models.CharField | TextField):
        return Guarded(F(name))
    return UTCTime(F(name)) if isinstance(field, models.DateTimeField) else F(name)


def header(names: Mapping[str, object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(names)
    return line.getvalue().encode()


def copy(
    rows: QuerySet, columns: Mapping[str, Expression | F]
) -> Generator[list[bytes]]:
    """Batches of lines without their ends, in one snapshot and constant memory."""
    names = {f"column_{number}": each for number, each in enumerate(columns.values())}
    query = rows.select_related(None).annotate(**names).values_list(*names).query
    try:
        sql, parameters = query.sql_with_params()
    except EmptyResultSet:
        return
    statement = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
        with connection.wrap_database_errors, cursor.copy(statement, parameters) as out:
            yield from _batches(out)


def _batches(lines: Iterator[memoryview]) -> Iterator[list[bytes]]:
    """Each message of COPY is a line, which may have line breaks in its cells."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(bytes(line)[:-1])
        size += len(line)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
