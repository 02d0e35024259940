"""Text without case and accents, the same here and in PostgreSQL.

`customer_search_text`, made by a migration, folds as `fold` does. Not the extension
unaccent: its function is not immutable, so no index may hold what it answers.
"""

import re
import unicodedata

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
    "\u0131": "i",
    "\u03c2": "\u03c3",
}
_SINGLE = str.maketrans(LETTERS)
_ACCENTS = re.compile("[\u0300-\u036f]")
_ALPHANUMERIC = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case, without accents: `Müller Straße` becomes `muller strasse`."""
    if text.isascii():
        return text.lower()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _ACCENTS.sub("", plain.lower()).translate(_SINGLE)


def words(text: str) -> list[str]:
    """The runs of letters and digits."""
    return _ALPHANUMERIC.findall(text)


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters its place in the original."""
    folded, places = "", []
    for place, character in enumerate(text):
        piece = fold(character)
        folded += piece
        places += [place] * len(piece)
    return folded, places
