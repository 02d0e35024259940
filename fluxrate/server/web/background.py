"""The entry point of a process that runs `manage.py work` beside the web processes."""

import os
import signal
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn

import django
from django.core.management import call_command

from .child import leave_terminal


def work(ready: Connection) -> None:
    """Work until SIGTERM or the end of the parent process."""
    leave_terminal()
    # As in other commands of manage.py: the limit is for requests.
    os.environ.setdefault("STATEMENT_TIMEOUT", "0")
    signal.signal(signal.SIGTERM, _exit)
    django.setup()
    ready.send_bytes(b"ready")
    call_command("work")


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
