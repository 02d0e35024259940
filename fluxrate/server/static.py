"""Static files, collected again only when one of them has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from fluxrate.server.postgres.file_locks import alone


def collect_if_changed() -> None:
    """Fill STATIC_ROOT when it is not up to date with what the apps bring."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    stamp = root / ".collected"
    with alone(root / ".lock"):
        found = _fingerprint()
        if stamp.exists() and stamp.read_text() == found:
            return
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(found)


def _fingerprint() -> str:
    lines = [repr(settings.STORAGES), *sorted(_sources())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            yield f"{path} {found.st_size} {found.st_mtime_ns}"
