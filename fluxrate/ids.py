"""Identifiers whose order is the order of creation."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds,
    12 bits of the millisecond's fraction (section 6.2, method 3), 62 random bits.

    Two ids made by one process a microsecond apart sort as they were made.
    """
    milliseconds, fraction = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80
    value |= 0x7 << 76
    value |= (fraction * 4096 // 1_000_000) << 64
    value |= 0b10 << 62
    value |= int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=value)
