"""The settings of this process: Fluxrate's models, on the benchmark's own database.

The name of the database has the checksum of schema.sql, so a change of the schema makes
new data. Nothing here imports a model.
"""

import os
from hashlib import sha256
from pathlib import Path

import django

from fluxrate.server.postgres import ServerPaths

ROOT = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("DATA_DIR") or ROOT / ".data" / "bench").resolve()
PREFIX = "bench_"
NAME = PREFIX + sha256((ROOT / "schema.sql").read_bytes()).hexdigest()[:10]


def url(database: str = NAME) -> str:
    return ServerPaths.of(DATA_DIR).url(database=database)


def socket_folder() -> str:
    return str(ServerPaths.of(DATA_DIR).socket_dir)


def set_up() -> None:
    """Configure Django; models can be imported afterwards."""
    os.environ |= {
        "DATA_DIR": str(DATA_DIR),
        "DATABASE_URL": url(),
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "STATEMENT_TIMEOUT": "0",
    }
    django.setup()
