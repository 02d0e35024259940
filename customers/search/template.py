"""The texts of searches, kept for the shapes of recent ones."""

from functools import cached_property, lru_cache

from fluxrate.postgres.prepared import PreparedStatement

from .around import Around
from .parameters import parameters
from .parts import Limits, Statement
from .sql import Rows
from .values import Shape, TypoShape


class Template:
    """The text of a statement with named parameters."""

    def __init__(self, text: str) -> None:
        self.text, self.parameters = text, parameters(text)

    @property
    def page_text(self) -> str:
        return f"{self.text} LIMIT %(size)s OFFSET %(start)s"

    @cached_property
    def page(self) -> PreparedStatement:
        return PreparedStatement(self.page_text)


@lru_cache(maxsize=500)
def template(
    part: str, shape: Shape, typo_shape: TypoShape, around: Around, limits: Limits
) -> Template:
    rows = Rows(around, is_global=shape.is_global)
    statement = Statement(shape, typo_shape, rows, limits)
    return Template(getattr(statement, part)())
