"""Checks of what protects the data in the database."""

from django.conf import settings

from .finding import Finding, error_if, warning_if
from .query import value

_INVALID = """
    SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index
    WHERE NOT indisvalid"""
_DISABLED = """
    SELECT string_agg(DISTINCT tgrelid::regclass::text, ', ') FROM pg_trigger
    WHERE tgenabled = 'D' AND NOT tgisinternal"""


def durability() -> Finding:
    off = [
        name for name in ("fsync", "full_page_writes") if value(f"SHOW {name}") == "off"
    ]
    message = f"Off: {', '.join(off)}. A crash of the machine destroys data."
    return error_if(off, message, "A committed write survives a crash.")


def indexes() -> Finding:
    names = value(_INVALID)
    message = f"Indexes are invalid: {names}. Run REINDEX INDEX CONCURRENTLY."
    return error_if(names, message, "All indexes are valid.")


def triggers() -> Finding:
    tables = value(_DISABLED)
    message = f"Triggers are disabled, and changes leave no event: {tables}."
    return error_if(tables, message, "All triggers are enabled.")


def role() -> Finding:
    is_superuser = value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    message = "The role is a superuser, to whom no right is refused. Use another."
    is_wrong = is_superuser == "True" and not settings.EMBEDDED
    return warning_if(is_wrong, message, "The role is no superuser.")
