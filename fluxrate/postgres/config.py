"""From a DATABASE_URL to an entry of Django's DATABASES."""

import hashlib
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

_CHECKOUT = Path(__file__).resolve().parents[2]
_SCHEMES = ("postgres://", "postgresql://")
_DURATION = re.compile(r"\d+(ms|s|min|h|d)?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_DJANGO_NAMES = {
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
    "dbname": "NAME",
}
_LONGEST_NAME = 63
# A statement is prepared if one plan serves all its parameters.
_GENERIC_PLANS = {"plan_cache_mode": "force_generic_plan"}
_ENCODE = "The characters / ? # @ : in a user or password must be percent-encoded."


def database(  # noqa: PLR0913 - each is a part of one entry
    url: str,
    *,
    statement_timeout: str = "",
    lock_timeout: str = "",
    idle_in_transaction_timeout: str = "",
    actor: str = "",
    pooled: bool = False,
    generic_plans: bool = False,
) -> dict[str, object]:
    """Return the entry of DATABASES for a libpq URL.

    The timeouts are PostgreSQL durations ("15s", "500ms", "0" for none); the server's
    own setting holds for an empty one. `options` in the URL override them. `actor` is
    the default actor of transactions. With `generic_plans` a prepared statement is
    planned once for a connection.

    A connection of a transaction pooler (`pooled`) has no start-up options: its limits
    are set with each transaction, and named cursors are off.
    """
    parameters = _parameters(url)
    limits = _limits(
        statement_timeout=statement_timeout,
        lock_timeout=lock_timeout,
        idle_in_transaction_session_timeout=idle_in_transaction_timeout,
    )
    switches = limits | ({"fluxrate.actor": actor} if actor else {})
    switches |= _GENERIC_PLANS if generic_plans else {}
    address = {name: parameters.get(key, "") for key, name in _DJANGO_NAMES.items()}
    return {
        "ENGINE": "fluxrate.postgres.backend",
        **address,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "POOLED": pooled,
        "TRANSACTION_LIMITS": limits if pooled else {},
        "OPTIONS": _options(parameters, {} if pooled else switches),
        "TEST": {"NAME": _test_name(address["NAME"])},
    }


def _options(parameters: dict[str, str], switches: dict[str, str]) -> dict[str, str]:
    options = {"connect_timeout": "5", "application_name": "fluxrate"}
    options |= {
        key: value for key, value in parameters.items() if key not in _DJANGO_NAMES
    }
    settings = [f"-c {name}={value}" for name, value in switches.items()]
    if text := " ".join([*settings, options.pop("options", "")]).strip():
        options["options"] = text
    return options


def _limits(**timeouts: str) -> dict[str, str]:
    for name, duration in timeouts.items():
        if duration and not _DURATION.fullmatch(duration):
            raise ImproperlyConfigured(
                f"{name} must be a duration such as 15s, 500ms or 0, not {duration!r}."
            )
    return {name: duration for name, duration in timeouts.items() if duration}


def _test_name(name: str) -> str:
    """A name that is unique to this checkout on the server, short enough for the suffix
    of a parallel test process.
    """
    checkout = hashlib.sha256(bytes(_CHECKOUT)).hexdigest()[:8]
    return f"test_{name[: _LONGEST_NAME - 24]}_{checkout}"


def _parameters(url: str) -> dict[str, str]:
    """The URL's parts by their libpq names, as libpq decodes them.

    libpq takes what follows a misplaced character for another part, and quotes
    passwords in its errors: such URLs are refused before it reads them.
    """
    url = url.strip()
    _refuse_misread(url)
    try:
        parameters = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except UnicodeDecodeError:
        raise _refusal("A part of it is not UTF-8.") from None
    except ProgrammingError:
        raise _refusal("An IPv6 address is written in brackets: [::1]:5432.") from None
    for port in filter(None, parameters.get("port", "").split(",")):
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise _refusal(f"Its port is not a number from 1 to 65535. {_ENCODE}")
    if not parameters.get("dbname"):
        raise _refusal("It names no database.")
    return parameters


def _refuse_misread(url: str) -> None:
    if not url.startswith(_SCHEMES):
        raise _refusal("It must begin with postgresql://.")
    if "#" in url:
        raise _refusal("A # in it must be written %23.")
    if _BAD_PERCENT.search(url):
        raise _refusal("It has a % that no two hexadecimal digits follow.")
    address, _, query = url.partition("://")[2].partition("?")
    authority, _, path = address.partition("/")
    if "@" in path + query or "/" in path or authority.count("@") > 1:
        raise _refusal(f"It has a / ? or @ in a wrong place. {_ENCODE}")
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for pair in filter(None, query.split("&")):
        key, separator, _ = pair.partition("=")
        if not separator or key not in known:
            raise _refusal(f"It has an unknown parameter: {key}.")


def _refusal(reason: str) -> ImproperlyConfigured:
    # The URL itself is not shown: it contains the password.
    return ImproperlyConfigured(
        f"DATABASE_URL cannot be used. {reason} "
        "Example: postgresql://user:password@host:5432/database?sslmode=require"
    )
