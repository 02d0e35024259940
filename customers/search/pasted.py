"""What a text that was pasted from elsewhere asks for."""

import re
import uuid
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from .folding import fold

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_START_OF_ID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{1,4}){0,3}(?:-?[0-9a-f]{1,12})?-?")
_OF_CUSTOMER = re.compile(rf"/customers?/({_ID.pattern})", re.IGNORECASE)
_NAMED_ADDRESS = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>[,;]?")
_URL = re.compile(r"https?://\S+|/(?:api|admin)/\S+", re.IGNORECASE)
_SCHEME = re.compile(r"(?:mailto|tel|sms|callto):", re.IGNORECASE)
_PAIRS = {
    '"': '"',
    "'": "'",
    "<": ">",
    "\u201c": "\u201d",
    "\u201e": "\u201c",
    "\u201d": "\u201d",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
}


class Pasted(NamedTuple):
    """The text to search for; the ids, from the first to the last, that it names."""

    text: str
    ids: tuple[uuid.UUID, uuid.UUID] | None = None


def pasted(text: str) -> Pasted:
    """Without the dress in which mail programs, telephones and browsers put things."""
    text = _unquoted(text.strip())
    if _URL.fullmatch(text):
        return _of_url(text)
    if address := _NAMED_ADDRESS.fullmatch(text):
        return Pasted(address[1])
    if scheme := _SCHEME.match(text):
        return Pasted(unquote(re.split("[?;]", text[scheme.end() :])[0]).strip())
    return Pasted(text, _ids(text))


def _unquoted(text: str) -> str:
    while len(text) > 2 and _PAIRS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def _of_url(text: str) -> Pasted:
    """A link into the API or the admin names a customer by id or external id."""
    path = unquote(urlsplit(text).path)
    _, is_external, external_id = path.partition("/customers/external/")
    if is_external:
        return Pasted(external_id.strip("/"))
    ids = _OF_CUSTOMER.findall(path) or _ID.findall(path)
    return Pasted(ids[-1], _ids(ids[-1])) if ids else Pasted(text)


def _ids(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """One id in any of the ways it is written, or all with the same first letters."""
    try:
        one = uuid.UUID(text)
    except ValueError:
        start = fold(text)
        if not _START_OF_ID.fullmatch(start):
            return None
        start = start.replace("-", "")
        return uuid.UUID(f"{start:0<32}"), uuid.UUID(f"{start:f<32}")
    return one, one
