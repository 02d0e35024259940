"""Keys that an installation makes for itself when it is given none."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_BYTES = 48


def local_key(data_dir: Path, name: str) -> str:
    """Return the key of a name, made at random at the first call and then kept.

    Keys are in `secrets.json` (mode 0600) of the data folder. Losing the file ends
    every session, and nothing else.
    """
    path = data_dir / "secrets.json"
    try:
        return _read(path).get(name) or _make(path, name)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set, and {path} cannot keep one ({error.strerror}): set "
            f"{name}, or DATA_DIR to a folder that can be written."
        ) from error


def _make(path: Path, name: str) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path):
        kept = _read(path)
        key = kept.setdefault(name, secrets.token_urlsafe(_BYTES))
        _write(path, kept)
    return key


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise ImproperlyConfigured(
            f"{path} is damaged: put it back from a backup, or remove it to get new "
            "keys (everybody has to log in again)."
        )
    return kept


def _write(path: Path, kept: dict[str, str]) -> None:
    """Replace the file in one step, so that no reader and no crash sees half."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time make keys; the lock dies with its process."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
