"""How often may one caller call? A token bucket each: so many a second, and more in one burst."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

KNOWN = 10_000
"""Callers remembered; the one that was quiet longest is forgotten first, and starts with a full bucket."""


class TokenBuckets:
    """Buckets by caller. Used from the event loop only, so it needs no lock. A rate of 0 lets everything through."""

    def __init__(self, rate: float, *, burst: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = 2.0 * rate if burst is None else burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> int:
        """Take a token: 0 if there was one, else the whole seconds after which to try again."""
        if self._rate <= 0:
            return 0
        now = self._clock()
        tokens, then = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        if len(self._buckets) >= KNOWN:
            self._buckets.popitem(last=False)
        if tokens >= 1.0:
            self._buckets[caller] = (tokens - 1.0, now)
            return 0
        self._buckets[caller] = (tokens, now)
        return max(1, math.ceil((1.0 - tokens) / self._rate))
