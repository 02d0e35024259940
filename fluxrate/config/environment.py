"""Values from the environment: NAME, or the text of the file in NAME_FILE.

A bad value raises ImproperlyConfigured with a sentence that names the variable.
"""

import os
import re
from collections.abc import Collection
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_ORIGIN = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.IGNORECASE)
# A wildcard address is one to listen on, not one to open.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nosec B104
_HEADER = re.compile(r"[a-z0-9][a-z0-9._-]*")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def env(name: str, default: str = "") -> str:
    """NAME from the environment, or the text of the file in NAME_FILE."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ImproperlyConfigured(
            f"{name}_FILE names {path}, which cannot be read ({reason})."
        ) from error


def address(name: str, package: str) -> str:
    """The address of a receiver, which an optional package sends to."""
    text = env(name)
    if text and find_spec(package) is None:
        raise ImproperlyConfigured(
            f"{name} needs more packages: pip install -r requirements-telemetry.txt"
        )
    return text


def boolean(name: str, *, default: bool) -> bool:
    text = env(name).strip().lower()
    if text and text not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in _YES if text else default


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    text = env(name) or str(default)
    if not (text.isascii() and text.isdecimal() and minimum <= int(text) <= maximum):
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {minimum} to {maximum}, not {text!r}."
        )
    return int(text)


def choice(name: str, default: str, among: Collection[str]) -> str:
    text = env(name) or default
    if text not in among:
        raise ImproperlyConfigured(
            f"{name} must be one of {', '.join(among)}, not {text!r}."
        )
    return text


def comma_separated(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in env(name, default).split(",") if word.strip()]


def origins(name: str) -> list[str]:
    """Origins such as https://app.example.com or http://localhost:3000."""
    return [_origin(name, word) for word in comma_separated(name)]


def _origin(name: str, text: str) -> str:
    if _ORIGIN.fullmatch(text):
        return text.lower()
    raise ImproperlyConfigured(
        f"{name} must list origins such as https://app.example.com, not {text!r}."
    )


def local_url(host: str, port: int) -> str:
    """The URL of a server on this machine, for a browser on this machine."""
    host = _LOOPBACK.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def header_names(name: str) -> list[str]:
    """Lower-case header names such as x-tenant."""
    names = [word.lower() for word in comma_separated(name)]
    for word in names:
        if not _HEADER.fullmatch(word):
            raise ImproperlyConfigured(
                f"{name} must list names of headers such as x-tenant, not {word!r}."
            )
    return names


def proxies(name: str) -> int | list[IPv4Network | IPv6Network]:
    """The number of trusted proxies in front, or their networks."""
    values = comma_separated(name, "0")
    if len(values) == 1 and values[0].isascii() and values[0].isdecimal():
        return integer(name, 0, minimum=0, maximum=10)
    try:
        return [ip_network(value) for value in values]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be the number of proxies, or their networks such as "
            f"10.0.0.0/8,::1: {error}."
        ) from error


def secret(name: str, *, minimum: int = 32) -> str:
    """A key that is too long to guess; "" without one."""
    text = env(name)
    if text and len(text) < minimum:
        raise ImproperlyConfigured(
            f"{name} must have at least {minimum} characters, chosen at random: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return text


def previous_secrets(name: str, *, minimum: int = 32) -> list[str]:
    """Previous keys whose signatures are still accepted, newest first."""
    keys = comma_separated(name)
    if any(len(key) < minimum for key in keys):
        raise ImproperlyConfigured(
            f"Each key of {name} must have at least {minimum} characters."
        )
    return keys
