"""What a worker does again and again."""

from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple, cast

from django.utils.module_loading import import_string

Round = Generator[Mapping[str, int], None, None]


class Lane(NamedTuple):
    """`path` is that of a function which begins a round and yields the counts of each
    step; a worker stops between steps. `every` is the seconds between two rounds.
    """

    name: str
    path: str
    every: float

    def begin(self) -> Round:
        return cast(Callable[[], Round], import_string(self.path))()


# Apps name functions by their paths: when an app is loaded, models cannot be imported.
LANES: list[Lane] = []
