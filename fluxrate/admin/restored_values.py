"""Earlier values in the form of a record: `?restore=<event>&field=phone`."""

from collections.abc import Mapping

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fluxrate.models import Event

MAX_DIGITS = 18
FILLED_IN = _(
    "The earlier value is filled in. Nothing is saved yet: check it, and save it."
)


def restored_values(request: HttpRequest, record: Model | None) -> dict[str, object]:
    """The value before the event by field; of a map, only the key that `key` names."""
    number, name = request.GET.get("restore", ""), request.GET.get("field", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS
    if record is None or not is_number:
        return {}
    events = Event.objects.filter(pk=int(number), object_id=record.pk)
    changes: Mapping[str, list[object]] = {}
    for event in events:
        changes = event.changes
    if name not in changes:
        return {}
    old, key = changes[name][0], request.GET.get("key", "")
    present: object = getattr(record, name, None)
    if not key or not isinstance(present, dict):
        return {name: old}
    others = {each: text for each, text in present.items() if each != key}
    earlier = old if isinstance(old, dict) else {}
    return {name: others | {each: earlier[each] for each in [key] if each in earlier}}
