"""What each child process of the supervisor does first."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def leave_terminal() -> None:
    """Let Ctrl-C reach the parent only, which then stops its children; get SIGTERM when
    the parent has ended.
    """
    os.setsid()
    # The parent has blocked it until now.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_stop_with_parent, daemon=True).start()


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
