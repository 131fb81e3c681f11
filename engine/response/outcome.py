"""Did an action work? Its effect against the forecast of doing nothing, with an interval, as one of four plain words.

Two ways to know what would have been. Where the room itself is the cause (a pool that would have been empty), the
forecast is certain and the deed is counted: standing now at least, ever at most. Where the world is (lateness,
complaints), what happened to the same thing elsewhere meanwhile is taken away: a difference of differences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.model.actions import Verdict
from engine.model.before_after import BeforeAfter, EffectPolicy, effect_of


class Method(StrEnum):
    """How the forecast of doing nothing was made."""

    COUNT = "count"  # without the deed there would have been none
    ELSEWHERE = "elsewhere"  # the same before and after where nothing was done


class Measure(StrEnum):
    """What an action is judged by. Those that end in `share` are shares, the others counts."""

    UNITS_SOLD = "units_sold"
    ORDERS_TAKEN = "orders_taken"
    ORDERS_KEPT_OUT = "orders_kept_out"
    UNITS_SHIPPED = "units_shipped"
    PARCELS_PLANNED = "parcels_planned"
    BUYERS_WAITING = "buyers_waiting"
    BUYERS_TOLD = "buyers_told"
    PARCELS_BACK = "parcels_back"
    UNITS_RECEIVED = "units_received"
    LATE_SHARE = "late_share"
    COMPLAINT_SHARE = "complaint_share"
    DAMAGED_SHARE = "damaged_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRules:
    """`interval`: chance that the range holds the truth; `worth_share`: a difference of shares that would matter;
    `least`: units on either side of both groups, below which nothing is said."""

    interval: float
    worth_share: float
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What can be said. effect: after less the forecast of doing nothing, with its range; None: cannot be told.
    concerned, compared: how many things were counted that the action touched, and that it did not."""

    verdict: Verdict
    measure: Measure
    method: Method
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    concerned: int = 0
    compared: int = 0


def counted(measure: Measure, *, standing: int, ever: int, of: int, known: bool = True) -> Outcome:
    """The deed brought `standing` that still stand, and `ever` if those count that ended since; `of` were possible.
    `known`: False while what must come first (goods that are under way) has not come."""
    if not known:
        return Outcome(verdict=Verdict.CANNOT_TELL, measure=measure, method=Method.COUNT, concerned=of)
    return Outcome(
        verdict=Verdict.WORKED if standing > 0 else Verdict.NO_EFFECT,
        measure=measure,
        method=Method.COUNT,
        effect=float(standing),
        low=float(standing),
        high=float(max(ever, standing)),
        concerned=of,
    )


def against_elsewhere(measure: Measure, rows: Sequence[BeforeAfter], rules: OutcomeRules) -> Outcome:
    """Of shares of bad outcomes: less is better. An interval around zero is "no effect" where it is narrow enough to
    have seen one that matters, else nobody can tell."""
    found = effect_of(
        rows, EffectPolicy(weeks=1, min_units=rules.least, interval=rules.interval, worth=rules.worth_share)
    )
    others = [row for row in rows if not row.treated]
    concerned, compared = found.units[1], sum(row.after for row in others)
    few = min(*found.units, sum(row.before for row in others), compared) < rules.least
    effect, low, high = found.effect, found.low, found.high
    if few or effect is None or low is None or high is None:
        verdict = Verdict.CANNOT_TELL
    elif high < 0:
        verdict = Verdict.WORKED
    elif low > 0:
        verdict = Verdict.BACKFIRED
    else:
        verdict = Verdict.NO_EFFECT if (high - low) / 2 <= rules.worth_share else Verdict.CANNOT_TELL
    if verdict is Verdict.CANNOT_TELL:
        effect = low = high = None
    return Outcome(
        verdict=verdict, measure=measure, method=Method.ELSEWHERE, effect=effect, low=low, high=high,
        concerned=concerned, compared=compared,
    )  # fmt: skip
