"""Static files, collected only if one of them has changed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from fluxrate.server.postgres.file_locks import exclusive


def collect_if_changed() -> None:
    """Fill STATIC_ROOT if it differs from the apps' static files.

    Nothing is written if it does not: an image may be read-only.
    """
    if is_collected():
        return
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with exclusive(root / ".lock"):
        if not is_collected():
            call_command("collectstatic", interactive=False, verbosity=0)


def is_collected() -> bool:
    stamp = _stamp()
    return stamp.exists() and stamp.read_text() == _fingerprint()


@contextmanager
def collecting() -> Iterator[None]:
    """Mark STATIC_ROOT as complete after the block, and as incomplete during it."""
    _stamp().unlink(missing_ok=True)
    yield
    _stamp().write_text(_fingerprint())


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _fingerprint() -> str:
    lines = [repr(settings.STORAGES), *sorted(_sources())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            # Not their times, which an image rounds.
            digest = hashlib.sha256(Path(storage.path(path)).read_bytes())
            yield f"{path} {digest.hexdigest()}"
