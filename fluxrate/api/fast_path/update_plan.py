"""The plan of a change."""

from collections.abc import Sequence
from typing import Any

from fluxrate.api.serializers import StrictModelSerializer
from fluxrate.postgres.named_sql import NamedSQL

from .acceptors import BodyAcceptor, NotAcceptedError
from .credentials import Credential
from .plan import Arrival
from .recording import CannotRecordError, Recording, object_rows
from .write_plan import WritePlan, cast_type, prepared


class UpdatePlan(WritePlan):
    """`PATCH` or `PUT` of one object: both change the fields that are sent."""

    status = 200

    def __init__(self, recording: Recording, credential: type[Credential]) -> None:
        super().__init__(recording, credential)
        view = recording.view
        serializer = view.get_serializer(self.model(), partial=True)
        if type(serializer).update is not StrictModelSerializer.update:
            raise CannotRecordError
        self.acceptor = BodyAcceptor(serializer, partial=True)
        rows = object_rows(view).values("pk")
        self.rows = NamedSQL.of_rows(rows, "rows_", recording.names)
        self._fields: dict[str, Any] = {
            name: field
            for field in self.model._meta.concrete_fields
            for name in (field.name, field.attname)
        }
        self.named = NamedSQL(self.sql(()), self.caller.values | self.rows.values)

    def values(self, arrival: Arrival) -> dict[str, object]:
        accepted = self.acceptor.accept(arrival.body)
        # An expression depends on the present value.
        if not accepted or any(
            hasattr(value, "resolve_expression") for value in accepted.values()
        ):
            raise NotAcceptedError
        fields = {name: self._fields[name] for name in accepted}
        return {
            field.attname: prepared(field, accepted[name])
            for name, field in fields.items()
        }

    def sql(self, columns: Sequence[str]) -> str:
        fields = self._fields
        values = ", ".join(
            f'"{fields[name].column}" = %(value_{name})s::{cast_type(fields[name])}'
            for name in columns
        )
        return (
            f"{self._with()} UPDATE {self.table} SET {values} "
            f"FROM context CROSS JOIN caller WHERE {self.table}.organization_id = "
            f"caller.organization_id "
            f"AND {self.table}.organization_id = %(organization)s "
            f"AND {self.table}.id IN ({self.rows.sql}) "
            f"AND (%(revisions)s::bigint[] IS NULL "
            f"OR {self.table}.revision = ANY (%(revisions)s)) "
            f"RETURNING {self.shown.returning(self.table)}"
        )
