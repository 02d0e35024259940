"""Query parameters: known ones, once each, or a refusal that names the nearest."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from .problems import BadParameter

TIME_NEEDED = (
    "An ISO 8601 time is needed, such as 2025-01-15T10:30:00Z; "
    "the plus of an offset is written %2B."
)
LONGEST_HINT, LONGEST_SHOWN = 60, 80


def nearest(name: str, known: Iterable[str]) -> str:
    """“ Did you mean …?”, or nothing where no known name is close."""
    if len(name) > LONGEST_HINT:
        return ""
    match = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean “{match[0]}”?" if match else ""


def shown(value: str) -> str:
    """What a caller sent, in quotation marks, cut where it is long, fit to print."""
    cut = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
    return "“" + cut.encode(errors="backslashreplace").decode() + "”"


def moment(text: str) -> datetime | None:
    """The time that ISO 8601 text says, in UTC; None where it says none.

    In UTC, since PostgreSQL takes no offsets of 16 hours and more.
    """
    try:
        found = parse_datetime(text)
        return found and found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def refuse_unknown(given: QueryDict, known: Collection[str]) -> None:
    """BadParameter for the first name that is unknown or stands twice."""
    for name, values in given.lists():
        if (name not in known or name.endswith("[]")) and _family(name) not in known:
            raise BadParameter(name, _unknown(name, known), "unknown_parameter")
        if len(values) > 1:
            raise BadParameter(name, "Given more than once.", "repeated_parameter")
        if "\0" in name + values[0]:
            raise BadParameter(name, "A NUL character is not allowed.")
        if "\ufffd" in values[0]:
            raise BadParameter(name, "This is not UTF-8.")


def names_in(
    given: Mapping[str, str], parameter: str, known: Sequence[str]
) -> tuple[str, ...]:
    """The names that stand in a parameter, separated by commas; none without it."""
    if parameter not in given:
        return ()
    names = given[parameter].split(",")
    refuse_names(parameter, names, known)
    return tuple(names)


def refuse_names(parameter: str, names: Sequence[str], known: Sequence[str]) -> None:
    """BadParameter for the first of a parameter's names that is unknown, or twice."""
    for name in names:
        if name not in known:
            message = f"{shown(name)} is not one of {', '.join(known)}."
            raise BadParameter(parameter, message + nearest(name, known))
    if len(set(names)) < len(names):
        raise BadParameter(parameter, "A name stands in it twice.")


def _family(name: str) -> str:
    """`metadata[]` for `metadata[any key]`: a parameter that stands for many."""
    family, _, key = name.partition("[")
    return f"{family}[]" if len(key) > 1 and key.endswith("]") else ""


def _unknown(name: str, known: Collection[str]) -> str:
    if not known:
        return "Unknown parameter. This address takes none."
    return f"Unknown parameter.{nearest(name, known)}"
