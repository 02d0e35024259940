"""A database of the release before is migrated, whatever its rows hold."""

import os
import subprocess
import sys

import psycopg
import pytest

from fluxrate.tests.live_site import CHECKOUT, new_database

BEFORE = {"organizations": "0007", "customers": "0007"}
ORGANIZATION = "01a21e0e-6177-7ab8-a85d-d25aab33679a"
# None of it was refused: SQL wrote the times, and callers the texts.
ROWS = rf"""
INSERT INTO organizations_organization (id, name, is_test, created_at)
    VALUES ('{ORGANIZATION}', 'Acme', false, '-infinity');
INSERT INTO organizations_user
    (id, email, password, is_active, is_staff, is_superuser, created_at, updated_at)
    SELECT gen_random_uuid(), email, '!', true, false, false, '-infinity', 'infinity'
    FROM unnest(ARRAY[
        'ada@example.com', U&'bob@exa\00admple.com', U&'eve@\FF45xample\3002com',
        'taken@example.com', U&'taken@exa\00admple.com', U&'m\00fcller@ex\00e4mple.com'
    ]) AS email;
INSERT INTO organizations_apikey (id, name, prefix, key_hash, scopes, organization_id,
                                  created_at, expires_at)
    SELECT gen_random_uuid(), name, 'org_live_a', sha256(name::bytea),
           '{{customers.read}}', '{ORGANIZATION}', created_at, expires_at
    FROM (VALUES (U&'\3164', '-infinity'::timestamptz, '1800-01-01'::timestamptz),
                 ('late', '3500-01-01', 'infinity'))
        AS _ (name, created_at, expires_at);
INSERT INTO customers_customer (id, name, email, external_id, status, metadata,
                                organization_id, created_at)
    SELECT gen_random_uuid(), name, 'a@example.com', external_id, 'ACTIVE', '{{}}',
           '{ORGANIZATION}', created_at::timestamptz
    FROM (VALUES (U&'\3164', U&'\FEFF', '-infinity'),
                 (U&' \2800', U&'\FEFFalone\3164', 'infinity'),
                 ('kept', U&'\FEFFtwice', 'now'), ('kept', 'twice', 'now'),
                 ('kept', U&'\FEFFboth', 'now'), ('kept', U&'both\FEFF', 'now'),
                 ('kept', U&'\2764\FE0F', 'now'), (U&'e\0301', U&'\00e9', 'now'),
                 ('BC', NULL, '0044-03-15 BC')) AS _ (name, external_id, created_at);
INSERT INTO customers_plan (id, name, lookup_id, type, billing_interval, currency,
                            trial_days, is_active, organization_id, created_at)
    VALUES (gen_random_uuid(), U&'\3164', U&'\3164', 'FIXED', 'month', 'BGN', 0, true,
            '{ORGANIZATION}', '-infinity');
INSERT INTO customers_subscription (id, organization_id, customer_id, plan_id,
    plan_name, external_id, status, billing_interval, start_date, current_period_start,
    current_period_end, cancel_at_period_end, metadata, billing_anchor, paused_at,
    resumes_at)
    SELECT gen_random_uuid(), '{ORGANIZATION}',
        (SELECT id FROM customers_customer ORDER BY id LIMIT 1),
        (SELECT id FROM customers_plan), 'Plan', external_id, status, 'month', now(),
        period_start::timestamptz, period_end::timestamptz, false, '{{}}',
        period_start::timestamptz, paused_at::timestamptz, resumes_at::timestamptz
    FROM (VALUES (U&'\3164', 'ACTIVE', '6000-01-01', 'infinity', NULL, NULL),
        (NULL, 'ACTIVE', '-infinity', '1850-01-01', NULL, NULL),
        ('far', 'PAUSED', '2026-01-01', '2026-02-01', '-infinity', '1800-01-01'),
        ('mended', 'PAUSED', '2026-01-01', '2026-02-01', 'infinity', NULL)
    ) AS _ (external_id, status, period_start, period_end, paused_at, resumes_at);
"""


def migrate(url, *target):
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", *target],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def upgraded():
    """A connection to it."""
    with new_database() as url:
        for app, name in BEFORE.items():
            done = migrate(url, app, name)
            assert done.returncode == 0, done.stderr
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ROWS)
            done = migrate(url)
            assert done.returncode == 0, done.stderr
            yield connection


def column(connection, sql):
    return [row[0] for row in connection.execute(sql)]


def test_names_that_nobody_sees_are_called_so(upgraded):
    for table in ["customers_customer", "customers_plan", "organizations_apikey"]:
        assert "(no name)" in column(upgraded, f"SELECT name FROM {table}")
    # Only what is invisible is another now.
    names = column(upgraded, "SELECT name FROM customers_customer WHERE name ~ '^[^(]'")
    assert sorted(names) == ["BC", "e\u0301", *["kept"] * 5]


def test_an_id_is_stored_as_it_is_looked_up(upgraded):
    ids = column(upgraded, "SELECT external_id FROM customers_customer")
    assert "alone" in ids
    assert ids.count(None) == 2
    assert {"twice", "\ufefftwice", "\ufeffboth", "both\ufeff", "\u2764\ufe0f"} < {*ids}


def test_a_login_s_domain_has_one_spelling(upgraded):
    assert {*column(upgraded, "SELECT email FROM organizations_user")} == {
        *("ada@example.com", "bob@example.com", "eve@example.com"),
        *("taken@example.com", "taken@exa\u00admple.com"),
        "m\u00fcller@ex\u00e4mple.com",
    }


def test_times_stay_in_their_order(upgraded):
    for table, earlier, later in [
        ("customers_subscription", "current_period_start", "current_period_end"),
        ("customers_subscription", "paused_at", "resumes_at"),
        ("organizations_apikey", "created_at", "expires_at"),
    ]:
        kept = f"bool_and(isfinite({earlier}) AND {earlier} < {later})"
        assert column(upgraded, f"SELECT {kept} FROM {table}") == [True], table


def test_events_say_what_became_of_a_row_and_why(upgraded):
    # A user had no events before.
    untold = """
        SELECT noun || ' ' || id FROM (
            SELECT 'customer', id, revision FROM customers_customer
            UNION ALL SELECT 'plan', id, revision FROM customers_plan
            UNION ALL SELECT 'subscription', id, revision FROM customers_subscription
            UNION ALL SELECT 'user', id, revision FROM organizations_user
            UNION ALL SELECT 'api_key', id, revision FROM organizations_apikey
        ) AS _ (noun, id, revision)
        WHERE revision - (noun = 'user')::int <> (
            SELECT count(*) FROM organizations_event AS e WHERE e.object_id = _.id)
    """
    assert column(upgraded, untold) == []
    silent = "SELECT type FROM organizations_event WHERE revision > 1 AND reason = ''"
    assert column(upgraded, silent) == []


def test_every_constraint_holds_for_old_rows(upgraded):
    unproven = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    assert column(upgraded, unproven) == []
