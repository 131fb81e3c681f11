"""How many units could have brought a complaint today, if buyers take some days to find out and to write?

The units of each of the last days, weighed by the share of complaints that comes at their age (delay_curves.py). Units
of the days to come are never looked at.
"""

import numpy as np

from engine.aftersales.delay_curves import AGES, SHAPES
from engine.aftersales.streams import Flags, Floats


class WaitingExposure:
    """Units of the last AGES days, the newest first, of each key (and kind, where kinds weigh units differently)."""

    def __init__(self, keys: int, columns: int) -> None:
        self.by_age = np.zeros((AGES, keys, columns))

    def add_day(self, units: Floats) -> None:
        """One more day, with its units [key, column]."""
        self.by_age[1:] = self.by_age[:-1]
        self.by_age[0] = units

    def of(self, delay: Floats) -> Floats:
        """[key, kind]: units waiting under the delay of each kind [kind, age]."""
        if self.by_age.shape[2] == 1:
            alike: Floats = (delay @ self.by_age[:, :, 0]).T
            return alike
        each: Floats = np.einsum("ka,ajk->jk", delay, self.by_age)
        return each

    def at_most(self, likely: Flags) -> Floats:
        """[key, kind]: the most units waiting under any shape that is `likely` [curve, kind]."""
        found = [
            self.of(np.broadcast_to(SHAPES[one], (likely.shape[1], AGES))) * mine for one, mine in enumerate(likely)
        ]
        return np.asarray(np.max(found, axis=0))
