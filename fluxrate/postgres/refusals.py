"""Changes of many rows, of which some may violate a constraint."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import IntegrityError, transaction

Row = TypeVar("Row")


def refusals(
    change: Callable[[list[Row]], None], rows: list[Row]
) -> Iterator[tuple[Row, IntegrityError]]:
    """Change the rows; return each row that violates a constraint, with the error."""
    try:
        with transaction.atomic():
            change(rows)
    except IntegrityError as error:
        if len(rows) == 1:
            yield rows[0], error
            return
        middle = len(rows) // 2
        yield from refusals(change, rows[:middle])
        yield from refusals(change, rows[middle:])
