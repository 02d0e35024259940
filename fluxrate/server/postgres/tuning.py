"""The server's settings, sized for the machine."""

import os
from pathlib import Path

from fluxrate.server.postgres.paths import PORT, ServerPaths

_MB = 1024 * 1024
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108

_TEMPLATE = """\
# Written by Fluxrate at every start. For your own settings run
# ALTER SYSTEM SET name = value: they override this file and persist.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared_buffers}MB
effective_cache_size = {effective_cache_size}MB
maintenance_work_mem = {maintenance_work_mem}MB
work_mem = 16MB
dynamic_shared_memory_type = {dynamic_shared_memory_type}
random_page_cost = 1.1
jit = off
wal_compression = on
min_wal_size = 128MB
max_wal_size = 2GB
max_slot_wal_keep_size = 4GB
checkpoint_timeout = 15min
track_io_timing = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_checkpoints = off
# The log must not contain customers' data: no statements and no details.
log_min_error_statement = panic
log_min_duration_statement = -1
log_error_verbosity = terse
"""
# For data that may be lost, as in tests, whose databases are small.
_NOT_DURABLE = """\
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
"""


def _limits() -> list[int]:
    texts = [path.read_text().strip() for path in _CGROUP_LIMITS if path.exists()]
    return [int(text) for text in texts if text.isdecimal()]


def memory() -> int:
    """The bytes of memory that this machine or container may use."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_limits()])


def _share(part: int, *, minimum: int, maximum: int) -> int:
    """One `part`th of the memory in MB, within bounds in MB."""
    return max(minimum, min(maximum, memory() // part // _MB))


def _dynamic_shared_memory_type() -> str:
    """posix, or mmap if a container's /dev/shm is too small for sorting."""
    try:
        status = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return "posix"
    return "posix" if status.f_frsize * status.f_blocks >= 512 * _MB else "mmap"


def settings(paths: ServerPaths, *, durable: bool) -> str:
    """The text of the configuration file fluxrate.conf."""
    text = _TEMPLATE.format(
        port=PORT,
        socket_dir=paths.socket_dir,
        shared_buffers=_share(8, minimum=64, maximum=2048),
        effective_cache_size=_share(2, minimum=256, maximum=65536),
        maintenance_work_mem=_share(32, minimum=64, maximum=512),
        dynamic_shared_memory_type=_dynamic_shared_memory_type(),
    )
    return text if durable else text + _NOT_DURABLE
