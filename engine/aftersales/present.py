"""What is expected of every stream today, what is unusual, and what has come so far: the state between two ticks.

At a tick (every hour while nothing is known, then every few hours) rates are set anew from all that came before, and
stay until the next one. So a decision never depends on when somebody looked.
"""

import numpy as np

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.expected_log import ExpectedLog
from engine.aftersales.streams import DAY_US, Complaints, Flags, Floats, Ints, Universe
from engine.aftersales.usual import Usual
from engine.model.incidents import Level

HOUR_US = DAY_US // 24
UNTOLD = 0.05
"""Weight of a key without exposure, beside one that has some: it can bring complaints all the same, of units that
nobody told of; if such keys are as many as the others, the family pays 5 % more."""
UNHEARD = 1e12
"""Complaints a day that are usual at most of a kind that nobody knows yet: nothing is above it."""


class Present:
    """Rates, limits and weights [key, kind] by level from the last tick on, and what came since midnight."""

    def __init__(self, rules: BatchRules, universe: Universe, complaints: Complaints) -> None:
        self.rules, self.universe = rules, universe
        self.kinds = len(universe.kinds)
        days = [day for by_day in universe.exposure.values() for day in by_day]
        if len(complaints):
            days.append(int(complaints.time[0] // DAY_US))
        self._first_day = min(days, default=0)
        self.at = self._first_day * DAY_US
        self.usual = Usual(rules, universe, self._first_day)
        keep = round(rules.incident.look_back_days * DAY_US) + DAY_US
        self._log = ExpectedLog(universe, self.kinds, start=self.at, keep_us=keep)
        self._accepted: list[tuple[Level, int, int, float, int]] = []  # level, key, kind, ratio, until
        self.weights: dict[Level, Floats] = {}  # by stream
        self.most: dict[Level, Floats] = {}
        self.today: dict[Level, Floats] = {}  # complaints since midnight that nothing explains
        self._since_tick: dict[Level, Floats] = {}  # and all that nothing explained when they came, since the last tick
        self._hours = np.zeros(24)
        self.open_day()

    @property
    def day(self) -> int:
        """Days since 1970."""
        return self.usual.day

    @property
    def known(self) -> Flags:
        """[kind]: whether enough days and complaints have passed to say what is usual. Before, nothing is unusual."""
        return self.usual.known & (not self._learning)

    @property
    def _learning(self) -> bool:
        return self.at < (self._first_day + self.rules.learning.first_days) * DAY_US

    def next_tick(self) -> int:
        """When rates are set anew."""
        step = HOUR_US * (1 if self._learning else self.rules.incident.look_hours)
        return (self.at // step + 1) * step

    def clock(self, at: int) -> float:
        """The share of the present day's complaints that usually came by an instant of it."""
        return float(self.clocks(np.array([at]))[0])

    def clocks(self, times: Ints) -> Floats:
        """The same of many."""
        into = (times - self.day * DAY_US) / HOUR_US
        share: Floats = np.interp(into, np.arange(25), self.usual.clock_marks)
        return share

    def expected(self, level: Level, since: int, until: int) -> Floats:
        """[key, kind]: expected between two instants, neither after the present day."""
        before = self._log.until(level, since, self.clock(since))
        return self._log.until(level, until, self.clock(until)) - before

    def expected_until(self, level: Level, key: int, kind: int, times: Ints) -> Floats:
        """Expected of one key and kind from the start until each instant, none after the present day."""
        return self._log.of_stream(level, key, kind, times, self.clocks(times))

    def count(self, level: Level, stream: Ints, time: Ints) -> None:
        """Complaints that nothing explains, of distinct buyers."""
        counts = np.bincount(stream, minlength=self.today[level].size).reshape(-1, self.kinds)
        self.today[level] += counts
        self._since_tick[level] += counts
        if level is self.usual.reference:
            self._hours += np.bincount((time // HOUR_US) % 24, minlength=24)

    def take_out(self, level: Level, stream: Ints, day: Ints, *, own: bool) -> None:
        """Counted complaints that turn out to be an incident's. `own`: at this very level, whose rate they teach."""
        for one in np.unique(day):
            which, many = np.unique(stream[day == one], return_counts=True)
            key, kind = np.divmod(which, self.kinds)
            if one == self.day:
                self.today[level][key, kind] = np.maximum(self.today[level][key, kind] - many, 0)
            elif not own:
                self.usual.take_out(level, int(one), key, int(kind[0]), many)

    def accept(self, level: Level, key: int, kind: int, ratio: float, *, until: int) -> None:
        """So many times the usual is no longer unusual for a while."""
        self._accepted.append((level, key, kind, ratio, until))

    def mark(self, at: int) -> None:
        """A tick: what came since the last one is the past."""
        self._log.mark(at, self._since_tick, self.clock(at))
        self.at = at

    def expected_today(self) -> dict[Level, Floats]:
        """Of the day that ends with the last mark."""
        return self._log.of_day(self.at, DAY_US)

    def close_day(self, told: dict[Level, Floats], own: list[tuple[Level, int, int, float]]) -> None:
        """The last mark was midnight: learn from the day, as if there had been no incidents; the next begins."""
        self.usual.close_day(told, own, self.expected_today(), self._hours)
        self.open_day()

    def open_day(self) -> None:
        """A midnight, with new exposure."""
        self.usual.open_day()
        self.today, self._hours = self._none_yet(), np.zeros(24)
        self.set_rates(0.0)

    def set_rates(self, clock: float) -> None:
        """From the last mark on; the day's clock stands at `clock`."""
        self._since_tick = self._none_yet()
        rates, self.most = self.usual.rates(self.today[self.usual.reference].sum(axis=0), clock)
        for level, most in self.most.items():
            most *= self._everywhere(level)
        for level, key, kind, ratio, until in self._accepted:
            if self.at < until:
                self.most[level][key, kind] *= ratio
        self._set_weights()
        self._log.rates(rates, clock)

    def _set_weights(self) -> None:
        test = self.rules.test
        total = sum(test.shares[level] for level in self.universe.levels)
        for level in self.universe.levels:
            active = self.usual.active[level]
            budget = test.bound_a_day * (1 - test.floor_share) * test.shares[level] / total
            each = budget / max(int(active.sum()) * self.kinds, 1)
            weight = np.where(active, each, UNTOLD * each)[:, None] * self.known
            self.weights[level] = weight.ravel()

    def _everywhere(self, level: Level) -> Floats:
        """[key, kind]: times by which all other keys of the level lay above what was expected, in the last hours or
        day. What rises everywhere, because parcels came in a wave or buyers sleep no more, is no key's burst."""
        weight = self.rules.learning.everywhere_complaints
        risen = np.ones((self.universe.size(level), self.kinds))
        for hours in (self.rules.incident.look_hours, 24):
            expected, came = self._log.last(hours * HOUR_US, level)
            others = (came.sum(axis=0) - came + weight) / (expected.sum(axis=0) - expected + weight)
            risen = np.maximum(risen, others)
        return risen

    def _none_yet(self) -> dict[Level, Floats]:
        return {level: np.zeros((self.universe.size(level), self.kinds)) for level in self.universe.levels}
