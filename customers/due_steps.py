"""A round of the worker's lane `advance`."""

from collections.abc import Generator
from datetime import UTC, datetime

from .models.subscription_advance import Outcomes, advance


def advance_due() -> Generator[Outcomes, None, None]:
    """Take every step that is due now; yields the outcomes of each batch."""
    yield from advance(at=datetime.now(UTC))
