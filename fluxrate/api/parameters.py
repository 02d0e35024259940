"""Query parameters: known ones, once each, or a refusal that names the nearest.

A parameter that takes a list may be repeated, or hold its values between commas.
"""

import csv
import difflib
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import QueryDict

from .problems import BadParameter

QUOTES_NEEDED = (
    "A quoted value ends with its quote, and a comma follows it; a quote inside of "
    "it is doubled."
)
LONGEST_HINT, LONGEST_SHOWN = 60, 80
# What other APIs call it.
SYNONYMS = {
    "cursor": "after",
    "expand": "include",
    "limit": "page_size",
    "offset": "page",
    "order": "ordering",
    "order_by": "ordering",
    "per_page": "page_size",
    "q": "search",
    "query": "search",
    "select": "fields",
    "size": "page_size",
    "sort": "ordering",
    "sort_by": "ordering",
    "starting_after": "after",
}


def nearest(name: str, known: Collection[str]) -> str:
    """“ Did you mean …?”, or nothing where no known name is close."""
    if len(name) > LONGEST_HINT:
        return ""
    synonym = SYNONYMS.get(name.lower())
    if synonym in known:
        return f" Did you mean “{synonym}”?"
    match = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean “{match[0].replace('[]', '[key]')}”?" if match else ""


def shown(value: str) -> str:
    """What a caller sent, in quotation marks, cut where it is long, fit to print."""
    cut = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
    return "“" + cut.encode(errors="backslashreplace").decode() + "”"


def refuse_unknown(
    request: Any, known: Collection[str], lists: Callable[[], Collection[str]]
) -> None:
    """BadParameter for the first name that is unknown, or stands twice and is not
    among `lists`, and for what cannot be text.
    """
    refuse_other_encodings(request.META.get("QUERY_STRING", ""))
    for name, values in request.query_params.lists():
        if (name not in known or name.endswith("[]")) and _family(name) not in known:
            raise BadParameter(name, _unknown(name, known), "unknown_parameter")
        if len(values) > 1 and name not in lists():
            raise BadParameter(name, "Given more than once.", "repeated_parameter")
        if any("\0" in text for text in (name, *values)):
            raise BadParameter(name, "A NUL character is not allowed.")


def refuse_other_encodings(query: str) -> None:
    """BadParameter for the first parameter that is not UTF-8.

    Django replaces its bytes by U+FFFD, which may as well have been sent. WSGI hands
    over bytes as Latin-1.
    """
    if "%" not in query and query.isascii():
        return
    for pair in query.encode("latin-1", "replace").split(b"&"):
        try:
            unquote_to_bytes(pair).decode()
        except UnicodeDecodeError:
            name = unquote_to_bytes(pair.partition(b"=")[0]).decode(errors="replace")
            raise BadParameter(name, "This is not UTF-8.") from None


def split(text: str) -> list[str]:
    """Values between commas; one in double quotes may hold commas, as in CSV.
    ValueError where the quotes are not in order.
    """
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error:
        raise ValueError(QUOTES_NEEDED) from None


def values_of(given: QueryDict, parameter: str) -> list[str]:
    """What a list parameter holds, repeated, between commas, or both."""
    try:
        return [each for text in given.getlist(parameter) for each in split(text)]
    except ValueError as error:
        raise BadParameter(parameter, str(error)) from None


def names_in(given: QueryDict, parameter: str, known: Sequence[str]) -> tuple[str, ...]:
    """The names that stand in a list parameter; none without it."""
    names = values_of(given, parameter)
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
