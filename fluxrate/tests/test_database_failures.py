"""A failure of the database has its SQLSTATE and a class in the log."""

import json

import psycopg
import pytest
from django.db import connection
from django.db.utils import OperationalError

from fluxrate.postgres.failures import failure
from fluxrate.tests.live_site import free_port

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
FULL = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '{sqlstate}'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON customers_customer
    FOR EACH ROW EXECUTE FUNCTION fail();
"""


def failures(log):
    lines = [json.loads(line) for line in log.lines]
    return [line for line in lines if "sqlstate" in line]


def failing(sqlstate):
    with connection.cursor() as cursor:
        cursor.execute(FULL.format(sqlstate=sqlstate))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"dbname": "no_such"}, "no_database"),
        ({"user": "no_such"}, "auth_failed"),
        ({"host": "no.such.invalid"}, "host_unreachable"),
        ({"host": "127.0.0.1", "port": free_port()}, "connection_refused"),
        ({"host": "/no/such/folder"}, "connection_refused"),
    ],
)
def test_a_refused_connection_has_a_class(db, change, word):
    known = connection.connection.info.get_parameters()
    with pytest.raises(psycopg.OperationalError) as refusal:
        psycopg.connect(**known | change)
    assert failure(refusal.value) == {"sqlstate": "", "class": word}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("FATAL:  sorry, too many clients already", "too_many_connections"),
        ("FATAL:  remaining connection slots are reserved", "too_many_connections"),
        ('FATAL:  password authentication failed for user "a"', "auth_failed"),
        ("FATAL:  the database system is starting up", "server_starts"),
        ("server closed the connection unexpectedly", "connection_lost"),
        ("connection timeout expired", "host_unreachable"),
        ('SSL error: certificate verify failed for "a"', "certificate"),
        ("something new", "other"),
    ],
)
def test_the_texts_of_postgresql_have_classes(text, word):
    assert failure(OperationalError(text))["class"] == word


def test_a_full_disk_has_a_code_of_its_own_and_is_an_error(acme_api, log):
    for _ in range(4):
        assert acme_api.post(URL, ADA).status_code == 201
    failing("53100")
    # A plan, then the view.
    answers = [acme_api.post(URL, ADA | more) for more in ({}, {"phone": "1"})]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
        assert answer["Retry-After"] == "60"
    assert acme_api.get(URL).status_code == 200
    for line in failures(log):
        assert (line["level"], line["sqlstate"]) == ("ERROR", "53100")
        assert line["class"] == "disk_full"
    assert len(failures(log)) == 2


@pytest.mark.parametrize(
    ("sqlstate", "word", "code"),
    [
        ("53300", "too_many_connections", "database_unavailable"),
        ("57P01", "server_stops", "database_unavailable"),
        ("55P03", "lock_timeout", "busy"),
        ("57014", "statement_timeout", "timeout"),
    ],
)
def test_other_failures_are_warnings(acme_api, log, sqlstate, word, code):
    failing(sqlstate)
    answer = acme_api.post(URL, ADA)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    (line,) = failures(log)
    assert (line["level"], line["class"]) == ("WARNING", word)


def test_a_write_on_a_standby_is_503_and_connects_again(acme_api, log):
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT standby; SET TRANSACTION READ ONLY")
        answer = acme_api.post(URL, ADA)
        cursor.execute("ROLLBACK TO standby")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert failures(log)[-1]["class"] == "read_only"
    assert connection.close_at == 0
    connection.close_at = None


TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
        (f"cc-{TRACE}-b7ad6b7169203331-01-what-the-future-will-be", TRACE),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        ("00-ada@example.com-b7ad6b7169203331-01", None),
        ("", None),
    ],
)
def test_a_line_has_the_trace_of_its_request(acme_api, log, header, trace):
    # A view answers the first requests, a plan the last.
    for _ in range(4):
        acme_api.get(URL, headers={"traceparent": header})
    lines = [json.loads(line) for line in log.lines]
    assert [line.get("trace_id") for line in lines] == [trace] * 4
