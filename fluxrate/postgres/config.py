"""From a DATABASE_URL to an entry of Django's DATABASES."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured
from psycopg.pq import Conninfo

_CHECKOUT = Path(__file__).resolve().parents[2]
_SCHEMES = {"postgres", "postgresql"}
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
_ENCODE = "The characters / ? # @ : in a user or password must be percent-encoded."


def database(
    url: str,
    *,
    statement_timeout: str = "",
    lock_timeout: str = "",
    idle_in_transaction_timeout: str = "",
    actor: str = "",
    pooled: bool = False,
) -> dict[str, Any]:
    """Return what Django needs to connect to the server of a libpq URL.

    The timeouts are PostgreSQL durations ("15s", "500ms", "0" for none); where one is
    empty, the server's own setting holds. What the URL says in `options` wins over
    them. `actor` is who acts where a transaction does not say it.

    A connection of a transaction pooler (`pooled`) has no start-up options: its limits
    are set with each transaction, and named cursors are off.
    """
    parameters = _parameters(url)
    limits = _limits(
        statement_timeout=statement_timeout,
        lock_timeout=lock_timeout,
        idle_in_transaction_session_timeout=idle_in_transaction_timeout,
    )
    switches = {} if pooled else limits | ({"fluxrate.actor": actor} if actor else {})
    address = {name: parameters.get(key, "") for key, name in _DJANGO_NAMES.items()}
    return {
        "ENGINE": "fluxrate.postgres.backend",
        **address,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "POOLED": pooled,
        "TRANSACTION_LIMITS": limits if pooled else {},
        "OPTIONS": _options(parameters, switches),
        "TEST": {"NAME": _test_name(address["NAME"])},
    }


def _options(parameters: dict[str, str], switches: dict[str, str]) -> dict[str, str]:
    options = {"connect_timeout": "5", "application_name": "fluxrate"}
    options |= {k: v for k, v in parameters.items() if k not in _DJANGO_NAMES}
    words = [f"-c {name}={value}" for name, value in switches.items()]
    if text := " ".join([*words, options.pop("options", "")]).strip():
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
    """Return a name that no other checkout takes on the same server.

    There is room left for the suffix that each of several test processes adds.
    """
    checkout = hashlib.sha256(bytes(_CHECKOUT)).hexdigest()[:8]
    return f"test_{name[: _LONGEST_NAME - 24]}_{checkout}"


def _parameters(url: str) -> dict[str, str]:
    """Return a URL's parts under their libpq names, all decoded."""
    parts = _split(url)
    user, _, password = parts.user.partition(":")
    hosts = [_host_and_port(spec) for spec in parts.hosts.split(",")]
    parameters = {
        "user": _decoded(user, "user"),
        "password": _decoded(password, "password"),
        "host": ",".join(host for host, _ in hosts),
        "port": _ports([port for _, port in hosts]),
        "dbname": _decoded(parts.path, "database name"),
    }
    parameters |= _query(parts.query)
    if not parameters["dbname"]:
        raise _refusal("It names no database.")
    return parameters


@dataclass(frozen=True)
class _Parts:
    user: str
    hosts: str
    path: str
    query: str


def _split(url: str) -> _Parts:
    # Not urlsplit: it does not know libpq's lists of hosts, and its errors show
    # pieces of a password that holds a character of meaning.
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        raise _refusal("It must begin with postgresql://.")
    if "#" in rest:
        raise _refusal("A # in it must be written %23.")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    if "@" in path or "@" in query or "/" in path:
        raise _refusal(f"It has a / ? or @ in a wrong place. {_ENCODE}")
    user, _, hosts = authority.rpartition("@")
    return _Parts(user, hosts, path, query)


def _host_and_port(spec: str) -> tuple[str, str]:
    if spec.startswith("["):
        host, closed, rest = spec[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _refusal("An IPv6 address is written in brackets: [::1]:5432.")
        port = rest[1:]
    else:
        host, _, port = spec.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise _refusal(f"Its port is not a number from 1 to 65535. {_ENCODE}")
    return _decoded(host, "host"), port


def _ports(ports: list[str]) -> str:
    """Return libpq's list of ports, empty when no host names one."""
    return ",".join(ports) if any(ports) else ""


def _query(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        key, equals, value = pair.partition("=")
        if not equals or key not in _libpq_parameters():
            raise _refusal(f"It has an unknown parameter: {key}.")
        parameters[key] = _decoded(value, key)
    return parameters


@cache
def _libpq_parameters() -> frozenset[str]:
    return frozenset(each.keyword.decode() for each in Conninfo.get_defaults())


def _decoded(text: str, what: str) -> str:
    if _BAD_PERCENT.search(text):
        raise _refusal(f"Its {what} has a % that no two hexadecimal digits follow.")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _refusal(f"Its {what} is not UTF-8.") from None


def _refusal(reason: str) -> ImproperlyConfigured:
    # The URL itself is never shown: it holds the password.
    return ImproperlyConfigured(
        f"DATABASE_URL cannot be used. {reason} "
        "Example: postgresql://user:password@host:5432/database?sslmode=require"
    )
