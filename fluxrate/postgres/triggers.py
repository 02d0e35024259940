"""Triggers that every recorded model has, declared with django-pgtrigger.

The functions they call are made by a migration of `organizations`; a trigger only
names its function and hands it what differs between models. Unlike pgtrigger's own
template, ours has no `pgtrigger.ignore`: nobody can switch the record off by a setting.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pgtrigger
from pgtrigger import compiler


class CallSql(compiler.UpsertTriggerSql):
    """A trigger that calls a function which is there already."""

    def get_template(self) -> str:
        """Do not edit: migrations refer to it."""
        return """
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Call(pgtrigger.Trigger):
    """Calls a function, with the arguments that `arguments` finds in the model."""

    function: str

    def arguments(self, model: Any) -> list[str]:
        return []

    def render_execute(self, model: Any) -> str:
        given = ", ".join(f"'{argument}'" for argument in self.arguments(model))
        return f"{self.function}({given})"

    def compile(self, model: Any) -> compiler.Trigger:
        sql = CallSql(
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


class First(Call):
    """A new row has revision 1 and was updated now, whatever its writer says."""

    name, function = "first", "begin_revisions"
    when, operation = pgtrigger.Before, pgtrigger.Insert
    condition = pgtrigger.Condition(
        "NEW.revision <> 1 OR NEW.updated_at <> statement_timestamp()"
    )


class Revise(Call):
    """A change counts the revision up and sets updated_at; no change leaves both."""

    name, function = "revise", "revise"
    when, operation = pgtrigger.Before, pgtrigger.Update

    def __init__(self, *, unrecorded: Sequence[str] = ()) -> None:
        self.unrecorded = list(unrecorded)
        super().__init__()

    def arguments(self, model: Any) -> list[str]:
        """Columns whose change is none, where there are any.

        PostgreSQL computes generated columns after the trigger, so they seem changed.
        """
        names = sorted({*self.unrecorded, *_generated(model)})
        return [_array(names)] if names else []


def noun_of(model: Any) -> str:
    """What events call a row of the model: their `object_type`."""
    return str(model._meta.verbose_name).lower().replace(" ", "_")


class Record(Call):
    """Writes one event for each row of a statement; `hidden` columns are left out."""

    function = "record_changes"
    level, when = pgtrigger.Statement, pgtrigger.After

    def __init__(self, *, hidden: Sequence[str] = ()) -> None:
        self.hidden = list(hidden)
        super().__init__()

    def arguments(self, model: Any) -> list[str]:
        return [noun_of(model), _array(sorted({*self.hidden, *_generated(model)}))]


def _tables(**names: str) -> pgtrigger.Referencing:
    return pgtrigger.Referencing(**names)  # type: ignore[no-untyped-call]


class RecordInsert(Record):
    name, operation = "record_insert", pgtrigger.Insert
    referencing = _tables(new="new_rows")


class RecordUpdate(Record):
    name, operation = "record_update", pgtrigger.Update
    referencing = _tables(old="old_rows", new="new_rows")

    def __init__(
        self,
        *,
        hidden: Sequence[str] = (),
        becomes: Mapping[str, str] | None = None,
        delays: Mapping[str, str] | None = None,
    ) -> None:
        self.becomes, self.delays = becomes or {}, delays or {}
        super().__init__(hidden=hidden)

    def arguments(self, model: Any) -> list[str]:
        delays = [json.dumps(self.delays)] if self.delays else []
        return [*super().arguments(model), json.dumps(self.becomes), *delays]


class RecordDelete(Record):
    name, operation = "record_delete", pgtrigger.Delete
    referencing = _tables(old="old_rows")


class RecordTruncate(Record):
    """TRUNCATE shows its trigger no rows: they are recorded before it."""

    name, function = "record_truncate", "record_truncation"
    when, operation = pgtrigger.Before, pgtrigger.Truncate


class EraseAnswers(Call):
    """What was answered to an Idempotency-Key of a row that is deleted is erased, too;
    see fluxrate.models.stored_response.
    """

    name, function = "erase_answers", "erase_answers"
    level, when = pgtrigger.Statement, pgtrigger.After
    operation = pgtrigger.Delete
    referencing = _tables(old="old_rows")


class EraseAnswersTruncate(Call):
    """The same before TRUNCATE, which shows its trigger no rows."""

    name, function = "erase_answers_truncate", "erase_answers"
    level, when = pgtrigger.Statement, pgtrigger.Before
    operation = pgtrigger.Truncate


def erases_answers() -> list[pgtrigger.Trigger]:
    """The triggers of a model whose rows stored answers show."""
    return [EraseAnswers(), EraseAnswersTruncate()]


def recorded(
    *,
    secret: Sequence[str] = (),
    unrecorded: Sequence[str] = (),
    becomes: Mapping[str, str] | None = None,
    delays: Mapping[str, str] | None = None,
) -> list[pgtrigger.Trigger]:
    """The triggers of a model whose changes leave events, for its `Meta.triggers`.

    `secret` columns never appear in an event, though their change leaves one; a change
    of `unrecorded` columns (a counter, a time of last use) is no change at all.

    An update's type is `<noun>.updated`; where the column `status` has changed,
    `<noun>.<new status>`; where a column of `becomes` was null before and is not any
    more, `<noun>.<its verb>`; where a time of `delays` is a later one than before,
    `<noun>.<its verb>`. The noun is `noun_of`.
    """
    hidden = [*secret, *unrecorded]
    return [
        First(),
        Revise(unrecorded=unrecorded),
        RecordInsert(hidden=hidden),
        RecordUpdate(hidden=hidden, becomes=becomes, delays=delays),
        RecordDelete(hidden=hidden),
        RecordTruncate(hidden=hidden),
    ]


class Link(Call):
    """Records the links of a many-to-many table as a field of one of its two ends.

    Old and new are the names of all that the end is linked to, before and after.
    """

    function = "record_links"
    level, when = pgtrigger.Statement, pgtrigger.After

    def __init__(self, noun: str, field: str, owner: str, to: str) -> None:
        self.described = [noun, field, owner, to]
        super().__init__()

    def arguments(self, model: Any) -> list[str]:
        return self.described


class LinkInsert(Link):
    name, operation = "link_insert", pgtrigger.Insert
    referencing = _tables(new="new_rows")


class LinkUpdate(Link):
    name, operation = "link_update", pgtrigger.Update
    referencing = _tables(old="old_rows", new="new_rows")


class LinkDelete(Link):
    name, operation = "link_delete", pgtrigger.Delete
    referencing = _tables(old="old_rows")


class LinkTruncate(Link):
    name, when, operation = "link_truncate", pgtrigger.Before, pgtrigger.Truncate


def recorded_links(
    noun: str, field: str, *, owner: str, to: str
) -> list[pgtrigger.Trigger]:
    """The triggers of a many-to-many table, whose rows are the `field` of a `noun`.

    `owner` and `to` are the table's columns: the noun's own, and the linked row's.
    """
    described = (noun, field, owner, to)
    return [
        LinkInsert(*described),
        LinkUpdate(*described),
        LinkDelete(*described),
        LinkTruncate(*described),
    ]


class NumberInsert(Record):
    name, operation, function = "record_insert", pgtrigger.Insert, "record_numbered"
    referencing = _tables(new="new_rows")


class NumberUpdate(Record):
    name, operation, function = "record_update", pgtrigger.Update, "record_numbered"
    referencing = _tables(old="old_rows", new="new_rows")


class NumberDelete(Record):
    name, operation, function = "record_delete", pgtrigger.Delete, "record_numbered"
    referencing = _tables(old="old_rows")


class NumberTruncate(Record):
    name, operation = "record_truncate", pgtrigger.Truncate
    when, function = pgtrigger.Before, "record_numbered"


def recorded_number() -> list[pgtrigger.Trigger]:
    """The triggers of a table of another package: its key is a number, and it has
    neither a revision nor an organization.
    """
    return [NumberInsert(), NumberUpdate(), NumberDelete(), NumberTruncate()]


def recorded_nouns() -> list[str]:
    """The nouns of all models whose changes leave events."""
    registered = pgtrigger.registered()
    models = [model for model, trigger in registered if isinstance(trigger, Record)]
    return sorted({noun_of(model) for model in models})


def _generated(model: Any) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.generated]


def _array(names: Sequence[str]) -> str:
    return "{" + ",".join(names) + "}"
