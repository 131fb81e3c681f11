"""How many more complaints will one cause bring, from goods at the door and from those on the road?

So many buyers complained of so many units that had the time to: that is a rate with an uncertainty (a gamma). What the
delay curve still holds for units at the door, and all units on the road, will bring complaints at that rate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma, nbinom

from engine.aftersales.streams import Floats

PRIOR = 0.5
"""Complaints that nothing seen is taken for: Jeffreys' prior of a Poisson rate."""


@dataclass(frozen=True, slots=True)
class Further:
    """Complaints still to come: expected, and the range that holds them nine times in ten."""

    expected: float
    low: int
    high: int

    @property
    def none(self) -> bool:
        """Whether there is nothing to come."""
        return self.high == 0


def has_told(age_days: Floats, *, stages: int, mean_days: float) -> Floats:
    """Share of complaints that come within so many days at the door, on a curve of so many stages. On the day itself
    half of it is over."""
    late = np.asarray(age_days, dtype=np.float64)
    if mean_days <= 0:
        return np.clip(late + 0.5, 0.0, 1.0)
    told: Floats = gamma.cdf(late + 0.5, a=stages, scale=mean_days / stages)
    return told


def further_complaints(
    buyers: int, units: Floats, age_days: Floats, *, waiting: float, stages: int, mean_days: float
) -> Further:
    """`buyers` complained so far of `units` that have been there for `age_days`; `waiting` units are on the way."""
    told = has_told(age_days, stages=stages, mean_days=mean_days)
    exposed = float((units * told).sum())
    to_come = float((units * (1 - told)).sum()) + waiting
    if to_come <= 0:
        return Further(0.0, 0, 0)
    # No more than every unit can be complained of, however few have had the time to.
    exposed = max(exposed, float(buyers), 1.0)
    shape = buyers + PRIOR
    share = exposed / (exposed + to_come)
    most = int(np.ceil(to_come))
    return Further(
        min(shape * to_come / exposed, float(most)),
        min(int(nbinom.ppf(0.05, shape, share)), most),
        min(int(nbinom.ppf(0.95, shape, share)), most),
    )
