"""Triggers for `Meta.triggers`, declared with django-pgtrigger.

Migrations create the functions from the .sql files in fluxrate/postgres/sql; a trigger
names its function and passes the model's arguments. Unlike pgtrigger's own template,
ours ignores the setting `pgtrigger.ignore`: no setting switches the history off.
"""

import json
from collections.abc import Mapping, Sequence

import pgtrigger
from django.db.models import Model
from pgtrigger import compiler

from fluxrate.postgres.revision_trigger import BumpRevision, generated_columns


class CallFunctionSQL(compiler.UpsertTriggerSql):
    """A trigger that calls an existing function."""

    def get_template(self) -> str:
        """Do not edit: migrations refer to it."""
        return """
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class CallFunction(pgtrigger.Trigger):
    """Calls `function` with the arguments that depend on the model.

    pgtrigger annotates a model's class as `Model`.
    """

    function: str

    def arguments(self, model: Model) -> list[str]:
        return []

    def render_execute(self, model: Model) -> str:
        arguments = ", ".join(f"'{argument}'" for argument in self.arguments(model))
        return f"{self.function}({arguments})"

    def compile(self, model: Model) -> compiler.Trigger:
        sql = CallFunctionSQL(
            pgid=self.get_pgid(model),
            func="",
            table=model._meta.db_table,
            when=self.when,
            operation=self.operation,
            referencing=self.referencing or "",
            level=self.level,
            condition=self.render_condition(model),
            execute=self.render_execute(model),
        )
        return compiler.Trigger(name=self.name, sql=sql)


def transition_tables(**names: str) -> pgtrigger.Referencing:
    """`old` and `new` name the tables of a statement's old and new rows."""
    return pgtrigger.Referencing(**names)  # type: ignore[no-untyped-call]


class InitialRevision(CallFunction):
    """A new row has revision 1 and the time of its INSERT as updated_at; a restored row
    has the revision after its deletion.
    """

    name, function = "initial_revision", "set_initial_revision"
    when, operation = pgtrigger.Before, pgtrigger.Insert
    condition = pgtrigger.Condition(
        "NEW.revision <> 1 OR NEW.updated_at <> statement_timestamp()"
    )


def object_type(model: Model | type[Model]) -> str:
    """The `object_type` of the events of the model's rows."""
    return model._meta.verbose_name_raw.lower().replace(" ", "_")


class Record(CallFunction):
    """Writes one event for each row of a statement; `hidden` columns are left out."""

    function = "record_changes"
    level, when = pgtrigger.Statement, pgtrigger.After

    def __init__(self, *, owner: str, hidden: Sequence[str] = ()) -> None:
        self.owner, self.hidden = owner, list(hidden)
        super().__init__()

    def arguments(self, model: Model) -> list[str]:
        hidden = sorted({*self.hidden, *generated_columns(model)})
        return [object_type(model), self.owner, _array(hidden)]


class RecordInsert(Record):
    name, operation = "record_insert", pgtrigger.Insert
    referencing = transition_tables(new="new_rows")


class RecordUpdate(Record):
    name, operation = "record_update", pgtrigger.Update
    referencing = transition_tables(old="old_rows", new="new_rows")

    def __init__(
        self,
        *,
        owner: str,
        hidden: Sequence[str] = (),
        event_types: Mapping[str, str] | None = None,
        later_event_types: Mapping[str, str] | None = None,
    ) -> None:
        self.event_types = event_types or {}
        self.later_event_types = later_event_types or {}
        super().__init__(owner=owner, hidden=hidden)

    def arguments(self, model: Model) -> list[str]:
        types = [self.event_types, self.later_event_types]
        while types and not types[-1]:
            types.pop()
        return [*super().arguments(model), *map(json.dumps, types)]


class RecordDelete(Record):
    name, operation = "record_delete", pgtrigger.Delete
    referencing = transition_tables(old="old_rows")


class RecordTruncate(Record):
    """TRUNCATE has no transition tables: the rows are recorded before it."""

    name, function = "record_truncate", "record_truncation"
    when, operation = pgtrigger.Before, pgtrigger.Truncate


def history_triggers(
    *,
    owner: str = "organization_id",
    secret: Sequence[str] = (),
    unrecorded: Sequence[str] = (),
    event_types: Mapping[str, str] | None = None,
    later_event_types: Mapping[str, str] | None = None,
) -> list[pgtrigger.Trigger]:
    """The triggers of a model whose changes leave events.

    `owner` is the column with the organization's id; a table without that column
    belongs to the installation. A change of a `secret` column leaves an event without
    its values; a change of `unrecorded` columns (such as a time of last use) leaves
    none.

    The type of an update's event is `<object type>.updated`, unless the column `status`
    has changed (`<object type>.<new status>`), a column of `event_types` was null
    before and has a value now, or a time of `later_event_types` is later than before
    (`<object type>.<the column's entry>`).
    """
    hidden = [*secret, *unrecorded]
    return [
        InitialRevision(),
        BumpRevision(unrecorded=unrecorded),
        RecordInsert(owner=owner, hidden=hidden),
        RecordUpdate(
            owner=owner,
            hidden=hidden,
            event_types=event_types,
            later_event_types=later_event_types,
        ),
        RecordDelete(owner=owner, hidden=hidden),
        RecordTruncate(owner=owner, hidden=hidden),
    ]


class EraseStoredResponses(CallFunction):
    """Empties the stored responses that mention a deleted row, and deletes the stored
    responses of a deleted organization. See fluxrate.models.stored_response.
    """

    function, level = "erase_stored_responses", pgtrigger.Statement

    def __init__(self, *, of_organizations: bool = False) -> None:
        self.of_organizations = of_organizations
        super().__init__()

    def arguments(self, model: Model) -> list[str]:
        return ["organization"] if self.of_organizations else []


class EraseOnDelete(EraseStoredResponses):
    name, operation = "erase_stored_responses", pgtrigger.Delete
    when, referencing = pgtrigger.After, transition_tables(old="old_rows")


class EraseOnTruncate(EraseStoredResponses):
    name, operation = "erase_stored_responses_truncate", pgtrigger.Truncate
    when = pgtrigger.Before


def response_erasure_triggers(
    *, of_organizations: bool = False
) -> list[pgtrigger.Trigger]:
    """The triggers of a model whose rows stored responses show."""
    return [
        EraseOnDelete(of_organizations=of_organizations),
        EraseOnTruncate(of_organizations=of_organizations),
    ]


class RecordLinks(CallFunction):
    """Records the rows of a many-to-many table as a field of one of its two ends.

    The field's values are the sorted names of all linked rows, before and after.
    """

    function = "record_links"
    level, when = pgtrigger.Statement, pgtrigger.After

    def __init__(self, *arguments: str) -> None:
        self.constants = list(arguments)
        super().__init__()

    def arguments(self, model: Model) -> list[str]:
        return self.constants


class LinkInsert(RecordLinks):
    name, operation = "link_insert", pgtrigger.Insert
    referencing = transition_tables(new="new_rows")


class LinkUpdate(RecordLinks):
    name, operation = "link_update", pgtrigger.Update
    referencing = transition_tables(old="old_rows", new="new_rows")


class LinkDelete(RecordLinks):
    name, operation = "link_delete", pgtrigger.Delete
    referencing = transition_tables(old="old_rows")


class LinkTruncate(RecordLinks):
    name, when, operation = "link_truncate", pgtrigger.Before, pgtrigger.Truncate


def link_history_triggers(
    type: str,  # noqa: A002
    field: str,
    *,
    owner: str,
    to: str,
    name: str,
) -> list[pgtrigger.Trigger]:
    """The triggers of a many-to-many table, recorded as `field` of an object type.

    `owner` and `to` are the table's columns: the object's and the linked row's. `name`
    is the SQL function that names a linked row by its key.
    """
    arguments = (type, field, owner, to, name)
    return [
        LinkInsert(*arguments),
        LinkUpdate(*arguments),
        LinkDelete(*arguments),
        LinkTruncate(*arguments),
    ]


class RecordUnversioned(Record):
    function = "record_unversioned"

    def __init__(self) -> None:
        super().__init__(owner="")

    def arguments(self, model: Model) -> list[str]:
        return [object_type(model)]


class UnversionedInsert(RecordUnversioned):
    name, operation = "record_insert", pgtrigger.Insert
    referencing = transition_tables(new="new_rows")


class UnversionedUpdate(RecordUnversioned):
    name, operation = "record_update", pgtrigger.Update
    referencing = transition_tables(old="old_rows", new="new_rows")


class UnversionedDelete(RecordUnversioned):
    name, operation = "record_delete", pgtrigger.Delete
    referencing = transition_tables(old="old_rows")


class UnversionedTruncate(RecordUnversioned):
    name, operation, when = "record_truncate", pgtrigger.Truncate, pgtrigger.Before


def unversioned_history_triggers() -> list[pgtrigger.Trigger]:
    """The triggers of another package's table: it has an integer key, and neither a
    revision nor an organization.
    """
    return [
        UnversionedInsert(),
        UnversionedUpdate(),
        UnversionedDelete(),
        UnversionedTruncate(),
    ]


def object_types() -> list[str]:
    """The object types of all models whose changes leave events."""
    registered = pgtrigger.registered()
    models = [model for model, trigger in registered if isinstance(trigger, Record)]
    return sorted({object_type(model) for model in models})


def event_types() -> list[str]:
    """The types of the events in the feeds of organizations that the triggers write."""
    types: set[str] = set()
    for model, trigger in pgtrigger.registered():
        columns = {field.column: field for field in model._meta.concrete_fields}
        if isinstance(trigger, RecordUpdate) and trigger.owner in columns:
            statuses = getattr(columns.get("status"), "choices", None) or ()
            entries = [
                *("created", "updated", "deleted"),
                *(() if trigger.hidden else ("restored",)),
                *trigger.event_types.values(),
                *trigger.later_event_types.values(),
                *(str(status).lower() for status, _ in statuses),
            ]
            types |= {f"{object_type(model)}.{entry}" for entry in entries}
    return sorted(types)


def _array(names: Sequence[str]) -> str:
    return "{" + ",".join(names) + "}"
