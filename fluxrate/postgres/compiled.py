"""Querysets whose SQL is built once in a process, and asked with other values."""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from inspect import signature
from typing import Any, Generic, ParamSpec, Self, TypeVar

from django.db import connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Values = ParamSpec("Values")
Row = TypeVar("Row", bound=Model)


class Given(Expression):
    """Stands in a queryset for a value that is known when it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, *_: Any, **__: Any) -> Any:
        return "%s", [self]


class Compiler(SQLCompiler):
    """Compiles at once; its copies have values, each on its thread's connection."""

    using: str
    values: dict[str, Any]

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.query.chain(), connections[rows.db], rows.db)
        self.pattern: tuple[str, Sequence[Any]] = super().as_sql()
        del self.connection  # It is of the thread that happened to be the first.

    def asking(self, values: dict[str, Any]) -> Self:
        compiler = copy(self)
        compiler.connection, compiler.values = connections[self.using], values
        return compiler

    def as_sql(self, *_: Any, **__: Any) -> Any:
        sql, parameters = self.pattern
        return sql, tuple(
            self.values[each.name] if isinstance(each, Given) else each
            for each in parameters
        )


class compiled(Generic[Values, Row]):  # noqa: N801 - a decorator
    """The rows of the queryset that a function makes of its keywords.

    It runs once, before any value is known, so it may only put them into filters. The
    values go to PostgreSQL as they are, and None equals nothing.
    """

    def __init__(self, build: Callable[Values, QuerySet[Row]]) -> None:
        self.build: Callable[..., QuerySet[Row]] = build
        self.compilers: dict[str, Compiler] = {}

    def __call__(self, *_: Values.args, **values: Values.kwargs) -> list[Row]:
        rows = self.queryset.all()
        if rows.db not in self.compilers:
            self.compilers[rows.db] = Compiler(rows)
        compiler = self.compilers[rows.db].asking(values)
        # From here on it is Django's: instances, related ones, annotations.
        rows.query.get_compiler = lambda **_: compiler  # type: ignore[method-assign]
        return list(rows)

    @cached_property
    def queryset(self) -> QuerySet[Row]:
        names = signature(self.build).parameters
        return self.build(**{name: Given(name) for name in names})
