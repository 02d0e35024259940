"""Keys that an installation generates when its environment has none."""

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
    """Return the key of a name, generated at the first call.

    Keys are in `secrets.json` (mode 0600) of the data folder. Losing the file ends all
    sessions and nothing else.
    """
    path = data_dir / "secrets.json"
    try:
        return _read(path).get(name) or _generate(path, name)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set, and {path} cannot keep one ({error.strerror}): set "
            f"{name}, or DATA_DIR to a folder that can be written."
        ) from error


def _generate(path: Path, name: str) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _exclusive(path):
        keys = _read(path)
        key = keys.setdefault(name, secrets.token_urlsafe(_BYTES))
        _write(path, keys)
    return key


def _read(path: Path) -> dict[str, str]:
    try:
        keys = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        keys = None
    if not isinstance(keys, dict):
        raise ImproperlyConfigured(
            f"{path} is damaged: put it back from a backup, or remove it to get new "
            "keys (everybody has to log in again)."
        )
    return keys


def _write(path: Path, keys: dict[str, str]) -> None:
    """Replace the file in one step: neither a reader nor a crash sees half of it."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """One process at a time generates keys; the lock ends with its process."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
