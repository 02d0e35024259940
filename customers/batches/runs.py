"""Operations in a row that can happen at once."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from rest_framework.serializers import Serializer

from fluxrate.api.fast_path.acceptors import BodyAcceptor, NotAcceptedError
from fluxrate.text import normalized

Operation = dict[str, Any]


def validated(serializer: Serializer, data: object) -> Operation:
    """The data of a serializer that is used for one row after another."""
    return cast(Operation, serializer.run_validation(data))


class Validator:
    """Validates the data of one row after another, like the serializer, which alone has
    words for what the acceptor does not accept.
    """

    def __init__(self, serializer: Serializer, acceptor: BodyAcceptor) -> None:
        self._serializer, self._acceptor = serializer, acceptor

    def __call__(self, data: object) -> Operation:
        try:
            return self._acceptor.accept(data)
        except NotAcceptedError:
            return validated(self._serializer, data)


def runs(operations: Mapping[int, Operation]) -> Iterator[tuple[str, list[int]]]:
    """The operations by position, in runs of one `op` that name no row twice."""
    op, run, seen = "", list[int](), set[object]()
    for index, operation in operations.items():
        keys = set(_keys(operation))
        if run and (operation["op"] != op or keys & seen):
            yield op, run
            run, seen = [], set()
        op = operation["op"]
        run.append(index)
        seen |= keys
    if run:
        yield op, run


def _keys(operation: Operation) -> Iterator[object]:
    """What identifies the rows that the operation reads or writes."""
    yield from (operation[name] for name in ("id", "external_id") if name in operation)
    own = operation.get("data", {}).get("external_id")
    if isinstance(own, str):
        yield normalized(own)
