"""Pieces of SQL that are put together."""

from typing import Any


class Sql:
    """Pieces of SQL, and the parameters they hold, in the same order."""

    def __init__(self, text: str = "", *parameters: Any) -> None:
        self.text = text
        self.parameters = list(parameters)

    def add(self, text: str, *parameters: Any) -> "Sql":
        self.text += text
        self.parameters += parameters
        return self

    def put(self, piece: "Sql") -> "Sql":
        return self.add(piece.text, *piece.parameters)

    def join(self, separator: str, pieces: "list[Sql]") -> "Sql":
        for number, piece in enumerate(pieces):
            self.add(separator if number else "").put(piece)
        return self

    def fits(self, column: str, patterns: list[list[str]]) -> "Sql":
        """AND one of each list of patterns fits the column."""
        for either in patterns:
            likes = " OR ".join([f"{column} LIKE %s"] * len(either))
            self.add(f" AND ({likes})", *either)
        return self
