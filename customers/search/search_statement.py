"""The statements of one search: texts of its shape, with its values."""

import uuid

from django.db.models import QuerySet

from fluxrate.postgres.prepared import Row

from .around import compile_around
from .parts import Limits
from .template import Sql, Template, template
from .terms import Terms
from .values import TypoShape, Values, is_usual


class SearchStatement:
    """Raises EmptyResultSet if the rows are none."""

    def __init__(
        self,
        rows: QuerySet,
        terms: Terms,
        organization_id: uuid.UUID | None,
        limits: Limits,
        *,
        is_narrowed: bool,
    ) -> None:
        self.around, parameters = compile_around(rows)
        self.values = Values(terms, organization_id, parameters)
        self.shape = self.values.shape(is_narrowed=is_narrowed)
        self.limits = limits

    def ranked(self) -> Sql:
        return self._sql("ranked")

    def ids(self) -> Sql:
        return self._sql("ids")

    def page(self, part: str, *, start: int, size: int) -> list[Row]:
        """Rows of an id, the total, and whether there may be more; the part is
        `ranked`, `with_typo` or `infix`.
        """
        prepare = is_usual(self.shape, self._typo_shape(part))
        text = self._template(part)
        values = self.values.bind(text.parameters)
        page = text.page(prepare=prepare)
        return page.rows(values | {"start": start, "size": size})

    def _sql(self, part: str) -> Sql:
        return self._template(part).bound(self.values)

    def _typo_shape(self, part: str) -> TypoShape:
        tolerates_typos = part in {"with_typo", "ids"}
        return self.values.typo_shape() if tolerates_typos else TypoShape()

    def _template(self, part: str) -> Template:
        typo_shape = self._typo_shape(part)
        return template(part, self.shape, typo_shape, self.around, self.limits)
