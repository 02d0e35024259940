"""Pages and their totals, at a cost that does not grow with the table."""

import uuid
from typing import Any

# A filter's matches are counted one by one up to here, which takes some 30 ms.
COUNTED = 100_000
# From here on a page's ids are looked for first, from the nearer end.
FAR = 1_000


class Counted:
    """A queryset whose pages come with their `total`, in as few statements as can be.

    A queryset may offer `kept_total()`: an expression for its total that is read
    together with the rows, or None; and `ranking(start, stop)`: ids, best first, their
    total, and whether it is exact; `matches` is the same of a queryset that has another
    order, for its total. `is_exact` is False where the total is only the
    bound up to which was counted.
    """

    total: int
    is_exact = True

    def __init__(self, queryset: Any) -> None:
        self.queryset = queryset
        offered = getattr(queryset, "kept_total", None)
        self.expression = offered() if offered else None

    def slice(self, start: int, stop: int) -> list[Any]:
        """The rows from `start` up to, and not including, `stop`."""
        if getattr(self.queryset, "ranking", None):
            return self._ranked(start, stop)
        if self.expression is not None and start < FAR:
            return self._with_total(self.queryset, start, stop)
        self.count()
        if start >= self.total and self.is_exact:
            return []
        if start < FAR or not self.is_exact:
            return list(self.queryset[start:stop])
        return self._far(start, min(stop, self.total))

    def after(self, last: uuid.UUID, size: int) -> list[Any]:
        """The next rows in the default order, newest first."""
        rows = self.queryset.filter(pk__lt=last)
        if self.expression is not None:
            return self._with_total(rows, 0, size)
        self.count()
        return list(rows[:size])

    def count(self) -> None:
        """Find the total; rows that no kept total knows are counted up to a bound."""
        if self.expression is not None:
            self.total = self.queryset.count()
            return
        if matches := getattr(self.queryset, "matches", None):
            _, self.total, self.is_exact = matches(0, 1)
            return
        found = self.queryset.order_by().values("pk")[: COUNTED + 1].count()
        self.total, self.is_exact = min(found, COUNTED), found <= COUNTED

    def _ranked(self, start: int, stop: int) -> list[Any]:
        ids, self.total, self.is_exact = self.queryset.ranking(start, stop)
        rows = {row.pk: row for row in self.queryset.those(ids)} if ids else {}
        return [rows[key] for key in ids if key in rows]

    def _with_total(self, rows: Any, start: int, stop: int) -> list[Any]:
        found = list(rows.annotate(total_of_list=self.expression)[start:stop])
        if found:
            self.total = found[0].total_of_list
        elif start or rows is not self.queryset:
            self.total = self.queryset.count()
        else:
            self.total = 0
        return found

    def _far(self, start: int, stop: int) -> list[Any]:
        """A deep page: its ids come from the index alone, counted from the nearer end,
        so that none of the rows before it is read.
        """
        ids = self.queryset.values("pk")
        if start > self.total // 2:
            near = ids.reverse()[self.total - stop : self.total - start]
        else:
            near = ids[start:stop]
        return list(self.queryset.filter(pk__in=near))
