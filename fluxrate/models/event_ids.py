"""The id of an event: its position among all events, as a UUID version 8 (RFC 9562).

It holds 60 bits of the transaction and 62 bits of the row, so that ids sort as events
do, and a reader can continue after an id alone.
"""

import uuid
from typing import NamedTuple, Self

_ROW_BITS = 62


class EventPosition(NamedTuple):
    transaction: int
    row: int

    @classmethod
    def from_id(cls, event_id: uuid.UUID) -> Self:
        """The position in an event's id; any other UUID gives some position."""
        number = event_id.int
        transaction = (number >> 80) << 12 | (number >> 64) & 0xFFF
        return cls(transaction, number & ((1 << _ROW_BITS) - 1))

    def id(self) -> uuid.UUID:
        high, low = divmod(self.transaction, 1 << 12)
        return uuid.UUID(
            int=high << 80 | 8 << 76 | low << 64 | 0b10 << _ROW_BITS | self.row
        )
