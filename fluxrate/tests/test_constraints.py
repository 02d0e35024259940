"""Every rule of the database has words: a sentence, a code and a field, and no name."""

from datetime import date

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from fluxrate.models.recorded import Recorded
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.constraints import declared_constraints, violation, violation_of

OURS = ("customers", "organizations", "fluxrate")
# What no single field of a request mends.
WITHOUT_FIELD = {
    "api_key_limit": "all active keys together",
    "bulk_action_chunk_number": "the action and the number, which no request names",
    "email_for_one": "purpose, user, invitation and address, which no request names",
    "invitation_limit": "all invitations together",
    "event_feed": "the position, which no request names",
    "membership_keeps_an_owner": "who else is an owner",
    "subscription_live_has_a_plan": "the subscriptions of a plan that is deleted",
    "subscription_scheduled_change_has_a_plan": "the same",
    "ticket_for_one": "purpose, user and invitation, which no request names",
    "ticket_newest_only": "the same",
}
UNREADABLE = ["infinity", "-infinity", "10000-01-01", "0044-03-15 BC", "1899-12-31"]


def ours():
    """The models of our tables; a proxy has the table of another model."""
    models = [model for model in apps.get_models() if not model._meta.proxy]
    return [model for model in models if model.__module__.startswith(OURS)]


def bounded():
    return [model for model in ours() if issubclass(model, BoundedTimes)]


def times(model):
    return [f for f in model._meta.concrete_fields if isinstance(f, models.DateField)]


def constraints():
    """All that PostgreSQL enforces on our tables: name, kind, table and definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, contype::text, conrelid::regclass::text, "
            "pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND conrelid <> 0"
        )
        tables = {model._meta.db_table for model in ours()}
        return [row for row in cursor.fetchall() if row[2] in tables]


def test_every_declared_constraint_has_a_sentence_a_code_and_a_field():
    for name, constraint in declared_constraints().items():
        reported = violation_of(constraint)
        assert name not in reported.message, name
        assert reported.message.endswith("."), name
        custom = constraint.violation_error_message
        assert custom != constraint.default_violation_error_message, name
        assert constraint.violation_error_code, name
        assert reported.field or name in WITHOUT_FIELD, name


def test_what_postgresql_enforces_is_declared_or_has_words_of_its_kind(db):
    """Keys, and the checks that Django adds to columns of positive numbers."""
    undeclared = {
        row[0]: row for row in constraints() if row[0] not in declared_constraints()
    }
    for name, kind, table, definition in undeclared.values():
        assert kind in {"p", "f", "u", "c", "n", "t"}, name
        if kind == "c":
            reported = violation(violated(psycopg.errors.CheckViolation, name, table))
            assert f"({reported.field} " in definition.replace('"', ""), definition
            assert name not in reported.message


def violated(kind, name, table):
    """The error as PostgreSQL raises it, with the diagnosis of the constraint."""

    class Diag:
        constraint_name, table_name, column_name = name, table, None
        message_primary = f'new row violates check constraint "{name}"'

    cause = type("Violated", (kind,), {"diag": Diag})("violated")
    error = IntegrityError("violated")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "model",
    [m for m in ours() if issubclass(m, BoundedTimes)],
    ids=lambda m: m.__name__,
)
@pytest.mark.parametrize("value", UNREADABLE)
def test_a_time_that_python_cannot_hold_is_not_stored(acme, model, value):
    """Whichever column of whichever recorded table."""
    fields = times(model)
    assert fields
    enforced = {row[0]: row[3] for row in constraints()}
    for field in fields:
        name = f"{model._meta.model_name}_{field.name}_in_range"
        assert "NOT VALID" not in enforced[name]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {enforced[name].removeprefix('CHECK ')} "
                f"FROM (SELECT %s::timestamptz AS {field.column}) AS row",
                [value],
            )
            assert cursor.fetchone() == (False,), name
        assert violation_of(declared_constraints()[name]).field == field.name


def test_every_recorded_table_has_the_bounds():
    recorded = {model for model in ours() if issubclass(model, Recorded)}
    assert len(recorded) >= 7
    for model in recorded:
        names = {constraint.name for constraint in model._meta.constraints}
        for field in times(model):
            assert f"{model._meta.model_name}_{field.name}_in_range" in names


def test_a_new_model_gets_them_without_saying_so():
    try:

        class Visit(BoundedTimes):
            seen_at = models.DateTimeField(null=True)
            day = models.DateField()

            class Meta:
                app_label = "customers"
    finally:
        apps.all_models["customers"].pop("visit", None)
        apps.clear_cache()
    first, second = Visit._meta.constraints
    assert (first.name, second.name) == ("visit_seen_at_in_range", "visit_day_in_range")
    assert ("day__gte", date(1900, 1, 1)) in second.condition.children


def test_a_loader_s_infinity_is_refused_by_name(acme):
    """`-infinity` is what loaders write for a time that they do not know."""
    insert = (
        "INSERT INTO customers_customer (id, organization_id, name, email, status, "
        "metadata, created_at) VALUES (gen_random_uuid(), %s, 'A', 'a@b.co', 'ACTIVE', "
        "'{}', '-infinity')"
    )
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(insert, [acme.organization.pk])
    reported = violation(caught.value)
    assert (reported.field, reported.code) == ("created_at", "range")
    assert reported.message == "A time from 1900 to before 3000 is needed."
