"""How long do buyers take from delivery to complaint, by kind of complaint?

First a small family of shapes: the one under which the complaints of the days so far were likeliest. Then what the
days say beyond that shape, age by age: a weighted least-squares fit of a day's complaints on the units of the days
before, drawn towards the shape. A shape that is a few per cent off on the day after a show is hundreds of complaints
that nobody can explain.
"""

from collections import deque

import numpy as np

from engine.aftersales.streams import Flags, Floats, Ints

AGES = 28
"""Days after delivery in which a complaint comes; later ones are taken for noise. Four weeks hold 97 of 100 under the
slowest shape."""

CURVES: tuple[tuple[int, float], ...] = (
    (1, 0.0), (1, 0.5), (1, 1.0), (1, 2.0), (1, 4.0), (1, 8.0), (2, 1.0), (2, 2.0), (2, 4.0), (3, 3.0), (3, 6.0),
)  # fmt: skip
"""(stages, mean days): a chain of stages, each left by a constant share of units a day. The grid, not a policy: between
neighbours the expected complaints of a day differ by less than what the ages are fitted to anyway."""

_DAY_NOISE = 0.3
"""Standard deviation of the logarithm of a day's complaints beside what waited: weekends, shows, busy buyers."""
_RULED_OUT = 4.0
"""Logarithm of the likelihood by which a curve must lie behind the best to be ruled out: one in fifty-five."""
_CELL_NOISE = 0.2
"""Standard deviation of a cell's complaints beside Poisson's, as a share: units told with an error, busy days."""
_OFF = 0.5
"""Standard deviation, as a share, by which the true share of an age may differ from the shape's before any was seen."""
_LEAST_OFF = 0.01
"""The same as a plain share of complaints: no age is impossible."""


def shapes() -> Floats:
    """[curve, age]: the share of complaints that come at each age in days, for units that come during day 0."""
    found = np.zeros((len(CURVES), AGES))
    for row, (stages, mean) in enumerate(CURVES):
        stay = (mean / stages) / (1 + mean / stages)
        chain = np.zeros(stages)
        for age in range(AGES):
            coming = 1.0 if age == 0 else 0.0
            for at in range(stages):
                chain[at] = stay * chain[at] + (1 - stay) * coming
                coming = chain[at]
            found[row, age] = chain[-1]
    share: Floats = found / found.sum(axis=1, keepdims=True)
    return share


SHAPES = shapes()


class DelayCurves:
    """What the days so far say of each kind's delay. A day's complaints are likely under a shape by how they fall on
    the keys (which tells most when lots follow each other), and by how many they are beside other days."""

    def __init__(self, kinds: int) -> None:
        self._falls = np.zeros((len(CURVES), kinds))
        self._days = np.zeros((3, len(CURVES), kinds))  # sums over days: weight, weight x, weight x^2
        self._pairs = np.zeros((kinds, AGES, AGES))  # of the fit by age: weighted units of two ages, multiplied
        self._told = np.zeros((kinds, AGES))  # weighted units of an age, times complaints
        self._guarded: deque[tuple[Floats, Floats, Floats]] = deque()
        self.best: Ints = np.zeros(kinds, dtype=np.int64)
        self.by_age: Floats = SHAPES[self.best]

    def learn_day(self, complaints: Floats, units: Floats, expected: Floats, *, keep: float, guard: int) -> None:
        """A day's complaints [key, kind], units of the keys by age [age, key], and what was expected [key, kind];
        taught once `guard` days are over, so that a burst does not pass for a delay. The past weighs `keep`."""
        self._guarded.append((complaints, units, expected))
        while len(self._guarded) > guard:
            self._learn(*self._guarded.popleft(), keep=keep)

    def _learn(self, complaints: Floats, units: Floats, expected: Floats, *, keep: float) -> None:
        self._choose(complaints, SHAPES @ units, keep=keep)
        self._pairs *= keep
        self._told *= keep
        waited = self.by_age @ units
        for kind in range(complaints.shape[1]):
            mean = expected[:, kind] + 0.01
            # Complaints a unit: what an age's units are expected to bring, if all of them complained at that age.
            brings = units * (expected[:, kind] / np.maximum(waited[kind], 1e-9))
            weight = 1 / (mean + (_CELL_NOISE * mean) ** 2)
            self._pairs[kind] += (brings * weight) @ brings.T
            self._told[kind] += brings @ (weight * complaints[:, kind])
        self._fit()

    def _choose(self, complaints: Floats, waiting: Floats, *, keep: float) -> None:
        known = waiting.sum(axis=1) > 0
        if not known.all():
            return
        share = (waiting + 0.5) / (waiting + 0.5).sum(axis=1, keepdims=True)  # half a unit: never impossible
        self._falls = keep * self._falls + np.log(share) @ complaints
        total = complaints.sum(axis=0) + 0.5
        odd = np.log(total)[None, :] - np.log(waiting.sum(axis=1))[:, None]
        weight = np.broadcast_to(1 / (_DAY_NOISE**2 + 1 / total), odd.shape)
        self._days = keep * self._days + np.stack([weight, weight * odd, weight * odd**2])
        # The first, complaints on the day itself, where nothing speaks for another.
        self.best = np.argmax(self._likelihood, axis=0)

    def _fit(self) -> None:
        shape = SHAPES[self.best]
        sure = 1 / (_OFF * shape + _LEAST_OFF) ** 2
        for kind, prior in enumerate(sure):
            pairs = self._pairs[kind] + np.diag(prior)
            fitted = np.linalg.solve(pairs, self._told[kind] + prior * shape[kind])
            fitted = np.maximum(fitted, 0.0)
            self.by_age[kind] = fitted / max(fitted.sum(), 1e-9) if fitted.any() else shape[kind]

    @property
    def _likelihood(self) -> Floats:
        weight, first, second = self._days
        fit: Floats = self._falls - (second - first**2 / np.maximum(weight, 1e-9)) / 2
        return np.round(fit, 6)

    def likely(self) -> Flags:
        """[curve, kind]: shapes that the days so far do not rule out."""
        fit = self._likelihood
        return np.asarray(fit >= fit.max(axis=0) - _RULED_OUT)
