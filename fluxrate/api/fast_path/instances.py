"""Rows of a queryset as instances, which a serializer represents."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Row

from .recording import Names, without_request


class Instances:
    """Rows of a queryset's own columns, for a serializer that needs instances."""

    for_json = False

    def __init__(self, rows: QuerySet, serializer: Any, names: Names) -> None:
        self._compiler = rows.query.get_compiler(using=rows.db)
        sql, parameters = self._compiler.as_sql()
        self.sql = NamedSQL.of(sql, parameters, "rows_", names)
        self._serializer = without_request(serializer)
        info, select = self._compiler.klass_info, self._compiler.select
        self._model, fields = info["model"], info["select_fields"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._names = [
            column.target.attname for column, *_ in select[self._start : self._end]
        ]
        self._populators = get_related_populators(info, select, rows.db)  # type: ignore[call-arg]
        self._annotations = self._compiler.annotation_col_map or {}
        self._converters = self._compiler.get_converters(
            column for column, *_ in select
        )
        self._revision = (
            self._names.index("revision") if "revision" in self._names else -1
        )

    def represent(self, rows: Sequence[Row]) -> list[object]:
        if self._converters:
            rows = list(self._compiler.apply_converters(rows, self._converters))
        return [self._serializer.to_representation(self._instance(row)) for row in rows]

    def _instance(self, row: Row) -> Model:
        values = row[self._start : self._end]
        instance: Model = self._model.from_db("default", self._names, values)
        for populator in self._populators:
            populator.populate(row, instance)
        for name, position in self._annotations.items():
            setattr(instance, name, row[position])
        return instance

    def revision(self, row: Row) -> object:
        return row[self._start + self._revision]
