"""Whether what comes back is what was answered, in whichever way it is written.

Typed clients read values, not text: they write a time with another offset or precision,
a UUID in capitals, and leave out what is null.
"""

import re
from typing import Any

from fluxrate.times import parse_time

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)"
)


def same(answered: Any, sent: Any) -> bool:
    """Equal in value, and of one type: neither 1 and true nor 1 and 1.0."""
    if type(answered) is not type(sent):
        return False
    if isinstance(answered, dict):
        names = answered.keys() | sent.keys()
        return all(same(answered.get(name), sent.get(name)) for name in names)
    if isinstance(answered, list):
        return len(answered) == len(sent) and all(map(same, answered, sent))
    if isinstance(answered, str) and answered != sent:
        return _same_uuid(answered, sent) or _same_time(answered, sent)
    return bool(answered == sent)


def _same_uuid(answered: str, sent: str) -> bool:
    return bool(_UUID.fullmatch(answered)) and answered == sent.lower()


def _same_time(answered: str, sent: str) -> bool:
    """The same instant, as far as the digits go that were sent."""
    written = _TIME.fullmatch(sent)
    if not (written and _TIME.fullmatch(answered)):
        return False
    one, other = parse_time(answered), parse_time(sent)
    if one is None or other is None:
        return False
    kept = 10 ** max(0, 6 - len(written[1] or ""))
    return one.replace(microsecond=one.microsecond // kept * kept) == other
