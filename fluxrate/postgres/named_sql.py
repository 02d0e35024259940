"""Parts of SQL statements whose parameters have names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from django.db.models import Func, QuerySet


def parameter(name: str) -> Func:
    """`%(name)s` in the SQL, for a value that is bound when it is executed."""
    return Func(template=f"%%({name})s")


@dataclass(frozen=True, slots=True)
class NamedSQL:
    """A part of a statement: SQL with `%(name)s` parameters, and the values of some."""

    sql: str
    values: dict[str, object]

    @classmethod
    def of(
        cls,
        sql: str,
        parameters: Iterable[object],
        prefix: str,
        names: Mapping[object, str] | None = None,
    ) -> Self:
        """Name the parameters of Django's SQL: `names` gives the name of a value that
        each execution replaces; the others are called `prefix` and a number.
        """
        values: dict[str, object] = {}
        placeholders = []
        for number, value in enumerate(parameters):
            name = _name(value, names or {})
            if name is None:
                name = f"{prefix}{number}"
                values[name] = value
            placeholders.append(f"%({name})s")
        parts = sql.split("%s")
        pairs = zip(parts, [*placeholders, ""], strict=True)
        return cls("".join(part for pair in pairs for part in pair), values)

    def same_as(self, other: Self) -> bool:
        """Whether text and values are equal, adapted JSON by its content."""
        ours, others = (
            {name: getattr(value, "obj", value) for name, value in part.values.items()}
            for part in (self, other)
        )
        return self.sql == other.sql and ours == others

    @classmethod
    def of_rows(
        cls, rows: QuerySet, prefix: str, names: Mapping[object, str] | None = None
    ) -> Self:
        sql, parameters = rows.query.sql_with_params()
        return cls.of(str(sql), parameters, prefix, names)


def _name(value: object, names: Mapping[object, str]) -> str | None:
    # Django gives integers a subclass by the column's type.
    return next(
        (
            name
            for other, name in names.items()
            if isinstance(value, type(other)) and value == other
        ),
        None,
    )
