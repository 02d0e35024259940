"""Whether a value that a client sends back equals the value that it received.

Typed clients read values, not text: they write a time with another offset or precision,
a UUID in capitals, and leave out what is null.
"""

import re

from fluxrate.times import parse_time

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)"
)


def same(current: object, sent: object) -> bool:
    """Equal in value and type: 1 differs from true and from 1.0."""
    if type(current) is not type(sent):
        return False
    if isinstance(current, dict) and isinstance(sent, dict):
        names = current.keys() | sent.keys()
        return all(same(current.get(name), sent.get(name)) for name in names)
    if isinstance(current, list) and isinstance(sent, list):
        return len(current) == len(sent) and all(map(same, current, sent))
    if isinstance(current, str) and isinstance(sent, str) and current != sent:
        return _same_uuid(current, sent) or _same_time(current, sent)
    return bool(current == sent)


def _same_uuid(current: str, sent: str) -> bool:
    return bool(_UUID.fullmatch(current)) and current == sent.lower()


def _same_time(current: str, sent: str) -> bool:
    """The same instant, to the precision that was sent."""
    written = _TIME.fullmatch(sent)
    if not (written and _TIME.fullmatch(current)):
        return False
    expected, actual = parse_time(current), parse_time(sent)
    if expected is None or actual is None:
        return False
    unit = 10 ** max(0, 6 - len(written[1] or ""))
    return expected.replace(microsecond=expected.microsecond // unit * unit) == actual
