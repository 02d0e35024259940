"""Words and numbers in the reader's language."""

from django.utils.formats import number_format
from django.utils.translation import gettext


def word(value: object) -> str:
    """A name or a sentence that the catalog has; any other text is left as it is."""
    text = str(value)
    return gettext(text) if text else text


def grouped(value: int) -> str:
    """`12,345`, or as the reader's language groups digits."""
    return number_format(value, force_grouping=True)
