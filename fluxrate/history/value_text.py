"""Values of events as text for people."""

import re
from collections.abc import Iterator
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext

Change = tuple[str, str, str]
NONE = "—"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_ID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def value_text(value: object) -> str:
    """`gold`, `yes`, `2026-11-27 13:05:09 UTC` in the current zone, `—` for
    null; an id is shortened.
    """
    match value:
        case None | "" | [] | {}:
            return NONE
        case bool():
            return gettext("yes") if value else gettext("no")
        case list():
            return ", ".join(map(value_text, value))
        case dict():
            return ", ".join(
                f"{key}: {value_text(item)}" for key, item in value.items()
            )
    text = str(value)
    if _TIME.fullmatch(text):
        return f"{localtime(datetime.fromisoformat(text)):%Y-%m-%d %H:%M:%S %Z}"
    identifier = _ID.fullmatch(text)
    return f"{identifier[1]}…" if identifier else text


def pairs_of_text(
    name: str, old: object, new: object
) -> Iterator[tuple[str, str, str]]:
    """The field's name, its old and its new value; a map has a line for each key."""
    if isinstance(old, dict) or isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        after = new if isinstance(new, dict) else {}
        for key in sorted(before | after):
            if before.get(key) != after.get(key):
                yield from pairs_of_text(
                    f"{name}.{key}", before.get(key), after.get(key)
                )
        return
    if value_text(old) != value_text(new):
        is_reference = _ID.fullmatch(str(old or new)) is not None
        label = name.removesuffix("_id") if is_reference else name
        spaced = label if "." in name else label.replace("_", " ")
        yield spaced, value_text(old), value_text(new)
