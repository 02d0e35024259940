"""Start the server again if it dies while it is in use."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fluxrate.server.postgres.errors import EmbeddedPostgresError

_POLL_SECONDS = 1.0
_MAX_PAUSE_SECONDS = 60.0

logger = logging.getLogger("fluxrate.postgres")


@contextmanager
def revived(
    is_running: Callable[[], bool], start: Callable[[], None]
) -> Iterator[None]:
    """Watch a server in a thread during the block.

    Failed starts are repeated after pauses that double up to a minute.
    """
    end = threading.Event()
    watch = threading.Thread(
        target=_watch, args=[end, is_running, start], daemon=True, name="postgres-watch"
    )
    watch.start()
    try:
        yield
    finally:
        end.set()
        watch.join()


def _watch(
    end: threading.Event, is_running: Callable[[], bool], start: Callable[[], None]
) -> None:
    pause = _POLL_SECONDS
    while not end.wait(pause):
        if is_running():
            pause = _POLL_SECONDS
            continue
        logger.warning("The embedded PostgreSQL has died and is started again.")
        try:
            start()
        except EmbeddedPostgresError as error:
            pause = min(pause * 2, _MAX_PAUSE_SECONDS)
            logger.error("%s Next try in %s s.", str(error).partition("\n")[0], pause)
