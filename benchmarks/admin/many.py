"""An export and actions on many rows, with the memory that they take."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import urlencode

import psutil

from customers.models import Customer
from organizations.models import Organization

from .dataset import BATCH, LARGE
from .staff import Staff

CUSTOMERS = "/admin/customers/customer/"
MAX_SECONDS = 600
COLUMNS = ["id", "name", "email", "phone", "status", "created_at"]


def many(staff: Staff, other: Staff, server: psutil.Process) -> Iterator[str]:
    """Sentences of what was measured; `other` reads lists meanwhile."""
    large = Organization.objects.get(name=LARGE)
    query = urlencode({"organization": str(large.pk)})
    yield _export(staff, query, server)
    ids = Customer.objects.filter(organization=large).order_by("id")
    yield _act(staff, [str(pk) for pk in ids.values_list("pk", flat=True)[:BATCH]])
    yield _act_on_list(staff, other, query, server)


def _export(staff: Staff, query: str, server: psutil.Process) -> str:
    page = f"{CUSTOMERS}export/?{query}"
    staff.get(page)
    form = {"columns": COLUMNS, "reason": "benchmark"}
    with _memory(server) as grown:
        first, seconds, lines = staff.download(page, form)
    rows = lines - 1
    return (
        f"Export of {rows:,} rows: first bytes after {first:.2f} s, "
        f"{rows / seconds:,.0f} rows a second, {grown[0]:.0f} MB more memory."
    )


def _question(staff: Staff, query: str, form: dict[str, object]) -> None:
    """Go to the question of marking the selected customers inactive."""
    staff.get(f"{CUSTOMERS}?{query}")
    form |= {"action": "mark_inactive", "index": "0"}
    _, status = staff.post(f"{CUSTOMERS}?{query}", form)
    assert status == 302, (status, staff.page[:500])
    staff.get(staff.location)


def _act(staff: Staff, ids: list[str]) -> str:
    _question(staff, "", {"_selected_action": ids})
    seconds, status = staff.post(staff.path, {"reason": "benchmark"})
    assert status == 302, (status, staff.page[:500])
    return f"{len(ids):,} customers marked inactive: {seconds:.2f} s."


def _act_on_list(staff: Staff, other: Staff, query: str, server: psutil.Process) -> str:
    idle = median(other.get(CUSTOMERS)[0] for _ in range(20))
    _question(staff, query, {"select_across": "1", "_selected_action": []})
    began = time.perf_counter()
    staff.post(staff.path, {"reason": "benchmark"})
    result, busy = staff.location, []
    with _memory(server) as grown:
        while b"data-refresh" in staff.page or not busy:
            assert time.perf_counter() - began < MAX_SECONDS, "The worker is too slow."
            busy.append(other.get(CUSTOMERS)[0])
            staff.get(result)
            time.sleep(0.2)
    seconds = time.perf_counter() - began
    return (
        f"The list of the large organization marked inactive by the worker: "
        f"{seconds:.0f} s, {grown[0]:.0f} MB more memory. A list took "
        f"{median(busy) / idle:.1f} times as long meanwhile."
    )


@contextmanager
def _memory(server: psutil.Process) -> Iterator[list[float]]:
    """Megabytes that the server's processes have grown by, at most."""
    grown, before, end = [0.0], _resident(server), threading.Event()

    def watch() -> None:
        while not end.wait(0.05):
            grown[0] = max(grown[0], (_resident(server) - before) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield grown
    finally:
        end.set()
        watcher.join()


def _resident(server: psutil.Process) -> int:
    processes = [server, *server.children(recursive=True)]
    return sum(process.memory_info().rss for process in processes)
