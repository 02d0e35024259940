"""What a check of `manage.py doctor` reports."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """The status of one check, and a sentence with the remedy."""

    status: Status
    message: str


Check: TypeAlias = Callable[[], Finding]


def ok(message: str) -> Finding:
    return Finding(Status.OK, message)


def warning_if(condition: object, message: str, otherwise: str) -> Finding:
    """A warning under a condition; else `otherwise`, which is fine."""
    return Finding(Status.WARNING, message) if condition else ok(otherwise)


def error_if(condition: object, message: str, otherwise: str) -> Finding:
    """An error under a condition; else `otherwise`, which is fine."""
    return Finding(Status.ERROR, message) if condition else ok(otherwise)
