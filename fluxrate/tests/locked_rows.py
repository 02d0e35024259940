"""Parallel changes of one customer while another session has locked its row."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from fluxrate.tests.live_site import Owner, Site


@contextmanager
def locked_writers(
    site: Site, owner: Owner, path: str, count: int
) -> Iterator[Counter[int]]:
    """The number of answers by status; the row is locked until the block ends, and then
    every writer is answered.
    """
    statuses: Counter[int] = Counter()

    def write() -> None:
        statuses[owner.ask("PATCH", path, {"name": "Grace"}).status] += 1

    writers = [threading.Thread(target=write) for _ in range(count)]
    with psycopg.connect(site.environment["DATABASE_URL"]) as holder:
        holder.execute("SELECT FROM customers_customer FOR UPDATE")
        for writer in writers:
            writer.start()
        yield statuses
    for writer in writers:
        writer.join()
    assert statuses.total() == count


def waiting(site: Site) -> int:
    """The number of sessions of the site's database that wait for a lock."""
    with psycopg.connect(site.environment["DATABASE_URL"]) as reader:
        row = reader.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return int(row[0]) if row else 0
