"""Errors of the database and the disk, in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import CommandError


@contextmanager
def as_command_errors() -> Iterator[None]:
    """Raise CommandError instead; PostgreSQL's message has no row in these commands."""
    try:
        yield
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error).partition("\n")[0]
        raise CommandError(f"PostgreSQL refuses: {reason}.") from error
    except OSError as error:
        path = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{path}{error.strerror or error}.") from error
