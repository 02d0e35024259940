"""Query parameters: known names, one value each, and suggestions for typing errors.

A parameter that takes a list may be repeated or hold values between commas.
"""

import csv
import difflib
from collections.abc import Callable, Collection, Sequence
from urllib.parse import unquote_to_bytes

from django.http import QueryDict

from fluxrate.text import truncated

from .problems import BadParameter
from .requests import Request

QUOTES_NEEDED = (
    "A quoted value ends with its quote, and a comma follows it; a quote inside of "
    "it is doubled."
)
TIME_NEEDED = (
    "An RFC 3339 time is needed, such as 2025-01-15T10:30:00Z; "
    "the plus of an offset is written %2B."
)
# Characters of a sent value in a message, and of a name that is compared with others.
MAX_QUOTED, MAX_COMPARED = 80, 60
# The names of parameters in other APIs.
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


def did_you_mean(name: str, known: Collection[str]) -> str:
    """“ Did you mean …?”, or nothing if no known name is similar or synonymous."""
    if len(name) > MAX_COMPARED:
        return ""
    if synonym := SYNONYMS.get(name.lower()):
        return f" Did you mean “{synonym}”?" if synonym in known else ""
    matches = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean “{matches[0].replace('[]', '[key]')}”?" if matches else ""


def quoted(value: str) -> str:
    """A sent value for a message: in quotation marks, truncated and encodable."""
    text = truncated(value, MAX_QUOTED).encode(errors="backslashreplace").decode()
    return f"“{text}”"


def refuse_unknown(
    request: Request, known: Collection[str], lists: Callable[[], Collection[str]]
) -> None:
    """BadParameter for the first name that is unknown, that is repeated without being
    one of `lists`, or whose value is not text.
    """
    refuse_other_encodings(request.META.get("QUERY_STRING", ""))
    for name, values in request.query_params.lists():
        if (name not in known or name.endswith("[]")) and _family(name) not in known:
            raise BadParameter(name, _unknown(name, known), "unknown_parameter")
        if len(values) > 1 and name not in lists():
            message = "This parameter takes one value."
            raise BadParameter(name, message, "repeated_parameter")
        if any("\0" in text for text in (name, *values)):
            raise BadParameter(name, "A NUL character is not allowed.")


def refuse_other_encodings(query: str) -> None:
    """BadParameter for the first parameter that is not UTF-8.

    Django replaces such bytes by U+FFFD, which is a valid character in a value. WSGI
    decodes the query as Latin-1.
    """
    if "%" not in query and query.isascii():
        return
    for pair in query.encode("latin-1", "replace").split(b"&"):
        try:
            unquote_to_bytes(pair).decode()
        except UnicodeDecodeError:
            name = unquote_to_bytes(pair.partition(b"=")[0]).decode(errors="replace")
            raise BadParameter(name, "This is not UTF-8.") from None


def split_values(text: str) -> list[str]:
    """Values between commas; a value in double quotes may hold commas, as in CSV.

    ValueError if a quote is not closed.
    """
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error:
        raise ValueError(QUOTES_NEEDED) from None


def parse_values(query: QueryDict, parameter: str) -> list[str]:
    """The values of a list parameter."""
    try:
        texts = query.getlist(parameter)
        return [value for text in texts for value in split_values(text)]
    except ValueError as error:
        raise BadParameter(parameter, str(error)) from None


def parse_names(
    query: QueryDict, parameter: str, known: Sequence[str]
) -> tuple[str, ...]:
    """The values of a list parameter, each of them one of the known names."""
    names = parse_values(query, parameter)
    refuse_names(parameter, names, known)
    return tuple(names)


def refuse_names(parameter: str, names: Sequence[str], known: Sequence[str]) -> None:
    """BadParameter for the first name that is unknown, or for a repeated name."""
    for name in names:
        if name not in known:
            message = f"{quoted(name)} is not one of {', '.join(known)}."
            raise BadParameter(parameter, message + did_you_mean(name, known))
    if len(set(names)) < len(names):
        raise BadParameter(parameter, "A name is repeated.")


def _family(name: str) -> str:
    """`metadata[]`, the declared name of `metadata[any key]`."""
    family, _, key = name.partition("[")
    return f"{family}[]" if len(key) > 1 and key.endswith("]") else ""


def _unknown(name: str, known: Collection[str]) -> str:
    if not known:
        return "Unknown parameter. This URL takes no parameters."
    return f"Unknown parameter.{did_you_mean(name, known)}"
