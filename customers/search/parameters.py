"""The names of a statement's parameters."""

import re
from typing import NamedTuple

SEPARATOR = "."
_PARAMETER = re.compile(r"%\(([\w.]+)\)s")


def value(name: str, *path: int) -> str:
    """The parameter for an attribute of `Values`, or for an item of it."""
    return f"%({SEPARATOR.join([name, *map(str, path)])})s"


def values(name: str, *counts: int) -> list[list[str]]:
    """The parameters for a list of lists of these lengths."""
    return [
        [value(name, at, index) for index in range(count)]
        for at, count in enumerate(counts)
    ]


class Parameter(NamedTuple):
    """A named parameter of a text, and the attribute of `Values` that it stands for."""

    name: str
    attribute: str
    path: tuple[int, ...]


def parameters(text: str) -> list[Parameter]:
    """The parameters of a text, each once."""
    names = dict.fromkeys(_PARAMETER.findall(text))
    parted = [(name, name.split(SEPARATOR)) for name in names]
    return [
        Parameter(name, attribute, tuple(map(int, path)))
        for name, (attribute, *path) in parted
    ]


def positional(text: str) -> tuple[str, list[str]]:
    """The text with %s, and the names of its parameters in their order."""
    return _PARAMETER.sub("%s", text), _PARAMETER.findall(text)
