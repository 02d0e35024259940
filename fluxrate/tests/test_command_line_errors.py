"""The sentence that manage.py prints for an error, and the address that `up` takes."""

import errno
import os
import socket

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from fluxrate.server import address
from fluxrate.server.address import Address, free_address
from fluxrate.server.command_line import error_message, execute


def not_migrated():
    error = ProgrammingError("relation does not exist")
    error.__cause__ = UndefinedTable()
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValidationError(["Too long.", "Too loud."]), "Too long. Too loud."),
        (IntegrityError("row (1)"), "The database refuses this: it conflicts."),
        (DataError("row (1)"), "A value does not fit its column."),
        (OperationalError("?"), "The database does not answer, or has stopped this."),
        (not_migrated(), "Run manage.py migrate first."),
        (ProgrammingError("syntax error"), None),
        (CommandError("Error: No such organization."), "No such organization."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_a_sentence_without_the_row(error, message):
    assert error_message(error) == message


def test_an_argument_that_is_not_text_is_refused_except_for_programs(capsys):
    with pytest.raises(CommandError, match="Argument 2 is not UTF-8"):
        execute(["manage.py", "seed_demo", "caf\udce9"])
    with pytest.raises(SystemExit):
        execute(["manage.py", "postgres", "pg_dumb", "caf\udce9"])
    assert "There is no program 'pg_dumb'." in capsys.readouterr().err


def test_the_url_of_an_address_is_one_for_a_browser():
    found = free_address("localhost", 0)
    assert found == Address("127.0.0.1", 0)
    assert Address("127.0.0.1", 8000).url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("host", ["a..b", "fluxrate.invalid"])
def test_a_name_without_an_address_is_refused(host):
    with pytest.raises(CommandError, match=f"HOST={host} is not an address"):
        free_address(host, 0)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CommandError, match="not an address of this machine"):
        free_address("203.0.113.1", 0)


def test_a_port_in_use_is_refused_with_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} of .* choose another"):
            free_address("127.0.0.1", port)


@pytest.mark.parametrize(
    ("number", "port", "sentence"),
    [
        (errno.EADDRINUSE, 8000, "with PORT=8001"),
        (errno.EADDRINUSE, 65535, "with PORT=8000"),
        (errno.EACCES, 80, "PORT=80 needs more rights"),
        (errno.EAFNOSUPPORT, 80, "Address family not supported"),
    ],
)
def test_the_systems_refusal_of_a_port_is_explained(number, port, sentence):
    error = OSError(number, os.strerror(number))
    assert sentence in address._reason(error, "127.0.0.1", port)
