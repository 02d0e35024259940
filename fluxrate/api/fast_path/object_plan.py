"""An object in one statement, in which the caller's row is joined."""

from fluxrate.api.conditional import entity_tag
from fluxrate.postgres.named_sql import NamedSQL
from fluxrate.postgres.prepared import Execution, PreparedStatement, Row

from .credentials import Credential
from .plan import Answered, Arrival, Plan
from .recording import Recording, object_rows
from .representation import representation


class ObjectPlan(Plan):
    """`GET` of one object."""

    def __init__(self, recording: Recording, credential: type[Credential]) -> None:
        view = recording.view
        rows = object_rows(view)
        self.shown = representation(rows, view.get_serializer(), recording.names)
        self.has_tag = view.has_entity_tag and not view.sparse_fields.include
        caller = credential.caller_sql(recording.scopes)
        sql = (
            f"WITH caller AS MATERIALIZED ({caller.sql}) "
            f"SELECT page.* FROM caller CROSS JOIN ({self.shown.sql.sql}) AS page"
        )
        self.named = NamedSQL(sql, caller.values | self.shown.sql.values)
        self.statement = PreparedStatement(sql, for_json=self.shown.for_json)

    def execution(self, arrival: Arrival) -> Execution:
        parameters = {**self.named.values, **arrival.parameters()}
        return Execution(self.statement, parameters)

    def answered(self, rows: list[Row], arrival: Arrival) -> Answered | None:
        if len(rows) != 1:
            return None
        headers = (
            {"ETag": entity_tag(int(str(self.shown.revision(rows[0]))))}
            if self.has_tag
            else {}
        )
        return Answered(200, self.shown.represent(rows)[0], headers)
