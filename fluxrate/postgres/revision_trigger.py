"""The trigger that counts revisions.

Each table has a function of its own, which compares columns. A function for all tables
would compare rows as JSON, which costs ten times as much.
"""

from collections.abc import Sequence

import pgtrigger
from django.db.models import Model
from pgtrigger import compiler

_FUNCTION = """{declare}
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;{before}
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;{after}
    RETURN NEW;
END
"""
_DECLARE = """
DECLARE
    written CONSTANT record := NEW;"""


class DefineFunctionSQL(compiler.UpsertTriggerSql):
    """A trigger with a function of its own, in PL/pgSQL."""

    def get_template(self) -> str:
        """Do not edit: migrations refer to it."""
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger LANGUAGE plpgsql
            AS $$ {func} $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table}
                FOR EACH ROW EXECUTE FUNCTION {pgid}();
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class DefinedTrigger(compiler.Trigger):
    """A trigger that takes its function with it when it goes."""

    @property
    def uninstall_sql(self) -> str:
        drop = f"DROP FUNCTION IF EXISTS {self.sql.pgid}();"
        return f"{super().uninstall_sql} {drop}"


class BumpRevision(pgtrigger.Trigger):
    """A change of any column increments the revision and sets updated_at; an UPDATE
    that changes nothing leaves both, whatever it sets there.
    """

    name = "bump_revision"
    when, operation = pgtrigger.Before, pgtrigger.Update

    def __init__(self, *, unrecorded: Sequence[str] = ()) -> None:
        self.unrecorded = sorted(unrecorded)
        super().__init__()

    def compile(self, model: Model) -> compiler.Trigger:
        """PostgreSQL computes generated columns after the trigger, whatever it sets
        there; until then they seem changed.
        """
        function = _FUNCTION.format(
            declare=_DECLARE if self.unrecorded else "",
            before=_assigned([*generated_columns(model), *self.unrecorded], "OLD"),
            after=_assigned(self.unrecorded, "written"),
        )
        sql = DefineFunctionSQL(
            pgid=self.get_pgid(model),
            func=function,
            table=model._meta.db_table,
            when=self.when,
            operation=self.operation,
        )
        return DefinedTrigger(name=self.name, sql=sql)


def _assigned(columns: Sequence[str], row: str) -> str:
    """PL/pgSQL that copies these columns of another row to NEW."""
    return "".join(f"\n    NEW.{name} := {row}.{name};" for name in columns)


def generated_columns(model: Model) -> list[str]:
    fields = model._meta.concrete_fields
    return [field.column for field in fields if field.generated and field.column]
