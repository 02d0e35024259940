"""A pool of threads that grows while some of them wait for locks."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

# A request that runs longer probably waits for a lock.
BLOCKED_SECONDS = 0.25
# A thread beyond the pool's size ends after being idle for this long.
IDLE_SECONDS = 30.0

Task = Callable[[], None]


class ThreadPool:
    """Keeps `size` threads available, of at most `limit`; each calls `at_end` last."""

    def __init__(self, size: int, limit: int, at_end: Task) -> None:
        self.size, self.limit, self.at_end = size, max(size, limit), at_end
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._lock = threading.Lock()
        self._number = 0
        # Thread id → monotonic start of its present task.
        self._began: dict[int, float] = {}
        for _ in range(size):
            self._start()

    def submit(self, task: Task) -> None:
        self._tasks.put(task)

    def gauges(self) -> dict[str, float]:
        return {
            "threads": self._number,
            "threads_busy": len(self._began),
            "threads_limit": self.limit,
            "requests_waiting": self._tasks.qsize(),
        }

    def relieve(self) -> None:
        """Start a thread for each blocked one while tasks wait."""
        if self._tasks.empty():
            return
        limit = time.monotonic() - BLOCKED_SECONDS
        blocked = sum(began < limit for began in list(self._began.values()))
        while self._number < min(self.size + blocked, self.limit):
            self._start()

    def _start(self) -> None:
        with self._lock:
            self._number += 1
        threading.Thread(target=self._work, name="request", daemon=True).start()

    def _work(self) -> None:
        thread_id = threading.get_ident()
        while True:
            try:
                task = self._tasks.get(timeout=IDLE_SECONDS)
            except Empty:
                if self._may_end():
                    return self.at_end()
                continue
            self._began[thread_id] = time.monotonic()
            task()
            del self._began[thread_id], task

    def _may_end(self) -> bool:
        with self._lock:
            is_surplus = self._number > self.size
            self._number -= is_surplus
            return is_surplus
