"""Ten buyers, one kind, one SKU, 24 hours: the customer's floor, where ten are not what its sales bring anyway.

The tenth buyer tips it if so many within the hours would be surprising: by the Poisson tail at what is usual at most,
times all SKUs and kinds, times the windows of a day that hardly overlap.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import poisson

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.evidence import Scan
from engine.aftersales.streams import DAY_US, Flags, Floats, Ints, Universe
from engine.model.incidents import Level

_WINDOWS = 8.0
"""Windows of a day that are as good as independent: a sliding maximum over 24 h passes a far limit about eight times as
often as one fixed window, for counts around ten (simulated)."""


class FloorCount:
    """The times of the last complaints of every SKU and kind, one fewer than the floor asks for."""

    def __init__(self, rules: BatchRules, universe: Universe, kinds: int) -> None:
        self._rules = rules
        self._kinds = kinds
        streams = (universe.size(Level.SKU) if Level.SKU in universe.levels else 0) * kinds
        self._last = np.full((streams, rules.floor.buyers - 1), -(2**60), dtype=np.int64)  # oldest first
        self._yesterday = np.zeros(streams)
        self._most = np.zeros(streams)
        self._streams = max(streams, 1)

    def midnight(self) -> None:
        """A day is over: its rates are yesterday's."""
        self._yesterday = self._most

    def rates(self, most: Floats) -> None:
        """Complaints a day [key, kind] that are usual at most."""
        self._most = most.ravel()
        if not self._yesterday.any():
            self._yesterday = self._most

    def first_tipped(self, scan: Scan, waived: Flags, clock: Callable[[Ints], Floats]) -> tuple[int, int, float] | None:
        """The first complaint of a scan that makes the floor and surprises: its place, its stream, the p-value."""
        if not len(scan.event):
            return None
        floor, back = self._rules.floor, self._rules.floor.buyers - 1
        tenth = self._back(scan, back)
        reached = np.flatnonzero((scan.time - tenth <= floor.hours * DAY_US / 24) & ~waived[scan.event])
        if not len(reached):
            return None
        stream, share = scan.stream[reached], clock(scan.time[reached])
        both = np.maximum(self._most[stream], share * self._most[stream] + (1 - share) * self._yesterday[stream])
        mean = both * floor.hours / 24
        p_value = np.minimum(1.0, poisson.sf(floor.buyers - 1, mean) * self._streams * _WINDOWS)
        test = self._rules.test
        sure = reached[p_value <= test.false_alarms_a_day * test.floor_share]
        if not len(sure):
            return None
        first = sure[np.argmin(scan.event[sure])]
        return int(scan.event[first]), int(scan.stream[first]), float(p_value[np.flatnonzero(reached == first)[0]])

    def keep(self, scan: Scan, before: int) -> None:
        """Let the scan's complaints below the place `before` have happened."""
        kept = scan.event < before
        stream, time = scan.stream[kept], scan.time[kept]
        if not len(stream):
            return
        # The scan is sorted by stream, then time: the newest of each are the last rows of its stretch.
        start = np.flatnonzero(np.append(True, stream[1:] != stream[:-1]))
        for one, mine in zip(stream[start], np.split(time, start[1:]), strict=True):
            newest = np.concatenate([self._last[one], mine[-self._last.shape[1] :]])
            self._last[one] = newest[-self._last.shape[1] :]

    def _back(self, scan: Scan, back: int) -> Ints:
        """The time of the complaint `back` places earlier in each one's stream."""
        first = np.ones(len(scan.stream), dtype=bool)
        first[1:] = scan.stream[1:] != scan.stream[:-1]
        start = np.flatnonzero(first)[np.cumsum(first) - 1]
        place = np.arange(len(scan.stream))
        inside = place - start >= back
        missing = np.clip(place - start, 0, back - 1)
        earlier: Ints = np.where(inside, scan.time[np.maximum(place - back, 0)], self._last[scan.stream, missing])
        return earlier
