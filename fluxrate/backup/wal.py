"""Positions in the write-ahead log (LSN), and the files of its segments."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_PARTIAL = ".partial"


def position(text: str) -> int:
    """The number of bytes before an LSN such as 0/1A4F8E8."""
    high, _, low = text.partition("/")
    return int(high, 16) << 32 | int(low, 16)


def lsn(number: int) -> str:
    return f"{number >> 32:X}/{number & 0xFFFFFFFF:X}"


def segment(timeline: int, number: int, size: int) -> str:
    """The file name of a segment of `size` bytes."""
    high, low = divmod(number, (1 << 32) // size)
    return f"{timeline:08X}{high:08X}{low:08X}"


def segments(
    folders: list[Path], *, timeline: int, begin: int, size: int
) -> Iterator[Path]:
    """The files of a timeline from a position on, up to the first that is missing.

    A segment that is still being received ends in `.partial`.
    """
    for number in count(begin // size):
        name = segment(timeline, number, size)
        complete = [folder / name for folder in folders]
        partial = [folder / f"{name}{_PARTIAL}" for folder in reversed(folders)]
        path = next((each for each in complete + partial if each.exists()), None)
        if path is None:
            return
        yield path


def name(path: Path) -> str:
    """The name of a segment's file once it is complete."""
    return path.name.removesuffix(_PARTIAL)


def remove_before(folders: list[Path], name: str) -> None:
    """Remove the segments before this one, and folders that are then empty.

    The newest folder stays. Names sort as positions do, timelines first.
    """
    for folder in folders:
        for path in folder.iterdir():
            if _SEGMENT.match(path.name) and path.name[:24] < name:
                path.unlink()
    for folder in folders[:-1]:
        if not any(folder.iterdir()):
            folder.rmdir()
