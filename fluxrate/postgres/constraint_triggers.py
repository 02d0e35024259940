"""Rules over several rows of one organization, kept by PostgreSQL."""

from typing import Any

from django.db import connection
from django.db.models import BaseConstraint


class RuleOverRows(BaseConstraint):
    """A constraint trigger that refuses a change after which `broken` is true.

    `events` and `when` say, in SQL, which changes are looked at; `row` is OLD or NEW.
    The organization's row in `lock` is locked first, so that of two transactions that
    break the rule only together, the second sees the first. Once that row is gone
    there is nothing left to keep. `owner` is the column that names the organization.
    """

    def __init__(  # noqa: PLR0913 - each is a part of one statement
        self,
        *,
        name: str,
        events: str,
        when: str,
        row: str,
        lock: str,
        broken: str,
        deferred: bool = False,
        owner: str = "organization_id",
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.rule = {
            "events": events,
            "when": when,
            "row": row,
            "lock": lock,
            "broken": broken,
            "deferred": deferred,
            "owner": owner,
        }

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Nothing inside CREATE TABLE: the trigger follows it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        rule, name = self.rule, schema_editor.quote_name(self.name)
        return f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM FROM {rule["lock"]}
                    WHERE id = {rule["row"]}.{rule["owner"]} FOR NO KEY UPDATE;
                IF FOUND AND ({rule["broken"]}) THEN
                    RAISE check_violation USING CONSTRAINT = '{self.name}';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER {name} AFTER {rule["events"]}
                ON {schema_editor.quote_name(model._meta.db_table)}
                DEFERRABLE INITIALLY {"DEFERRED" if rule["deferred"] else "IMMEDIATE"}
                FOR EACH ROW WHEN ({rule["when"]}) EXECUTE FUNCTION {name}()
        """

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return f"DROP FUNCTION {schema_editor.quote_name(self.name)} CASCADE"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """PostgreSQL's to judge: only it sees what others are writing."""

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | self.rule

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuleOverRows):
            return NotImplemented
        return bool(self.deconstruct() == other.deconstruct())

    __hash__ = BaseConstraint.__hash__


def check_now(name: str) -> None:
    """Judge a deferred rule here, not at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {connection.ops.quote_name(name)} IMMEDIATE")
