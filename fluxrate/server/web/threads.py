"""Threads that answer requests; while some are held up, others take their part."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

# A request that takes longer waits for something, such as another's lock.
HELD_UP_SECONDS = 0.25
# A thread beyond the number ends when it had nothing to do for so long.
IDLE_SECONDS = 30.0

Task = Callable[[], None]


class ThreadPool:
    """`size` threads that are not held up, and at most `limit` in all.

    `at_end` runs in a thread that ends: it closes what belongs to the thread.
    """

    def __init__(self, size: int, limit: int, at_end: Task) -> None:
        self.size, self.limit, self.at_end = size, max(size, limit), at_end
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._lock = threading.Lock()
        self._number = 0
        # The thread and when it began with its present task.
        self._began: dict[int, float] = {}
        for _ in range(size):
            self._start()

    def submit(self, task: Task) -> None:
        self._tasks.put(task)

    @property
    def is_behind(self) -> bool:
        """Whether a task waits for a thread."""
        return not self._tasks.empty()

    def relieve(self) -> None:
        """Start a thread for each one that is held up, where a task waits."""
        if not self.is_behind:
            return
        now = time.monotonic()
        held_up = sum(
            now - began > HELD_UP_SECONDS for began in list(self._began.values())
        )
        while self._number < min(self.size + held_up, self.limit):
            self._start()

    def _start(self) -> None:
        with self._lock:
            self._number += 1
        threading.Thread(target=self._work, name="request", daemon=True).start()

    def _work(self) -> None:
        me = threading.get_ident()
        while True:
            try:
                task = self._tasks.get(timeout=IDLE_SECONDS)
            except Empty:
                if self._may_end():
                    break
                continue
            self._began[me] = time.monotonic()
            task()
            del self._began[me], task
        self.at_end()

    def _may_end(self) -> bool:
        with self._lock:
            if self._number <= self.size:
                return False
            self._number -= 1
            return True
