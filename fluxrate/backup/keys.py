"""The keys that sign sessions and tokens, in the form of `secrets.json` of DATA_DIR."""

import json
import shutil
from pathlib import Path

from django.conf import settings

from fluxrate.backup.progress import write

NAME = "secrets.json"
_KEYS = ("SECRET_KEY", "JWT_SIGNING_KEY")


def save(folder: Path) -> None:
    """Write the keys of the settings, wherever they come from."""
    keys = {name: getattr(settings, name) for name in _KEYS}
    for name in _KEYS:
        if previous := getattr(settings, f"{name}_FALLBACKS"):
            keys[f"{name}_FALLBACKS"] = ",".join(previous)
    write(folder / NAME, json.dumps(keys, indent=2))


def restore(folder: Path, data_dir: Path) -> None:
    """Put the keys of a base backup into DATA_DIR; rename others that are there."""
    source, target = folder / NAME, data_dir / NAME
    if target.exists() and target.read_bytes() != source.read_bytes():
        target.replace(data_dir / f"{NAME}.before-restore")
    shutil.copyfile(source, target)
    target.chmod(0o600)
