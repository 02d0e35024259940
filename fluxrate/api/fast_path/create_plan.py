"""The plan of a creation."""

from collections.abc import Sequence

from django.db.models.expressions import DatabaseDefault

from fluxrate.api.serializers import StrictModelSerializer
from fluxrate.models import Owned
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Row

from .acceptors import BodyAcceptor, NotAcceptedError
from .credentials import Credential
from .plan import Answered, Arrival
from .recording import CannotRecordError, Recording
from .write_plan import WritePlan, cast_type, prepared


class CreatePlan(WritePlan):
    """`POST` to a list."""

    status = 201

    def __init__(self, recording: Recording, credential: type[Credential]) -> None:
        super().__init__(recording, credential)
        serializer = recording.view.get_serializer()
        steps = (
            type(serializer).create is StrictModelSerializer.create,
            type(serializer).save is StrictModelSerializer.save,
            self.model.save is Owned.save,
        )
        if not all(steps):
            raise CannotRecordError
        self.acceptor = BodyAcceptor(serializer, partial=False)
        self.path = recording.view.request.path.rstrip("/")
        self._fields = {
            field.attname: field
            for field in self.model._meta.concrete_fields
            if not field.generated
        }
        self.named = NamedSQL(self.sql(()), self.caller.values)

    def values(self, arrival: Arrival) -> dict[str, object]:
        if arrival.revisions is not None:
            raise NotAcceptedError
        owner = {"organization_id": arrival.credential.organization_id}
        instance = self.model(**owner, **self.acceptor.accept(arrival.body))
        values = {}
        for name, field in self._fields.items():
            value = field.pre_save(instance, True)  # noqa: FBT003 - of Django
            if not isinstance(value, DatabaseDefault):
                values[name] = prepared(field, value)
        return values

    def shows(self, row: Row) -> Answered:
        answered = super().shows(row)
        identity = row[self.shown.columns.index("id")]
        location = {"Location": f"{self.path}/{identity}"}
        return answered._replace(headers=answered.headers | location)

    def sql(self, columns: Sequence[str]) -> str:
        names = ", ".join(f'"{self._fields[name].column}"' for name in columns)
        values = ", ".join(
            "caller.organization_id"
            if name == "organization_id"
            else f"%(value_{name})s::{cast_type(self._fields[name])}"
            for name in columns
        )
        return (
            f"{self._with()} INSERT INTO {self.table} ({names}) "
            f"SELECT {values} FROM context CROSS JOIN caller "
            f"RETURNING {self.shown.returning(self.table)}"
        )
