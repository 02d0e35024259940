"""One value from the database."""

from django.db import connection


def value(sql: str) -> str:
    """The first column of the first row, as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return "" if row is None or row[0] is None else str(row[0])
