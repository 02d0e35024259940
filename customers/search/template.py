"""The SQL texts of searches, cached by shape."""

from functools import lru_cache
from typing import NamedTuple

from fluxrate.postgres.prepared import PreparedStatement

from .around import Around
from .parameters import parameters, positional
from .parts import Limits, Statement
from .sql import Rows
from .values import Shape, TypoShape, Values


class Sql(NamedTuple):
    """A text with %s, and the parameters in their order."""

    text: str
    parameters: list[object]


class Template:
    """The text of a statement with named parameters."""

    def __init__(self, text: str) -> None:
        self.text, self.parameters = text, parameters(text)

    def bound(self, values: Values) -> Sql:
        by_name = values.bind(self.parameters)
        text, names = positional(self.text)
        return Sql(text, [by_name[name] for name in names])

    def page(self, *, prepare: bool) -> PreparedStatement:
        text = f"{self.text} LIMIT %(size)s OFFSET %(start)s"
        return PreparedStatement(text, prepare=prepare)


@lru_cache(maxsize=500)
def template(
    part: str, shape: Shape, typo_shape: TypoShape, around: Around, limits: Limits
) -> Template:
    rows = Rows(around, is_global=shape.is_global)
    statement = Statement(shape, typo_shape, rows, limits)
    return Template(getattr(statement, part)())
