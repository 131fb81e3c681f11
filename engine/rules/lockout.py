"""How far is a shop (or a SKU) from a cliff of its platform today, and what pace of pick-ups keeps it away?

The orders of a day are picked up one after the other at some pace, and the most that can still be kept are kept: of
orders with h_1 <= h_2 <= ... hours left, those picked up at r an hour miss at least max over k of (k - floor(r h_k)).
So the least pace that misses no more than m is the greatest (k - m) / h_k. Knows no order, only hours and counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.rules.pack_parts import CliffRule

Hours = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Day:
    """Orders of one shop or SKU whose clock runs out on one day: how many are `due`, broken so far, and the hours left
    (rising, above 0) of those that can still be kept. due == broken + kept + len(left)."""

    due: int
    broken: int
    left: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Where one cliff stands.

    least: broken orders that reach it. room: how many more may break. needed_per_hour: the least pace of pick-ups that
    stays below; None when it is reached already. expected: broken at the day's end at the present pace.
    crossing_hours: from now until the present pace reaches it; None if it does not. armed: False while it takes an
    earlier day that did not reach it.
    """

    rule: CliffRule
    due: int
    broken: int
    share: float
    least: int
    room: int
    needed_per_hour: float | None
    per_hour: float
    expected: int
    expected_share: float
    crossing_hours: float | None
    armed: bool

    @property
    def reached(self) -> bool:
        """It has happened."""
        return self.armed and self.broken >= self.least


def distance(rule: CliffRule, today: Day, *, per_hour: float, before: Sequence[Day] = ()) -> Distance:
    """The distance to one cliff at `per_hour` pick-ups. `before`: the days that must have reached it as well."""
    least = rule.least(today.due)
    misses = at_least_missed(today.left, per_hour)
    expected = today.broken + (int(misses[-1]) if len(misses) else 0)
    crossed = np.flatnonzero(today.broken + misses >= least)
    room = least - 1 - today.broken
    return Distance(
        rule=rule,
        due=today.due,
        broken=today.broken,
        share=_share(today.broken, today.due),
        least=least,
        room=max(room, 0),
        needed_per_hour=None if room < 0 else least_pace(today.left, room),
        per_hour=per_hour,
        expected=expected,
        expected_share=_share(expected, today.due),
        crossing_hours=0.0 if room < 0 else float(today.left[crossed[0]]) if len(crossed) else None,
        armed=all(day.broken >= rule.least(day.due) for day in before),
    )


def at_least_missed(left: Hours, per_hour: float) -> Hours:
    """How many of the first 1, 2, ... orders cannot be kept at this pace."""
    places = np.arange(1, len(left) + 1)
    missed: Hours = np.maximum.accumulate(np.maximum(places - np.floor(per_hour * left), 0))
    return missed


def least_pace(left: Hours, room: int) -> float:
    """The least pick-ups an hour by which no more than `room` of these orders are missed."""
    if len(left) <= room:
        return 0.0
    # Never divided by nothing: what is due this second cannot be reached by any pace that a shop has.
    return float(np.max(np.arange(1, len(left) - room + 1) / np.maximum(left[room:], 1 / 3600)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
