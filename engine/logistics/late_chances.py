"""How likely is each parcel late, said when it was ordered? The model behind `evaluate delay`, and its baseline.

For a parcel only what had happened before its order counts: the life tables and means are read as of that moment, the
effects and the calibration are learned from parcels whose promise had passed before, at the start and every so often
later. What became of later parcels, or of earlier ones that were still under way, cannot reach it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.logistics.calibration import Calibration, calibrated
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.expectation import Features, features, learn_effects, learn_trees
from engine.logistics.life_table import nested_levels, still_under_way
from engine.logistics.parcel_history import DAY, Flags, Floats, Integers, ParcelHistory

_BASELINE_BORROWS = 20.0
"""Parcels that a lane borrows from all lanes in the baseline."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The chance of each scored row; a row is an index into the history."""

    rows: Integers
    chance: Floats

    def frame(self, history: ParcelHistory) -> pl.DataFrame:
        """parcel_id and probability, in order of ordering."""
        return pl.DataFrame({"parcel_id": history.parcel_id[self.rows], "probability": self.chance})


def late_chances(history: ParcelHistory, train_before: int, policy: DelayPolicy) -> Scored:
    """The chances of all parcels ordered at or after `train_before` (milliseconds, on the history's own clock)."""
    levels = nested_levels(history, history.ordered < train_before)
    known = features(history, levels, policy.expectation)
    rows = np.flatnonzero(history.ordered >= train_before)
    chance = np.zeros(len(rows))
    calibration: Calibration | None = None
    for moment, part in _stretches(history.ordered[rows], train_before, policy.expectation.refit_days):
        resolved = resolved_by(history, moment, lost_days=policy.calibration.lost_days)
        learned_from = np.flatnonzero(resolved)[-policy.calibration.parcels :] if calibration is None else rows[:0]
        odds = _log_odds(history, known, levels, resolved, moment, np.concatenate([learned_from, rows[part]]), policy)
        if calibration is None:
            calibration = calibrated(
                odds[: len(learned_from)],
                history.late[learned_from],
                pull=policy.calibration.pull,
                least=policy.calibration.least_parcels,
            )
        chance[part] = calibration.chance(odds[len(learned_from) :])
    return Scored(rows, chance)


def resolved_by(history: ParcelHistory, moment: int, *, lost_days: float) -> Flags:
    """Parcels whose promise had passed by `moment`, without the lost: nobody knew of the others whether they are late.

    Delivered ones whose promise is still to come are left out too: taking the fast half of a week's orders alone would
    teach that everything is fast.
    """
    lost = (history.delivered >= moment) & (history.due + int(lost_days * DAY) <= moment)
    flags: Flags = (history.due <= moment) & ~lost
    return flags


def lane_baseline(history: ParcelHistory, train_before: int, policy: DelayPolicy) -> Scored:
    """What the history of lanes alone says: each lane's late share before `train_before`, leaning on all lanes."""
    rows = np.flatnonzero(history.ordered >= train_before)
    resolved = resolved_by(history, train_before, lost_days=policy.calibration.lost_days)
    lane = nested_levels(history, history.ordered < train_before)[-1]
    late = history.late[resolved]
    everybody = (late.sum() + 0.5) / (len(late) + 1.0)
    size = int(lane.max(initial=0)) + 1
    own, broken = (
        np.bincount(lane[resolved], minlength=size),
        np.bincount(lane[resolved], weights=late, minlength=size),
    )
    share = (broken + _BASELINE_BORROWS * everybody) / (own + _BASELINE_BORROWS)
    return Scored(rows, share[lane[rows]])


def _stretches(ordered: Integers, start: int, days: float) -> Iterator[tuple[int, Integers]]:
    """The moments of learning anew, each with the places of the parcels ordered from then until the next."""
    turn = (ordered - start) // int(days * DAY)
    for number in np.unique(turn):
        yield start + int(number) * int(days * DAY), np.flatnonzero(turn == number)


def _log_odds(
    history: ParcelHistory,
    known: Features,
    levels: list[Integers],
    resolved: Flags,
    moment: int,
    asked: Integers,
    policy: DelayPolicy,
) -> Floats:
    """Per asked row: the mean log odds of being late over all opinions and windows."""
    opinions = [known.usual]
    effects = learn_effects(history, known, resolved, moment, policy.expectation)
    if effects is not None:
        opinions.append(effects.expected(known.columns))
    trees = learn_trees(history, known, resolved, moment, policy.expectation)
    if trees is not None:
        opinions.append(trees)
    odds = [
        still_under_way(history, expected, levels, asked, policy.table, lost_days=policy.calibration.lost_days)
        for expected in opinions
    ]
    mean: Floats = np.concatenate(odds).mean(axis=0)
    return mean
