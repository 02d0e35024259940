"""Work that may take longer than a request lifts PostgreSQL's limits, and only it."""

import pytest
from django.db import DataError, connection, transaction

from fluxrate.postgres.timeouts import lifted


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("pooled", [False, True])
def test_the_limit_of_statements_is_lifted_during_the_block(
    transactional_db, monkeypatch, pooled
):
    monkeypatch.setitem(connection.settings_dict, "POOLED", pooled)
    before = execute("SHOW statement_timeout")
    assert before != "0"
    with lifted(connection):
        assert execute("SHOW statement_timeout") == "0"
        assert connection.in_atomic_block is pooled
    assert execute("SHOW statement_timeout") == before


@pytest.mark.parametrize("pooled", [False, True])
def test_the_limit_returns_after_an_error(transactional_db, monkeypatch, pooled):
    monkeypatch.setitem(connection.settings_dict, "POOLED", pooled)
    before = execute("SHOW statement_timeout")
    with pytest.raises(DataError), lifted(connection):
        execute("SELECT 1 / 0")
    assert execute("SHOW statement_timeout") == before


def test_the_limit_returns_with_the_rollback_of_a_transaction(db):
    before = execute("SHOW statement_timeout")
    with (
        pytest.raises(DataError),
        transaction.atomic(),
        lifted(connection),
        transaction.atomic(savepoint=False),
    ):
        execute("SELECT 1 / 0")
    assert execute("SHOW statement_timeout") == before


def test_a_block_may_close_the_connection(transactional_db):
    with lifted(connection):
        connection.close()
    assert execute("SHOW statement_timeout") != "0"
