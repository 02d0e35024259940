"""manage.py reports an expected error in one sentence, without data of rows."""

from collections.abc import Sequence
from typing import Any

from django import get_version
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import BaseCommand, CommandError, ManagementUtility
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedFunction, UndefinedTable

from fluxrate import __version__
from fluxrate.errors import RuleBroken
from fluxrate.postgres.constraints import violated_constraint
from fluxrate.server import postgres

_NOT_MIGRATED = (UndefinedTable, UndefinedColumn, UndefinedFunction)
# PostgreSQL's programs get their arguments unchanged.
_ANY_BYTES = {"postgres"}
_VERSION = (["version"], ["--version"])


class CommandLine(ManagementUtility):
    """Django's command line, whose commands raise CommandError for bad arguments.

    argparse itself would print the usage and exit with 2.
    """

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        create = command.create_parser

        def refusing_parser(*args: Any, **options: Any) -> Any:
            parser = create(*args, **options)
            parser.called_from_command_line = False
            return parser

        vars(command)["create_parser"] = refusing_parser
        return command


def execute(argv: Sequence[str]) -> None:
    """Run a command; CommandError if an argument is not UTF-8."""
    for number, argument in enumerate(argv):
        if not _is_text(argument) and argv[1] not in _ANY_BYTES:
            raise CommandError(f"Argument {number} is not UTF-8.")
    if list(argv[1:]) in _VERSION:
        print(f"Fluxrate {__version__} (Django {get_version()})")
    else:
        CommandLine(list(argv)).execute()


def _is_text(argument: str) -> bool:
    """Whether Python could decode its bytes; others are lone surrogates."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def error_message(error: Exception) -> str | None:
    """The error in one sentence; None for a programming error.

    It leaves out PostgreSQL's message, which shows the row, including a key's hash.
    """
    match error:
        case ValidationError():
            return " ".join(error.messages)
        case IntegrityError():
            constraint = violated_constraint(error)[1]
            refusal = constraint and constraint.get_violation_error_message()
            return str(refusal or "The database refuses this: it conflicts.")
        case DataError():
            return "A value does not fit its column."
        case OperationalError():
            return "The database does not answer, or has stopped this."
        case ProgrammingError() if isinstance(error.__cause__, _NOT_MIGRATED):
            return "Run manage.py migrate first."
        case ProgrammingError():
            return None
    return str(error).removeprefix("Error: ")


EXPECTED_ERRORS = (
    CommandError,
    DataError,
    ImproperlyConfigured,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    RuleBroken,
    ValidationError,
    postgres.EmbeddedPostgresError,
)
