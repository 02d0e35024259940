"""How a search reads a text: folded, without wrappers, as an id or a phone number.

`customer_fold`, an SQL function of the migrations, folds as `fold` does; a test
compares them for every character. The extension unaccent is not used: its function is
not immutable, so an index cannot store its result.
"""

import re
import uuid
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from fluxrate.text import normalize

# Characters that Unicode does not decompose. The last two are the dotless i and the
# Greek sigma at the end of a word.
REPLACEMENTS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "\u0131": "i",
    "\u03c2": "\u03c3",
}
# Characters used as an apostrophe (the Hawaiian okina among them), as a quotation mark
# and as a hyphen.
QUOTES = {
    "'": "`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc"
    "\u02bd\u02be\u02bf\u055a\u05f3\ua78c",
    '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u05f4\u301d\u301e\u301f",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\u05be\u1806",
}
# The zeros of scripts with their own digits; the other nine digits follow each.
ZEROS = (
    "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0de6\u0e50"
    "\u0ed0\u0f20\u1040\u1090\u17e0\u1810"
)
# Marks that collation ignores at its first level (UTS 10, DUCET), without vowel signs;
# then invisible characters: joiners, marks of direction, the Arabic tatweel.
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0711\u0730-\u074a\u07eb-\u07f3\u0818\u0819\u081c-\u0823\u0825-\u0827\u0829-\u082d"
    "\u0859-\u085b\u08d4-\u08e1\u08e3-\u0902\u093c\u0951-\u0954\u0981\u09bc\u0a01\u0a02"
    "\u0a3c\u0a70\u0a71\u0a81\u0a82\u0abc\u0b01\u0b3c\u0b82\u0c00\u0c81\u0cbc\u0d01"
    "\u0e47-\u0e4e\u0ec8-\u0ecd\u0f18\u0f19\u0f35\u0f37\u0f39\u0f7e\u0f82\u0f83\u0f86\u0f87"
    "\u0fc6\u1036\u1037\u135d-\u135f\u17b4\u17b5\u17c6\u17c9-\u17d1\u17d3\u17dd"
    "\u180b-\u180d\u1939-\u193b\u1ab0-\u1abe\u1dc0-\u1dff\u20d0-\u20f0\u2d7f\u302a-\u302d"
    "\u3099\u309a\ua66f-\ua672\ua67c\ua67d\ua6f0\ua6f1\ua8e0-\ua8f1\ufb1e\ufe00-\ufe0f"
    "\ufe20-\ufe2f\U000e0100-\U000e01ef"
    "\u00ad\u061c\u0640\u180e\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
)
# Scripts without spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)

# The index of sorted names holds this many characters of the folded name.
SORTED_CHARACTERS = 100

_TABLE = str.maketrans(
    REPLACEMENTS
    | {style: plain for plain, styles in QUOTES.items() for style in styles}
    | {chr(ord(zero) + digit): str(digit) for zero in ZEROS for digit in range(10)}
)
_MARKS = re.compile(f"[{MARKS}]")
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_ALPHANUMERIC = re.compile(r"[^\W_]+")

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_ID_PREFIX = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{1,4}){0,3}(?:-?[0-9a-f]{1,12})?-?")
_CUSTOMER_PATH = re.compile(rf"/customers?/({_ID.pattern})", re.IGNORECASE)
_MAILBOX = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>[,;]?")
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

MIN_PHONE_DIGITS, MIN_NATIONAL_DIGITS = 4, 6
_PHONE = re.compile(r"\+?[\d\s()./-]{4,}")
# A zero in brackets after the calling code: it is dialled only within the country.
_TRUNK_PREFIX = re.compile(r"^(.*[1-9].*)\(0+\)")
# Calling codes of one and two digits (ITU-T E.164); all others have three.
_CALLING_CODES = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d"
)

IdRange = tuple[uuid.UUID, uuid.UUID]


class Query(NamedTuple):
    """The text to search for; the first and the last of the ids that it names."""

    text: str
    ids: IdRange | None = None


def fold(text: str) -> str:
    """Lower case, without accents: `Müller Straße` becomes `muller strasse`."""
    if text.isascii():
        return text.lower().replace("`", "'")
    # A lone acute accent is an apostrophe; NFKD would make a space of it.
    plain = normalize("NFKD", text.replace("\u00b4", "'"))
    return _MARKS.sub("", plain).lower().translate(_TABLE)


def words(text: str) -> list[str]:
    """The alphanumeric runs."""
    return _ALPHANUMERIC.findall(text)


def leading_unspaced(word: str) -> str:
    """The beginning of a word in a script without spaces between words."""
    match = _UNSPACED.match(word)
    return match[0] if match else ""


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the offset in the original."""
    if text.isascii():
        return fold(text), range(len(text))
    folded, offsets = "", list[int]()
    for offset, character in enumerate(text):
        piece = fold(character)
        folded += piece
        offsets += [offset] * len(piece)
    return folded, offsets


def unwrap(text: str) -> Query:
    """The query in a text as mail programs, telephones and browsers copy it."""
    text = _unquote(text.strip())
    if _URL.fullmatch(text):
        return _from_url(text)
    if mailbox := _MAILBOX.fullmatch(text):
        return Query(mailbox[1])
    if scheme := _SCHEME.match(text):
        return Query(unquote(re.split("[?;]", text[scheme.end() :])[0]).strip())
    return Query(text, _ids(text))


def _unquote(text: str) -> str:
    while len(text) > 2 and _PAIRS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def _from_url(text: str) -> Query:
    """A link into the API or the admin names a customer by id or external id."""
    path = unquote(urlsplit(text).path)
    _, is_external, external_id = path.partition("/customers/external/")
    if is_external:
        return Query(external_id.strip("/"))
    ids = _CUSTOMER_PATH.findall(path) or _ID.findall(path)
    return Query(ids[-1], _ids(ids[-1])) if ids else Query(text)


def _ids(text: str) -> IdRange | None:
    """An id in any notation, or all ids with the same first eight digits or more."""
    try:
        pk = uuid.UUID(text)
    except ValueError:
        prefix = fold(text)
        if not _ID_PREFIX.fullmatch(prefix):
            return None
        prefix = prefix.replace("-", "")
        return uuid.UUID(f"{prefix:0<32}"), uuid.UUID(f"{prefix:f<32}")
    return pk, pk


def phone_digits(folded: str) -> str:
    """The digits of a folded text that can be a phone, without leading zeros."""
    if not _PHONE.fullmatch(folded):
        return ""
    digits = re.sub(r"\D", "", _TRUNK_PREFIX.sub(r"\1", folded)).lstrip("0")
    return digits if len(digits) >= MIN_PHONE_DIGITS else ""


def national_digits(folded: str) -> str:
    """The digits after the calling code of an international number, else nothing."""
    digits = phone_digits(folded)
    code = _CALLING_CODES.match(digits) if folded.startswith(("+", "00")) else None
    national = digits[code.end() :].lstrip("0") if code else ""
    return national if len(national) >= MIN_NATIONAL_DIGITS else ""


def phone_part(phone: str, *candidates: str) -> str:
    """The part of a phone that contains the first of the candidates it contains."""
    folded, offsets = fold_with_offsets(phone)
    trunk = _TRUNK_PREFIX.match(folded)
    skipped = range(trunk.end(1), trunk.end()) if trunk else range(0)
    marked = [
        (character, offsets[at])
        for at, character in enumerate(folded)
        if character.isdigit() and at not in skipped
    ]
    digits = "".join(character for character, _ in marked)
    for candidate in filter(None, candidates):
        if (at := digits.find(candidate)) >= 0:
            return phone[marked[at][1] : marked[at + len(candidate) - 1][1] + 1]
    return ""
