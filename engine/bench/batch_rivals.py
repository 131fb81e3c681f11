"""What the watch over complaints is measured against, on the same stream: the plain count, EARS C2, CUSUM, the oracle.

Each says at which instants it rings for a stream of complaints (us since the start, of one SKU or lot and one kind).
"""

from collections.abc import Iterator
from math import log

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DAY_US = 86_400_000_000


def plain_count(times: Times, *, buyers: int = 10, hours: float = 24.0) -> Times:
    """The customer's rule: ten within 24 hours. Rings once, until fewer than ten are in the window."""
    window = round(hours * DAY_US / 24)
    if len(times) < buyers:
        return times[:0]
    reached = np.zeros(len(times), dtype=bool)
    reached[buyers - 1 :] = times[buyers - 1 :] - times[: len(times) - buyers + 1] <= window
    rings = reached.copy()
    rings[1:] &= ~reached[:-1]
    return times[rings]


def ears_c2(times: Times, *, days: int, threshold: float = 3.0) -> Times:
    """EARS C2: a day's count above mean plus three standard deviations of seven days, two days earlier. It rings at the
    end of the day, which is when the count is known; at least three complaints."""
    counts = np.bincount((times // DAY_US).astype(int), minlength=days)[:days].astype(float)
    rings = []
    for day in range(9, days):
        past = counts[day - 9 : day - 2]
        limit = past.mean() + threshold * max(past.std(ddof=1), 0.5)
        if counts[day] > limit and counts[day] >= 3:
            rings.append((day + 1) * DAY_US)
    return np.array(rings, dtype=np.int64)


def flat_cusum(times: Times, *, rate: float, limit: float, ratio: float = 4.0) -> Times:
    """CUSUM against a flat rate a day; after it rang it starts anew."""
    return _cusum(times, rate * times / DAY_US, limit=limit, ratio=ratio)


def oracle_cusum(times: Times, expected: Floats, *, limit: float, ratio: float) -> Times:
    """CUSUM that knows the stream, the true expectation until each complaint, and the true ratio: nothing can be faster
    at as many false alarms on this one stream."""
    return _cusum(times, expected, limit=limit, ratio=ratio)


def oracle_peak(expected: Floats, *, ratio: float) -> float:
    """The highest that the same CUSUM climbs, given what was expected until each complaint."""
    return max(_climb(expected, np.inf, ratio), default=0.0)


def _cusum(times: Times, expected: Floats, *, limit: float, ratio: float) -> Times:
    levels = np.array(list(_climb(expected, limit, ratio)))
    return times[levels >= limit] if len(times) else times


def _climb(expected: Floats, limit: float, ratio: float) -> Iterator[float]:
    """The CUSUM just after each complaint; where it passed the limit it starts anew."""
    level, last = 0.0, 0.0
    for until in expected.tolist():
        level = max(level - (ratio - 1) * (until - last), 0.0) + log(ratio)
        last = until
        yield level
        if level >= limit:
            level = 0.0
