"""How many complaints would each stream bring today if nothing were the matter?

The rate of a kind over all exposure, times how the SKU differs from it, times the units that wait; at any other level
the mix of its SKUs, times how the key differs from others. A key's own rate is pulled towards that of all others as far
as keys have been alike, and is learned from days before the guard only. What the tests call usual at most is
higher: by the margin for wrong exposure (or the noise that days have shown), and by what is not known of the rate.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.delay_curves import AGES, DelayCurves
from engine.aftersales.streams import Floats, Ints, Universe
from engine.aftersales.waiting_exposure import WaitingExposure
from engine.model.incidents import Level

DayCounts = dict[Level, Floats]
"""[key, kind] by level: distinct buyers' complaints of a day that no incident explains."""


@dataclass(slots=True)
class Spread:
    """How much rates differ, as variance of a share: seen and assumed, weighed against each other. [kind]."""

    assumed: float
    weight: float
    excess: Floats
    weighed: Floats

    def learn(self, complaints: Floats, expected: Floats, *, keep: float) -> None:
        """Cells [any, kind]: what is beyond Poisson's variance, by moments; a cell is worth what it could show."""
        # Four times Poisson's variance at most: a burst that is not yet known to be one must not pass for noise.
        beyond = np.minimum((complaints - expected) ** 2, 4 * (expected + 0.1)) - expected
        self.excess = keep * self.excess + (beyond / (1 + expected) ** 2).sum(axis=0)
        self.weighed = keep * self.weighed + (expected**2 / (1 + expected) ** 2).sum(axis=0)

    @property
    def variance(self) -> Floats:
        """Never quite zero: no two keys are the same."""
        seen = self.weight * self.assumed**2 + self.excess
        return np.maximum(seen / (self.weight + self.weighed), 1e-4)


@dataclass(slots=True)
class Own:
    """A level's own rates: complaints and what was expected of them, decayed, without the guarded days."""

    complaints: Floats
    expected: Floats
    guarded: deque[tuple[int, Floats, Floats]]

    def shape(self, rules: BatchRules) -> Floats:
        """[kind]: how alike keys are, as the shape of a gamma distribution of their rates around 1."""
        spread = Spread(
            rules.learning.between,
            rules.learning.between_keys,
            np.zeros(self.complaints.shape[1]),
            np.zeros(self.complaints.shape[1]),
        )
        spread.learn(self.complaints, self.expected, keep=1.0)
        return 1 / spread.variance

    def learn_day(self, day: int, complaints: Floats, usual: Floats, *, keep: float, guard: int) -> None:
        """A day's complaints and what was expected of them at the rate of all [key, kind]; counts once unguarded."""
        self.guarded.append((day, complaints, usual))
        self.complaints *= keep
        self.expected *= keep
        while self.guarded and self.guarded[0][0] <= day - guard:
            _, told, expected = self.guarded.popleft()
            self.complaints += told
            self.expected += expected

    def rate(self, shape: Floats) -> Floats:
        """[key, kind]: times the rate of all."""
        return (shape + self.complaints) / (shape + self.expected)


class Usual:
    """What is expected of every stream, from one midnight to the next."""

    def __init__(self, rules: BatchRules, universe: Universe, first_day: int) -> None:
        kinds = len(universe.kinds)
        self.day, self._first_day = first_day - 1, first_day
        self._rules, self._universe, self._kinds = rules, universe, kinds
        self.reference = Level.SKU if Level.SKU in universe.levels else universe.levels[-1]
        self._waiting = {
            level: WaitingExposure(universe.size(level), 1 if level in (Level.LOT, Level.SKU) else kinds)
            for level in universe.levels
        }
        self._own = {
            level: Own(np.zeros((universe.size(level), kinds)), np.zeros((universe.size(level), kinds)), deque())
            for level in universe.levels
            if level is not Level.LOT
        }
        self._noise = {
            level: Spread(rules.learning.noise, rules.learning.noise_days, np.zeros(kinds), np.zeros(kinds))
            for level in universe.levels
        }
        self.delays = DelayCurves(kinds)
        self._complaints = np.zeros(kinds)
        self._heard = np.zeros(kinds)  # the same without forgetting
        self._waited = np.zeros((AGES, 1 if self.reference is Level.SKU else kinds))  # units by age, day after day
        self._hours = np.zeros(24)
        self._sku_rate = np.ones((universe.skus, kinds))
        self._keep = 0.5 ** (1 / rules.learning.half_life_days)
        self._base: dict[Level, Floats] = {}
        self._doubt: dict[Level, Floats] = {}
        self._at_most: dict[Level, Floats] = {}
        self.active: dict[Level, Floats] = {}
        self.clock_marks = np.linspace(0.0, 1.0, 25)
        self.known = np.zeros(kinds, dtype=bool)  # [kind]: whether enough came to say what is usual

    def open_day(self) -> None:
        """The next day begins, with its exposure and with what the days before have taught."""
        self.day += 1
        shapes = {level: own.shape(self._rules) for level, own in self._own.items()}
        own_rate = {level: own.rate(shapes[level]) for level, own in self._own.items()}
        if Level.SKU in own_rate:
            self._sku_rate[:-1] = own_rate[Level.SKU]  # the last is that of units of which nobody knows the SKU
        likely, least = self.delays.likely(), self._rules.test.least_units
        for level in self._universe.levels:
            waiting = self._waiting[level]
            waiting.add_day(self._units(level, waiting))
            units = waiting.of(self.delays.by_age)
            most = np.maximum(waiting.at_most(likely), units)
            self._at_most[level] = np.maximum(most, least) / np.maximum(units, least)
            self.active[level] = units.max(axis=1, initial=0.0) > 0
            units = np.maximum(units, least)
            if level is Level.LOT:  # a lot is held against its SKU: a rate of its own would excuse a bad one
                known, of_sku = self._own.get(Level.SKU), self._universe.sku_of_lot
                assert known is not None, "a lot has a SKU, so the level of SKUs is there"
                self._base[level] = self._sku_rate[of_sku] * units
                self._doubt[level] = 1 / (shapes[Level.SKU] + known.complaints[of_sku])
            else:
                self._base[level] = own_rate[level] * units
                self._doubt[level] = 1 / (shapes[level] + self._own[level].complaints)
        self.clock_marks = np.concatenate([[0.0], np.cumsum(self._share_of_hours())])

    def _units(self, level: Level, waiting: WaitingExposure) -> Floats:
        columns = 1 if level in (Level.LOT, Level.SKU) else self._kinds
        units = np.zeros((self._universe.size(level), columns))
        came = self._universe.exposure[level].get(self.day)
        if came is not None:
            weighed = came.units[:, None] * (1.0 if columns == 1 else self._sku_rate[came.sku])
            np.add.at(units, came.key, weighed)
        return units

    def _share_of_hours(self) -> Floats:
        flat = self._rules.learning.hour_complaints
        share: Floats = (self._hours + flat) / (self._hours.sum() + 24 * flat)
        return share

    def rates(self, so_far: Floats, clock: float) -> tuple[dict[Level, Floats], dict[Level, Floats]]:
        """[key, kind] by level: complaints a day that are expected, and that are usual at most. so_far [kind]: today's
        complaints until `clock`, the share of a day's complaints that usually came by then."""
        waited = (self.delays.by_age * self._waited.T).sum(axis=1)  # [kind]; one column is that of every kind
        # In the very first hour a day's units are taken as an hour old: nothing is known, and nothing is divided by.
        units = waited + max(clock, 1 / 24) * self._waiting[self.reference].of(self.delays.by_age).sum(axis=0)
        count = self._complaints + so_far
        self.known = self._heard + so_far >= self._rules.learning.least_complaints
        rate = (count + 0.5) / np.maximum(units, self._rules.test.least_units)
        expected = {level: rate * base for level, base in self._base.items()}
        most: dict[Level, Floats] = {}
        test = self._rules.test
        for level, mean in expected.items():
            noise = test.noise_margin * np.sqrt(self._noise[level].variance)
            margin = np.clip(noise, test.exposure_margin, test.most_margin)
            doubt = test.rate_doubt * np.sqrt(self._doubt[level] + 1 / (count + 1))
            most[level] = mean * self._at_most[level] * (1 + margin) * (1 + doubt)
        return expected, most

    def doubt(self, level: Level, kind: int) -> Floats:
        """[key]: variance, as a share, of what is expected of a kind: what is not known of the rate, and noise."""
        noise = max(float(self._noise[level].variance[kind]), self._rules.test.exposure_margin**2)
        return np.asarray(self._doubt[level][:, kind] + noise)

    def own_rate(self, level: Level, key: int, kind: int) -> float:
        """How a key differs from others of its level today; a lot as its SKU does."""
        if level is Level.LOT:
            return float(self._sku_rate[self._universe.sku_of_lot[key], kind])
        own = self._own[level]
        return float(own.rate(own.shape(self._rules))[key, kind])

    def close_day(
        self, counts: DayCounts, own: Sequence[tuple[Level, int, int, float]], expected: DayCounts, hours: Floats
    ) -> None:
        """The day is over: complaints as if there had been no incidents, and what was expected of them, by level;
        complaints of incidents about a key (which are its own, and none of others); complaints by hour."""
        keep = self._keep
        self._hours = keep * self._hours + hours
        came = counts[self.reference]
        self._waited = keep * self._waited + self._waiting[self.reference].by_age.sum(axis=1)
        narrow = self._universe.levels[0]
        units = self._waiting[narrow].by_age.mean(axis=2)
        # Of the first days nothing is called unusual: there is no burst in them to keep from excusing itself.
        first = self.day < self._first_day + self._rules.learning.first_days
        guard = 0 if first else self._rules.learning.guard_days
        self.delays.learn_day(counts[narrow], units, expected[narrow], keep=keep, guard=guard)
        self._complaints = keep * self._complaints + came.sum(axis=0)
        self._heard += came.sum(axis=0)
        for level, rates in self._own.items():
            differs = rates.rate(rates.shape(self._rules))
            taught = counts[level].copy()
            for whose, key, kind, complaints in own:
                if whose is level:
                    taught[key, kind] = complaints
                elif whose is Level.LOT and level is Level.SKU:
                    # Only its next lots can tell whether the SKU is as bad as this one; if not, its rate falls again.
                    usual = expected[whose][key, kind]
                    taught[self._universe.sku_of_lot[key], kind] += complaints - usual
            rates.learn_day(self.day, taught, expected[level] / differs, keep=keep, guard=guard)
        for tested, noise in self._noise.items():
            # What all keys had in common that day is allowed for apart from this.
            day = counts[tested].sum(axis=0) / np.maximum(expected[tested].sum(axis=0), 1e-9)
            noise.learn(counts[tested], expected[tested] * day, keep=keep)

    def take_out(self, level: Level, day: int, key: Ints, kind: int, complaints: Ints) -> None:
        """Complaints of a day still guarded that an incident explains: they teach nothing."""
        if level in self._own:
            for at, counts, _ in self._own[level].guarded:
                if at == day:
                    counts[key, kind] = np.maximum(counts[key, kind] - complaints, 0)
