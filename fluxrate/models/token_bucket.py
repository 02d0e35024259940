"""Token buckets that all processes share: one row, one statement, one clock."""

import hmac
import uuid
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models.functions import Now

# "excluded.full_at" is the database's clock plus the price, read once in a statement.
# The full_at of a full bucket is the clock, so that it never exceeds its capacity.
_TAKE = """
INSERT INTO fluxrate_tokenbucket AS bucket (key, full_at, granted)
VALUES (%(key)s::uuid, clock_timestamp() + %(price)s * interval '1 second', true)
ON CONFLICT (key) DO UPDATE SET (full_at, granted) = (
    SELECT CASE WHEN fits THEN after ELSE bucket.full_at END, fits
    FROM (SELECT after, after <= now + %(seconds)s * interval '1 second' AS fits
          FROM (SELECT greatest(bucket.full_at, now) + (excluded.full_at - now), now
                FROM (SELECT excluded.full_at - %(price)s * interval '1 second')
                     AS clock (now)) AS next (after, now)) AS verdict
)
RETURNING granted, extract(epoch FROM full_at - clock_timestamp())::float8
"""
_REFUND = """
UPDATE fluxrate_tokenbucket SET full_at = full_at - %(price)s * interval '1 second'
WHERE key = %(key)s::uuid
"""


class TokenBucketQuerySet(models.QuerySet):
    def named(self, name: str) -> Self:
        return self.filter(key=key_of(name))

    def filling(self) -> Self:
        """Buckets that are not full."""
        return self.filter(full_at__gt=Now())

    def full(self) -> Self:
        """Buckets that are full again; deleting their rows loses nothing."""
        return self.filter(full_at__lte=Now())


class TokenBucket(models.Model):
    """The time at which a bucket will be full again (generic cell rate algorithm).

    The table is UNLOGGED: a crash empties it, which fills the buckets. `key` is a keyed
    hash, so that the table contains no address and no email.
    """

    key = models.UUIDField(primary_key=True)
    full_at = models.DateTimeField()
    granted = models.BooleanField()

    objects = TokenBucketQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.key)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `capacity` tokens, refilled within `seconds`."""

    capacity: int
    seconds: float

    def price(self, tokens: int) -> float:
        """The seconds in which the tokens are refilled."""
        return tokens * self.seconds / self.capacity


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the tokens were granted; the tokens left; the seconds until they would be
    granted, and until the bucket is full.
    """

    granted: bool
    left: int
    wait: float
    full_in: float


def key_of(name: str) -> uuid.UUID:
    """The key of a bucket's name, for example `login:address:192.0.2.1`."""
    digest = hmac.digest(
        settings.SECRET_KEY.encode(), name.encode("utf-8", "surrogatepass"), "sha256"
    )
    return uuid.UUID(bytes=digest[:16])


def take(name: str, rate: Rate, tokens: int = 1, *, durable: bool = True) -> Verdict:
    """Take the tokens, or none if there are fewer.

    It runs in its own transaction, so that a later failure still counts. Inside another
    transaction, which might roll it back, it raises RuntimeError, unless `durable` is
    false: then only success counts.
    """
    price = rate.price(tokens)
    parameters: dict[str, str | float] = {
        "key": str(key_of(name)),
        "price": price,
        "seconds": rate.seconds,
    }
    with transaction.atomic(durable=durable), connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        granted, full_in = cursor.fetchone()
    full_in = max(0.0, full_in)
    left = int((rate.seconds - full_in) / rate.price(1) + 1e-6)
    return Verdict(
        granted,
        max(0, left),
        0.0 if granted else max(0.0, full_in + price - rate.seconds),
        full_in,
    )


def refund(name: str, rate: Rate, tokens: int = 1) -> None:
    """Return tokens to the bucket."""
    parameters: dict[str, str | float] = {
        "key": str(key_of(name)),
        "price": rate.price(tokens),
    }
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_REFUND, parameters)
