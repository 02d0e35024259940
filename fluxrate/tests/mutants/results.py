"""What became of the mutants of a module, as stored and as printed."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from .operators import Mutant


class Survivor(NamedTuple):
    path: str
    function: str
    line: int | None
    old: str
    new: str

    @classmethod
    def of(cls, mutant: Mutant) -> "Survivor":
        line = mutant.lines.start if mutant.lines else None
        return cls(mutant.path, mutant.function, line, mutant.old, mutant.new)

    @property
    def name(self) -> tuple[str, str, str]:
        return (self.path, self.old, self.new)

    def __str__(self) -> str:
        where = f"{self.path}:{self.line or ''} {self.function}"
        return f"  {where}\n    - {self.old}\n    + {self.new}"


class Result(NamedTuple):
    made: int
    endless: int
    """How many are killed only because they did not end."""
    survivors: list[Survivor]

    @property
    def killed(self) -> int:
        return self.made - len(self.survivors)

    @classmethod
    def read(cls, file: Path) -> tuple[str, "Result"]:
        """The digest of the module and its tests, and what became of its mutants."""
        if not file.exists():
            return "", cls(0, 0, [])
        digest, made, endless, survivors = json.loads(file.read_text())
        return digest, cls(made, endless, [Survivor(*each) for each in survivors])

    def write(self, file: Path, digest: str) -> None:
        file.write_text(json.dumps([digest, *self]))


class Kills:
    """The killed mutants of a module, stored one by one: a run goes on where it ended.

    With `again`, the kills of the same module by earlier tests count, too.
    """

    def __init__(self, file: Path, digest: str, *, again: bool) -> None:
        self._file = file
        before, *lines = file.read_text().splitlines() if file.exists() else [""]
        module, _, _ = digest.partition("-")
        if before != digest and not (again and before.startswith(f"{module}-")):
            lines = []
        file.write_text("\n".join([digest, *lines, ""]))

    def add(self, mutant: Mutant, killer: str) -> None:
        with self._file.open("a") as lines:
            lines.write(json.dumps([_checksum(mutant), killer]) + "\n")

    def killers(self) -> dict[str, str]:
        """By the checksum of the mutant, what killed it: forked processes add, too."""
        return dict(map(json.loads, self._file.read_text().splitlines()[1:]))

    def without(self, made: list[Mutant]) -> list[Mutant]:
        killers = self.killers()
        return [mutant for mutant in made if _checksum(mutant) not in killers]


def _checksum(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.source.encode()).hexdigest()


class Row(NamedTuple):
    """A row of the table of modules."""

    module: str
    made: int
    killed: int
    endless: int
    equivalent: int
    unnamed: int
    stale: int
    """Entries of equivalent.txt that name no survivor."""

    def __str__(self) -> str:
        numbers = "".join(f"{number:>11}" for number in self[1:])
        return f"{self.module:39}{numbers}{self.killed / self.made:9.1%}"

    @classmethod
    def total(cls, rows: "list[Row]") -> "Row":
        numbers = zip(*(row[1:] for row in rows), strict=True)
        return cls("all", *(sum(column) for column in numbers))

    @classmethod
    def title(cls) -> str:
        return " " * 39 + "".join(f"{name:>11}" for name in cls._fields[1:]) + f"{'':9}"
