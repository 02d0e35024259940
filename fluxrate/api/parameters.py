"""Query parameters: known ones, once each, or a refusal that names the nearest."""

import difflib
from collections.abc import Collection, Iterable

from django.http import QueryDict

from .problems import BadParameter


def nearest(name: str, known: Iterable[str]) -> str:
    """“ Did you mean …?”, or nothing where no known name is close."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean “{match[0]}”?" if match else ""


def refuse_unknown(given: QueryDict, known: Collection[str]) -> None:
    """BadParameter for the first name that is unknown or stands twice."""
    for name, values in given.lists():
        if name not in known:
            raise BadParameter(
                name, f"Unknown parameter.{nearest(name, known)}", "unknown_parameter"
            )
        if len(values) > 1:
            raise BadParameter(name, "Given more than once.", "repeated_parameter")
        if "\0" in values[0]:
            raise BadParameter(name, "A NUL character is not allowed.", "invalid")
