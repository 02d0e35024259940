"""Values from the environment, NAME or NAME_FILE; a bad one is told in a sentence."""

import os
import re
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_ORIGIN = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.IGNORECASE)
# A wildcard address is one to listen on, not one to open.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nosec B104
_HEADER = re.compile(r"[a-z0-9][a-z0-9._-]*")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def env(name: str, default: str = "") -> str:
    """NAME from the environment; or the text of the file that NAME_FILE names."""
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


def flag(name: str, *, default: bool) -> bool:
    text = env(name).strip().lower()
    if text and text not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in _YES if text else default


def number(name: str, default: int, *, least: int, most: int) -> int:
    text = env(name) or str(default)
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {least} to {most}, not {text!r}."
        )
    return int(text)


def choice(name: str, default: str, among: Collection[str]) -> str:
    text = env(name) or default
    if text not in among:
        raise ImproperlyConfigured(
            f"{name} must be one of {', '.join(among)}, not {text!r}."
        )
    return text


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in env(name, default).split(",") if word.strip()]


def origins(name: str) -> list[str]:
    """Origins such as https://app.example.com, with a port where it has one."""
    return [_origin(name, word) for word in words(name)]


def _origin(name: str, text: str) -> str:
    if _ORIGIN.fullmatch(text):
        return text.lower()
    raise ImproperlyConfigured(
        f"{name} must list origins such as https://app.example.com, not {text!r}."
    )


def local_url(host: str, port: int) -> str:
    """The URL by which a browser on this machine opens what listens at an address."""
    host = _LOOPBACK.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def header_names(name: str) -> list[str]:
    """Names of headers in small letters, such as x-tenant."""
    given = [word.lower() for word in words(name)]
    for word in given:
        if not _HEADER.fullmatch(word):
            raise ImproperlyConfigured(
                f"{name} must list names of headers such as x-tenant, not {word!r}."
            )
    return given


def proxies(name: str) -> int | list[IPv4Network | IPv6Network]:
    """How many proxies stand in front; or the networks that they are in."""
    given = words(name, "0")
    if len(given) == 1 and given[0].isascii() and given[0].isdecimal():
        return number(name, 0, least=0, most=10)
    try:
        return [ip_network(word) for word in given]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be the number of proxies, or their networks such as "
            f"10.0.0.0/8,::1: {error}."
        ) from error


def secret(name: str, *, least: int = 32) -> str:
    """A key, long enough that guessing it is hopeless; "" when none is given."""
    text = env(name)
    if text and len(text) < least:
        raise ImproperlyConfigured(
            f"{name} must have at least {least} characters, chosen at random: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return text


def secrets_before(name: str, *, least: int = 32) -> list[str]:
    """Keys that signed before NAME did and are still believed, newest first."""
    given = words(name)
    if any(len(word) < least for word in given):
        raise ImproperlyConfigured(
            f"Each key of {name} must have at least {least} characters."
        )
    return given
