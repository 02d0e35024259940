"""The lint of `make check` refuses what stops a site or breaks the version before."""

import pytest

from fluxrate.tests.migration_lint import complaints, migrations

TABLE = "ALTER TABLE customers_customer"
REFUSED = {
    "an index without CONCURRENTLY": "CREATE INDEX i ON customers_customer (name);",
    "a unique constraint": f"{TABLE} ADD CONSTRAINT c UNIQUE (phone);",
    "a check that is validated at once": f"{TABLE} ADD CONSTRAINT c CHECK (a > 0);",
    "a foreign key that is validated at once": (
        f"{TABLE} ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES customers_plan (id);"
    ),
    "a column without a default": f"{TABLE} ADD COLUMN a integer NOT NULL;",
    "a default of each row": f"{TABLE} ADD COLUMN a uuid DEFAULT gen_random_uuid();",
    "another type": f"{TABLE} ALTER COLUMN name TYPE varchar(10);",
    "NOT NULL": f"{TABLE} ALTER COLUMN phone SET NOT NULL;",
    "a column that the version before reads": f"{TABLE} DROP COLUMN phone;",
    "another name of a column": f"{TABLE} RENAME COLUMN phone TO telephone;",
    "another name of a table": f"{TABLE} RENAME TO clients;",
    "a table": "DROP TABLE customers_customer;",
}
ACCEPTED = {
    "an index": "CREATE INDEX CONCURRENTLY i ON customers_customer (name);",
    "a column that may be null": f"{TABLE} ADD COLUMN a integer NULL;",
    "a column with a default": f"{TABLE} ADD COLUMN a integer DEFAULT 0 NOT NULL;",
    "a check that is validated later": (
        f"{TABLE} ADD CONSTRAINT c CHECK (a > 0) NOT VALID;"
    ),
    "a table with its index": (
        "BEGIN; CREATE TABLE a (id uuid PRIMARY KEY, b integer);"
        "CREATE INDEX i ON a (b); COMMIT;"
    ),
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_an_unsafe_operation_is_refused(sql):
    assert "migration.sql" in complaints(sql)


@pytest.mark.parametrize("sql", ACCEPTED.values(), ids=ACCEPTED)
def test_a_safe_operation_is_accepted(sql):
    assert complaints(sql) == ""


def test_a_rule_is_admitted_with_a_reason():
    sql = REFUSED["a column that the version before reads"]
    excuse = "    # squawk: ban-drop-column, because no version reads it\n"
    assert complaints(sql, source=excuse) == ""
    assert complaints(sql, source=excuse.partition(", because")[0])


def test_the_migrations_after_the_first_are_read(tmp_path):
    folder = tmp_path / "customers" / "migrations"
    folder.mkdir(parents=True)
    for name in ("__init__", "0001_initial", "0002_later"):
        (folder / f"{name}.py").touch()
    assert [path.stem for path in migrations(tmp_path)] == ["0002_later"]
