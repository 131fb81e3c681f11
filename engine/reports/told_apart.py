"""Is one value better than another, or may that be chance? By whether their ranges touch."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.model.shares import wilson
from engine.reports.figures import INTERVAL, Better


class Told(StrEnum):
    """What can be said of two values of the same thing."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CHANCE = "chance"  # they differ, and their ranges touch
    NONE = "none"  # one of them is not known, or neither way is good


@dataclass(frozen=True, slots=True)
class Score:
    """A value with its range, None where it has none."""

    value: float
    low: float | None = None
    high: float | None = None
    part: float | None = None
    whole: float | None = None


def score_of(part: float, whole: float) -> Score | None:
    """A share with its range; None of nothing."""
    if whole <= 0:
        return None
    low, high = wilson(np.array([float(part)]), np.array([float(whole)]), interval=INTERVAL)
    return Score(part / whole, float(low[0]), float(high[0]), float(part), float(whole))


def told_apart(now: Score | None, before: Score | None, better: Better) -> Told:
    """`now` against `before`."""
    if now is None or before is None or better is Better.NEITHER:
        return Told.NONE
    if now.value == before.value:
        return Told.SAME
    if now.low is not None and now.high is not None and before.low is not None and before.high is not None:
        touch = now.low <= before.high and before.low <= now.high
        if touch:
            return Told.CHANCE
    return Told.BETTER if (now.value > before.value) == (better is Better.MORE) else Told.WORSE
