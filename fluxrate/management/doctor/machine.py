"""Checks of the machine."""

import os
import resource
import shutil

import psutil
from django.conf import settings

from fluxrate.server.static import is_collected

from .finding import Finding, error_if, warning_if

_MEMORY_OF_PROCESS = 100_000_000
_LEAST_FREE_DISK = 1_000_000_000


def data_directory() -> Finding:
    """Locks in DATA_DIR limit how many passwords are hashed at once."""
    folder = settings.DATA_DIR
    message = f"{folder} is not writable: each process limits password hashes alone."
    return warning_if(
        not os.access(folder, os.W_OK | os.X_OK), message, f"{folder} is writable."
    )


def disk() -> Finding:
    folder = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB are free at {folder}. Writes fail if none is."
    return warning_if(
        free < _LEAST_FREE_DISK, message, f"{free / 1e9:.0f} GB are free."
    )


def memory() -> Finding:
    free = psutil.virtual_memory().available
    need = (settings.WEB_CONCURRENCY + settings.WORKERS) * _MEMORY_OF_PROCESS
    message = (
        f"{free / 1e6:.0f} MB of memory are available; processes take {need / 1e6:.0f}."
    )
    return warning_if(free < need, message, f"{free / 1e6:.0f} MB are available.")


def open_files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_low = hard != resource.RLIM_INFINITY and hard < 4_096
    message = (
        f"{hard} open files limit the connections. Raise LimitNOFILE or ulimit -n."
    )
    return warning_if(is_low, message, "The limit of open files is high enough.")


def static_files() -> Finding:
    root = settings.STATIC_ROOT
    is_writable = os.access(root if root.exists() else root.parent, os.W_OK)
    message = f"{root} lacks files and is not writable. Run manage.py collectstatic."
    return error_if(
        not is_collected() and not is_writable,
        message,
        "Static files are collected, or can be.",
    )
