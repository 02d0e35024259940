"""The id of an event: its place among all events, as a UUID version 8 (RFC 9562).

60 bits of the transaction and 62 bits of the row, so that ids sort as events do and an
id alone says where to go on reading.
"""

import uuid
from typing import NamedTuple

_ROW_BITS = 62


class Place(NamedTuple):
    transaction: int
    row: int

    def id(self) -> uuid.UUID:
        high, low = divmod(self.transaction, 1 << 12)
        return uuid.UUID(
            int=high << 80 | 8 << 76 | low << 64 | 0b10 << _ROW_BITS | self.row
        )


def place(event_id: uuid.UUID) -> Place:
    """The place that an event's id says; for another id, some place."""
    number = event_id.int
    transaction = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return Place(transaction, number & ((1 << _ROW_BITS) - 1))
