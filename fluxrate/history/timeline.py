"""An event as people read it: what happened, to what, and which values changed."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from fluxrate.models import Event

from .serializers import EventSerializer
from .value_text import Change, pairs_of_text

# A related object's name is in a field of its own.
_HIDDEN = {"id", "organization_id", "customer_id", "created_at", "due_at"}


@dataclass(frozen=True)
class Entry:
    """An event with the name of its actor, and the addresses of both; "" for none."""

    event: Event
    who: str
    who_url: str = ""
    url: str = ""
    # The form that can show the earlier values of these fields.
    edit_url: str = ""
    restorable: frozenset[str] = frozenset()
    # The present name of an object whose events do not have it.
    object_name: str = ""

    @property
    def title(self) -> str:
        """`Subscription trial extended`"""
        noun, _, verb = self.event.type.partition(".")
        noun = "API key" if noun == "api_key" else noun.capitalize()
        return f"{noun} {verb}".replace("_", " ")

    @property
    def subject(self) -> str:
        """The object's name then; "" after an erasure."""
        data = self.event.data
        names = (data.get(key) for key in ("name", "plan_name", "email", "prefix"))
        return next((str(name) for name in names if name), self.object_name)

    @property
    def is_new(self) -> bool:
        """Whether the object had no values before."""
        return self.event.type.endswith((".created", ".restored"))

    @cached_property
    def changes(self) -> list[Change]:
        """The name, the old and the new value of each changed field."""
        return [change for change, _ in self.rows]

    @cached_property
    def rows(self) -> list[tuple[Change, str]]:
        """Each change, and the address of the form with its old value; "" for none."""
        fields = EventSerializer().get_changes(self.event)
        if "plan_name" in fields:
            fields.pop("plan_id", None)
        return [
            (change, self._restore_url(name, change[0]))
            for name, (old, new) in fields.items()
            if name not in _HIDDEN
            for change in pairs_of_text(name, old, new)
        ]

    def _restore_url(self, name: str, label: str) -> str:
        if name not in self.restorable or self.is_new or self.event.is_deletion:
            return ""
        query = {"restore": self.event.pk, "field": name}
        # `metadata.tier` is a key of the field `metadata`.
        _, is_key, key = label.partition(".")
        return f"{self.edit_url}?{urlencode(query | ({'key': key} if is_key else {}))}"
