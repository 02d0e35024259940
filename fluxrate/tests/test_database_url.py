import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from fluxrate.postgres.config import database

ADDRESS = ("USER", "PASSWORD", "HOST", "PORT", "NAME")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://ada:s3cret@db:5433/app", ("ada", "s3cret", "db", "5433", "app")),
        ("postgres://db/app", ("", "", "db", "", "app")),
        ("postgresql:///app", ("", "", "", "", "app")),
        ("postgresql://a%40b:p%2Fw%25%3A@h/d%20b", ("a@b", "p/w%:", "h", "", "d b")),
        ("postgresql://%C3%A5:p+q@h/db", ("å", "p+q", "h", "", "db")),
        ("postgresql://u@/db?host=/var/run/pg", ("u", "", "/var/run/pg", "", "db")),
        ("postgresql://u@%2Fvar%2Frun:6000/db", ("u", "", "/var/run", "6000", "db")),
        ("postgresql://u@[::1]:5432/db", ("u", "", "::1", "5432", "db")),
        ("postgresql://a:1,b:2/db", ("", "", "a,b", "1,2", "db")),
        ("postgresql://h?dbname=db&user=u&password=p%26q", ("u", "p&q", "h", "", "db")),
    ],
)
def test_every_form_of_address_is_understood_as_libpq_does(url, address):
    parts = database(url)
    assert tuple(parts[name] for name in ADDRESS) == address
    understood = psycopg.conninfo.conninfo_to_dict(url)
    names = ("user", "password", "host", "port", "dbname")
    assert tuple(understood.get(name, "") for name in names) == address


def test_parameters_of_libpq_are_handed_on_and_win_over_ours():
    url = (
        "postgresql://h/db?sslmode=verify-full&sslrootcert=%2Fca.pem&connect_timeout=3"
    )
    options = database(url)["OPTIONS"]
    assert options == {
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
        "connect_timeout": "3",
        "application_name": "fluxrate",
    }


def test_timeouts_are_sent_with_the_connection_before_what_the_url_says():
    options = database(
        "postgresql://h/db?options=-c%20statement_timeout%3D9s",
        statement_timeout="15s",
        lock_timeout="0",
        idle_in_transaction_timeout="",
    )["OPTIONS"]
    assert options["options"] == (
        "-c statement_timeout=15s -c lock_timeout=0 -c statement_timeout=9s"
    )


def test_without_timeouts_a_pooler_gets_no_options():
    assert "options" not in database("postgresql://pooler/db")["OPTIONS"]


def test_a_timeout_that_is_no_duration_is_refused():
    with pytest.raises(ImproperlyConfigured, match="lock_timeout must be a duration"):
        database("postgresql://h/db", lock_timeout="soon; DROP")


def test_a_poolers_connection_has_no_option_and_limits_each_transaction():
    parts = database(
        "postgresql://h/db", statement_timeout="15s", actor="command:x", pooled=True
    )
    assert "options" not in parts["OPTIONS"]
    assert parts["TRANSACTION_LIMITS"] == {"statement_timeout": "15s"}
    assert parts["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_connections_are_kept_and_checked():
    parts = database("postgresql://h/db")
    assert parts["CONN_MAX_AGE"] is None
    assert parts["CONN_HEALTH_CHECKS"] is True


def test_test_databases_are_named_after_the_checkout():
    name = database("postgresql://h/" + "long" * 15)["TEST"]["NAME"]
    assert name.startswith("test_longlong")
    assert len(f"{name}_gw15") <= 63


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begin with postgresql://"),
        ("mysql://u:s3cret@h/db", "begin with postgresql://"),
        ("u:s3cret@h/db", "begin with postgresql://"),
        ("postgresql://u:s3cret@h/", "names no database"),
        ("postgresql://u:s3cret@h/db?color=red", "unknown parameter: color"),
        ("postgresql://u:s3cret@h/db?sslmode", "unknown parameter: sslmode"),
        ("postgresql://u:s3cret@h:99999/db", "from 1 to 65535"),
        ("postgresql://u:/s3cret@h/db", "percent-encoded"),
        ("postgresql://u:1/s3cret@h/db", "percent-encoded"),
        ("postgresql://u:?s3cret@h/db", "percent-encoded"),
        ("postgresql://u:s3cret@h/db/more", "percent-encoded"),
        ("postgresql://u:s3cret@s3cret@h/db", "percent-encoded"),
        ("postgresql://u:#s3cret@h/db", "written %23"),
        ("postgresql://u:s3cret%zz@h/db", "no two hexadecimal digits"),
        ("postgresql://u:s3cret%00@h/db", "no two hexadecimal digits"),
        ("postgresql://u:s3cret%ff@h/db", "not UTF-8"),
        ("postgresql://u:s3cret@[::1/db", "in brackets"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_the_password(url, reason):
    with pytest.raises(ImproperlyConfigured) as refusal:
        database(url)
    assert reason in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
