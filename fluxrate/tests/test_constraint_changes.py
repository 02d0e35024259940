"""Our kinds of constraint in migrations, and violations that no model declares."""

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import (
    EXISTS,
    REFERENCE,
    UNKNOWN,
    StateConstraint,
    TenantForeignKey,
    violation,
    violation_of,
)

DEFINITION = """
    SELECT pg_get_constraintdef(c.oid), pg_get_triggerdef(t.oid), p.prosrc
    FROM pg_constraint c
    LEFT JOIN pg_trigger t ON t.tgconstraint = c.oid AND NOT t.tgisinternal
    LEFT JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.conname = %s
"""


def definition(name):
    with connection.cursor() as cursor:
        cursor.execute(DEFINITION, [name])
        return cursor.fetchone()


@pytest.mark.parametrize("kind", [TenantForeignKey, ConstraintTrigger])
def test_a_constraint_that_is_removed_and_added_again_is_the_same(db, kind):
    declared = [
        (model, constraint)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, kind)
    ]
    assert declared
    for model, constraint in declared:
        before = definition(constraint.name)
        assert before is not None
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
        assert definition(constraint.name) is None
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint.clone())
        assert definition(constraint.name) == before


@pytest.mark.parametrize("kind", [TenantForeignKey, ConstraintTrigger])
def test_makemigrations_sees_whether_a_constraint_has_changed(kind):
    constraint = next(
        constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, kind)
    )
    changed = constraint.clone()
    assert changed == constraint
    changed.violation_error_code = "changed"
    assert changed != constraint
    assert constraint != CheckConstraint(condition=Q(id=1), name=constraint.name)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("NOT NULL", "(NULL)", ("null", "This may not be null.", "seats", False)),
        ("CHECK (seats > 0)", "(0)", ("invalid", UNKNOWN, "seats", False)),
        ("CONSTRAINT few CHECK (seats > 0)", "(0)", ("invalid", UNKNOWN, None, False)),
        ("UNIQUE", "(1), (1)", ("conflict", EXISTS, None, True)),
        ("REFERENCES visit (id)", "(9)", ("conflict", REFERENCE, None, True)),
        (
            ", EXCLUDE USING hash (seats WITH =)",
            "(1), (1)",
            (
                "conflict",
                "The database refuses this: it conflicts.",
                None,
                True,
            ),
        ),
    ],
)
def test_an_undeclared_constraint_has_words_of_its_kind(db, column, values, expected):
    execute(f"CREATE TEMPORARY TABLE visit (id int UNIQUE, seats int {column})")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        execute(f"INSERT INTO visit (seats) VALUES {values}")
    assert violation(caught.value) == expected


def test_a_trigger_has_its_own_message(db):
    raising = "RAISE check_violation USING MESSAGE = 'No seat is free.'"
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        execute(f"DO $$ BEGIN {raising}; END $$")
    assert violation(caught.value) == ("invalid", "No seat is free.", None, False)


def test_an_error_without_a_cause_is_a_conflict():
    assert violation(IntegrityError("?")).conflicts


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


POSITIVE = Q(seats__gt=0)


@pytest.mark.parametrize(
    ("constraint", "field", "conflicts"),
    [
        (UniqueConstraint(fields=["organization", "code"], name="a"), "code", True),
        (UniqueConstraint(fields=["name", "code"], name="a"), None, True),
        (CheckConstraint(condition=POSITIVE, name="a"), "seats", False),
        (
            CheckConstraint(condition=POSITIVE & Q(rows__gt=F("seats")), name="a"),
            None,
            False,
        ),
        (StateConstraint(condition=POSITIVE, name="a"), "seats", True),
        (TenantForeignKey(field="plan", to="plan", name="a"), "plan_id", False),
        (ExclusionConstraint(expressions=[("seats", "=")], name="a"), None, True),
    ],
)
def test_a_constraint_without_a_message_names_the_field(constraint, field, conflicts):
    assert violation_of(constraint) == ("invalid", UNKNOWN, field, conflicts)
