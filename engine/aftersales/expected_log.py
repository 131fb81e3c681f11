"""How many complaints were expected of each stream between two instants of the last weeks, and how many came?

Marked at every tick, so that any recent stretch is a difference; between ticks they are taken to come evenly.
"""

import numpy as np

from engine.aftersales.streams import Floats, Ints, Universe
from engine.model.incidents import Level

Totals = dict[Level, Floats]
"""[key, kind] by level."""


class ExpectedLog:
    """Complaints since the start, expected and come, as of each tick."""

    def __init__(self, universe: Universe, kinds: int, *, start: int, keep_us: int) -> None:
        self._keep_us = keep_us
        self._times = [start]
        self._expected: list[Totals] = [_zeros(universe, kinds)]
        self._came: list[Totals] = [_zeros(universe, kinds)]
        self._rates = _zeros(universe, kinds)
        self._clock = 0.0

    def rates(self, rates: Totals, clock: float) -> None:
        """From the last mark on, so many are expected a day; the day's clock stands at `clock`."""
        self._rates, self._clock = rates, clock

    def mark(self, at: int, came: Totals, clock: float) -> None:
        """A tick: what came since the last one. The day's clock now stands at `clock`, 1 at midnight."""
        share = clock - self._clock
        last, before = self._expected[-1], self._came[-1]
        self._times.append(at)
        self._expected.append({level: last[level] + share * self._rates[level] for level in last})
        self._came.append({level: before[level] + came[level] for level in before})
        while len(self._times) > 2 and self._times[1] < at - self._keep_us:
            del self._times[0], self._expected[0], self._came[0]

    def until(self, level: Level, at: int, clock: float) -> Floats:
        """[key, kind]: expected until an instant. `clock`: the day's at that instant; read after the last mark only."""
        if at >= self._times[-1]:
            return self._expected[-1][level] + max(clock - self._clock, 0.0) * self._rates[level]
        return _between_marks(self._times, self._expected, level, at)

    def of_stream(self, level: Level, key: int, kind: int, times: Ints, clocks: Floats) -> Floats:
        """The same of one key and kind, until many instants with the day's clock at each."""
        marks = np.array([mark[level][key, kind] for mark in self._expected])
        before: Floats = np.interp(times, self._times, marks)
        after = marks[-1] + np.maximum(clocks - self._clock, 0.0) * self._rates[level][key, kind]
        return np.where(times >= self._times[-1], after, before)

    def of_day(self, midnight: int, day_us: int) -> Totals:
        """Expected on the day that ended at `midnight`."""
        before = {level: _between_marks(self._times, self._expected, level, midnight - day_us) for level in self._rates}
        return {level: self._expected[-1][level] - before[level] for level in before}

    def last(self, span_us: int, level: Level) -> tuple[Floats, Floats]:
        """[key, kind]: expected and come in the `span_us` before the last mark."""
        since = self._times[-1] - span_us
        return (
            self._expected[-1][level] - _between_marks(self._times, self._expected, level, since),
            self._came[-1][level] - _between_marks(self._times, self._came, level, since),
        )


def _zeros(universe: Universe, kinds: int) -> Totals:
    return {level: np.zeros((universe.size(level), kinds)) for level in universe.levels}


def _between_marks(times: list[int], marks: list[Totals], level: Level, at: int) -> Floats:
    place = int(np.searchsorted(times, at, side="right")) - 1
    if place < 0:
        return marks[0][level]
    if place + 1 >= len(times):
        return marks[-1][level]
    before, after = marks[place][level], marks[place + 1][level]
    found: Floats = before + (at - times[place]) / (times[place + 1] - times[place]) * (after - before)
    return found
