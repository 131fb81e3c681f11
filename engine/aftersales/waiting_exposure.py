"""How many units could have brought a complaint today, if buyers take some days to find out and to write?

A small family of delay curves (a share at once, the rest fading by the day; or a hump some days later) is carried
along, and for each kind of complaint the one under which the complaints of the days so far were likeliest is used.
Units of the days to come are never looked at.
"""

import numpy as np

from engine.aftersales.streams import Flags, Floats, Ints

CURVES: tuple[tuple[int, float], ...] = (
    (1, 0.0), (1, 0.5), (1, 1.0), (1, 2.0), (1, 4.0), (1, 8.0), (2, 1.0), (2, 2.0), (2, 4.0), (3, 3.0), (3, 6.0),
)  # fmt: skip
"""(stages, mean days): a chain of stages, each left by a constant share of units a day. The grid, not a policy: between
neighbours the expected complaints of a day differ by less than the margin for wrong exposure."""

_DAY_NOISE = 0.3
"""Standard deviation of the logarithm of a day's complaints beside what waited: weekends, shows, busy buyers."""
_RULED_OUT = 4.0
"""Logarithm of the likelihood by which a curve must lie behind the best to be ruled out: one in fifty-five."""


class WaitingExposure:
    """Units that wait to be complained about, by curve, of each key (and kind, where kinds weigh units differently)."""

    def __init__(self, keys: int, columns: int) -> None:
        self._stage = [np.zeros((stages, keys, columns)) for stages, _ in CURVES]

    def add_day(self, units: Floats) -> None:
        """One more day, with its units [key, column]."""
        for (stages, mean), stage in zip(CURVES, self._stage, strict=True):
            stay = (mean / stages) / (1 + mean / stages)
            coming = units
            for at in range(stages):
                stage[at] = stay * stage[at] + (1 - stay) * coming
                coming = stage[at]

    def of(self, curve: Ints) -> Floats:
        """[key, kind]: units waiting under the curve of each kind."""
        columns = self._stage[0].shape[2]
        chosen = [self._stage[one][-1][:, kind % columns] for kind, one in enumerate(curve)]
        return np.stack(chosen, axis=1)

    def at_most(self, likely: Flags) -> Floats:
        """[key, kind]: the most units waiting under any curve that is `likely` [curve, kind]."""
        columns = self._stage[0].shape[2]
        chosen = [
            np.max([self._stage[one][-1][:, kind % columns] for one in np.flatnonzero(mine)], axis=0)
            for kind, mine in enumerate(likely.T)
        ]
        return np.stack(chosen, axis=1)

    def under_each(self) -> Floats:
        """[curve, key, column]."""
        return np.stack([stage[-1] for stage in self._stage])


class CurveChoice:
    """Which curve each kind of complaint follows. A day's complaints are likely under a curve by how they fall on the
    keys (which tells most when lots follow each other), and by how many they are beside other days."""

    def __init__(self, kinds: int) -> None:
        self._falls = np.zeros((len(CURVES), kinds))
        self._days = np.zeros((3, len(CURVES), kinds))  # sums over days: weight, weight x, weight x^2

    def learn_day(self, complaints: Floats, waiting: Floats, *, keep: float) -> None:
        """A day's complaints [key, kind] and what waited under each curve [curve, key]; the past weighs `keep`."""
        known = waiting.sum(axis=1) > 0
        if not known.all():
            return
        share = (waiting + 0.5) / (waiting + 0.5).sum(axis=1, keepdims=True)  # half a unit: never impossible
        self._falls = keep * self._falls + np.log(share) @ complaints
        total = complaints.sum(axis=0) + 0.5
        odd = np.log(total)[None, :] - np.log(waiting.sum(axis=1))[:, None]
        weight = np.broadcast_to(1 / (_DAY_NOISE**2 + 1 / total), odd.shape)
        self._days = keep * self._days + np.stack([weight, weight * odd, weight * odd**2])

    @property
    def _fit(self) -> Floats:
        weight, first, second = self._days
        fit: Floats = self._falls - (second - first**2 / np.maximum(weight, 1e-9)) / 2
        return np.round(fit, 6)

    def best(self) -> Ints:
        """[kind]: the likeliest curve; the first, complaints on the day itself, where nothing speaks for another."""
        chosen: Ints = np.argmax(self._fit, axis=0)
        return chosen

    def likely(self) -> Flags:
        """[curve, kind]: those that the days so far do not rule out."""
        fit = self._fit
        return np.asarray(fit >= fit.max(axis=0) - _RULED_OUT)
