"""Did a change help? Shares before and after where it was made, against the same where nothing was touched.

A difference of differences: what everybody's share did meanwhile is taken away. Its uncertainty is that of the counts,
widened by how much untouched units wander beyond their counts (a carrier has good and bad weeks all by itself): with
three of them or more that is measured. Says plainly when there is no effect, and when there is too little to tell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import ndtri


class EffectVerdict(StrEnum):
    """What can be said of a change."""

    BETTER = "better"  # the share of bad outcomes fell
    WORSE = "worse"
    NO_EFFECT = "no_effect"  # whatever it did is too small to matter
    UNCLEAR = "unclear"  # enough units, and it still may have helped or not
    TOO_FEW = "too_few"  # too few units yet


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPolicy:
    """`weeks` on either side; `min_units` on either side of both groups; `worth`: a difference that matters."""

    weeks: int
    min_units: int
    interval: float
    worth: float


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One unit, such as an article on a lane: of so many before and after, so many were bad."""

    treated: bool
    before: int
    bad_before: int
    after: int
    bad_after: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Shares before and after of both groups, the effect in shares (negative: fewer bad ones) with its range.

    spread: by what factor untouched units wander more than their counts explain; None: too few of them to measure.
    Shares are None where a group has no units on that side; so are effect and range then.
    """

    verdict: EffectVerdict
    units: tuple[int, int]  # treated, before and after
    treated: tuple[float | None, float | None]
    untouched: tuple[float | None, float | None]
    effect: float | None
    low: float | None
    high: float | None
    spread: float | None


def effect_of(rows: Sequence[BeforeAfter], policy: EffectPolicy) -> Effect:
    """Compare. Rows of either group are added up; untouched ones also say how much a unit wanders."""
    changed = _added([row for row in rows if row.treated])
    others = [row for row in rows if not row.treated]
    still = _added(others)
    shares = (_share(changed.bad_before, changed.before), _share(changed.bad_after, changed.after))
    usual = (_share(still.bad_before, still.before), _share(still.bad_after, still.after))
    counts = (changed.before, changed.after, still.before, still.after)
    if min(counts) == 0:
        return Effect(EffectVerdict.TOO_FEW, (changed.before, changed.after), shares, usual, None, None, None, None)
    moved, variance = _moved(changed)
    drift, drift_variance = _moved(still)
    spread = _spread(others)
    width = -float(ndtri((1 - policy.interval) / 2))
    error = width * math.sqrt((variance + drift_variance) * max(spread or 1.0, 1.0))
    effect = moved - drift
    low, high = effect - error, effect + error
    if min(counts) < policy.min_units:
        verdict = EffectVerdict.TOO_FEW
    elif high < 0:
        verdict = EffectVerdict.BETTER
    elif low > 0:
        verdict = EffectVerdict.WORSE
    elif -policy.worth < low and high < policy.worth:
        verdict = EffectVerdict.NO_EFFECT
    else:
        verdict = EffectVerdict.UNCLEAR
    return Effect(verdict, (changed.before, changed.after), shares, usual, effect, low, high, spread)


def _added(rows: Sequence[BeforeAfter]) -> BeforeAfter:
    return BeforeAfter(
        bool(rows) and rows[0].treated,
        sum(row.before for row in rows),
        sum(row.bad_before for row in rows),
        sum(row.after for row in rows),
        sum(row.bad_after for row in rows),
    )


def _share(bad: int, units: int) -> float | None:
    return bad / units if units else None


def _moved(row: BeforeAfter) -> tuple[float, float]:
    """How far the share moved, and the variance of that; one unit of either kind is added on both sides (Agresti and
    Caffo), so that none bad of ten is not held for certain."""
    before, after = (row.bad_before + 1) / (row.before + 2), (row.bad_after + 1) / (row.after + 2)
    variance = before * (1 - before) / (row.before + 2) + after * (1 - after) / (row.after + 2)
    return after - before, variance


def _spread(rows: Sequence[BeforeAfter]) -> float | None:
    """Chi-square a degree of freedom of the moves of untouched units around their common move."""
    moves = [_moved(row) for row in rows if row.before > 0 and row.after > 0]
    if len(moves) < 3:
        return None
    weights = [1 / variance for _, variance in moves]
    common = sum(w * move for w, (move, _) in zip(weights, moves, strict=True)) / sum(weights)
    return sum(w * (move - common) ** 2 for w, (move, _) in zip(weights, moves, strict=True)) / (len(moves) - 1)
