"""How long did it take to ask everything that each board shows, in this process? For /metrics and for benchmarks."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Asked(NamedTuple):
    """Times asked, seconds in all, seconds of the slowest."""

    count: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


class ReadTimes:
    """By board. A name is cut at its first dot: what comes after it is a filter, or one thing's id."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """Times what happens inside; what raises counts as well."""
        began = self._clock()
        try:
            yield
        finally:
            took, board = self._clock() - began, name.partition(".")[0]
            with self._lock:
                known = self._asked.get(board, Asked())
                self._asked[board] = Asked(known.count + 1, known.seconds + took, max(known.slowest, took))

    def all(self) -> dict[str, Asked]:
        """As of now, by name."""
        with self._lock:
            return dict(sorted(self._asked.items()))


READ_TIMES = ReadTimes()
