"""The objects that a batch changed, and the changes that a revert leaves."""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

MESSAGES = {
    "changed_since": "Somebody has changed this since.",
    "deleted_since": "Somebody has deleted this since.",
    "restored_since": "Somebody has restored this since.",
    "in_use": "Another object refers to this by now.",
    "erased": "The history of this was erased.",
    "not_revertible": "Changes of this kind are not reverted.",
}


@dataclass(frozen=True, slots=True)
class Left:
    """A change that stays, and why; `object_id` is None for all objects of the type."""

    object_type: str
    object_id: uuid.UUID | None
    code: str
    field: str | None = None
    details: str = ""

    @property
    def message(self) -> str:
        return self.details or MESSAGES[self.code]


class ChangedObject(NamedTuple):
    """An object that the batch changed; `revision` is None if its row is gone now."""

    id: uuid.UUID
    is_new: bool
    is_gone: bool
    is_erased: bool
    last: int
    revision: int | None

    @property
    def obstacle(self) -> str:
        """The reason for which the whole object stays; else ""."""
        if self.is_erased:
            return "erased"
        if self.is_gone:
            return "restored_since" if self.revision else ""
        if self.revision is None:
            return "" if self.is_new else "deleted_since"
        is_touched = self.revision != self.last
        return "changed_since" if self.is_new and is_touched else ""
