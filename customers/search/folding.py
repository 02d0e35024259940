"""Text without case, marks and styles of quotes, the same here and in PostgreSQL.

`customer_fold`, made by a migration, folds as `fold` does; a test compares them for
every character. Not the extension unaccent: its function is not immutable, so no index
may hold what it answers.
"""

import re

from fluxrate.text import normalize

# Letters that Unicode does not take apart. The last two are the dotless i and the
# Greek sigma at the end of a word.
LETTERS = {
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
# What stands for an apostrophe (the Hawaiian okina among them), a quotation mark and a
# hyphen, whoever or whatever typed it.
QUOTES = {
    "'": "`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc"
    "\u02bd\u02be\u02bf\u055a\u05f3\ua78c",
    '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u05f4\u301d\u301e\u301f",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\u05be\u1806",
}
# The zeros of the scripts that have digits of their own; nine more follow each.
ZEROS = (
    "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0de6\u0e50"
    "\u0ed0\u0f20\u1040\u1090\u17e0\u1810"
)
# Marks that collation ignores at its first level (UTS 10, DUCET), vowel signs not among
# them; then what nobody sees: joiners, marks of direction, the Arabic tatweel.
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
# Scripts that write words without spaces between them.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)

# Names are sorted by the beginning of what is folded: an index holds that.
SORTED_LETTERS = 100

_TABLE = str.maketrans(
    LETTERS
    | {each: plain for plain, styles in QUOTES.items() for each in styles}
    | {chr(ord(zero) + digit): str(digit) for zero in ZEROS for digit in range(10)}
)
_MARKS = re.compile(f"[{MARKS}]")
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_ALPHANUMERIC = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case, without accents: `Müller Straße` becomes `muller strasse`."""
    if text.isascii():
        return text.lower().replace("`", "'")
    # An acute accent alone is somebody's apostrophe; NFKD would make a space of it.
    plain = normalize("NFKD", text.replace("\u00b4", "'"))
    return _MARKS.sub("", plain).lower().translate(_TABLE)


def words(text: str) -> list[str]:
    """The runs of letters and digits."""
    return _ALPHANUMERIC.findall(text)


def leading_unspaced(word: str) -> str:
    """The beginning of a word in scripts that put no spaces between words."""
    match = _UNSPACED.match(word)
    return match[0] if match else ""


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters its place in the original."""
    folded, places = "", []
    for place, character in enumerate(text):
        piece = fold(character)
        folded += piece
        places += [place] * len(piece)
    return folded, places
