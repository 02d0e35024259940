"""The keys that sign logins and tokens: a start compares them with the last start's."""

from collections.abc import Iterator

from django.conf import settings

from fluxrate.config.key_id import key_id
from fluxrate.context import context
from fluxrate.models import INSTALLATION, Event, write_event

NAMES = ("SECRET_KEY", "JWT_SIGNING_KEY")
TYPE = "installation.keys_changed"


def unknown_keys() -> Iterator[str]:
    """The settings whose value was another one at the last start of any server on this
    database, unless their fallbacks name it. The ids of new keys are recorded.
    """
    keys = {name: key_id(getattr(settings, name)) for name in NAMES}
    events = Event.objects.filter(object_id=INSTALLATION, type=TYPE)
    last = events.order_by("-id").first()
    before: dict[str, str] = last.data if last else {}
    if before == keys:
        return
    with context(actor="command:up"):
        write_event(TYPE, object_id=INSTALLATION, data=keys)
    for name in NAMES:
        fallbacks = getattr(settings, f"{name}_FALLBACKS")
        if before.get(name, keys[name]) not in {keys[name], *map(key_id, fallbacks)}:
            yield name
