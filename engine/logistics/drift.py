"""Do this week's parcels still look like those that the model learned from, and are its chances still kept?

The population stability index of each input and of the chances, without what chance alone brings; beside it how far the
mean chance was off. Names what moved and how far; what to do about it is a person's decision.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from engine.logistics.circumstance_policy import DriftPolicy
from engine.logistics.circumstances import ROAD, Circumstances, Kind
from engine.logistics.parcel_history import Flags, Floats, Integers

_LEAST_SHARE = 1e-4
"""A bin that one side never met counts as this share: an index is large then, not infinite."""


class DriftState(StrEnum):
    """How far a thing has moved."""

    CALM = "calm"
    WATCH = "watch"
    ALARM = "alarm"


class Watched(StrEnum):
    """What is watched beside the circumstances (`ROAD`)."""

    CARRIER = "carrier"
    NODE = "node"
    AREA = "area"  # province of the destination
    PROMISE = "promise"  # days promised
    CHANCE = "chance"  # of a late delivery, as said at the payment
    CALIBRATION = "calibration"  # mean chance less the share late


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing watched: its figure (a PSI; of CALIBRATION a share), the parcels of the newer side, its state."""

    what: str
    figure: float
    parcels: int
    state: DriftState


def drifts(
    parcels: pl.DataFrame,
    promised: Floats,
    road: Circumstances | None,
    chances: Floats,
    recent: Flags,
    policy: DriftPolicy,
) -> list[Drift]:
    """Of every input and of the chances: rows that are `recent` against the others. Empty where either side is small.

    What is known of too few parcels on either side is left out: weather that nobody told has not moved.
    """
    if min(recent.sum(), (~recent).sum()) < policy.least_parcels:
        return []
    named = {
        Watched.CARRIER: parcels["carrier"],
        Watched.NODE: parcels["node"],
        Watched.AREA: parcels["destination"].str.head(2),
    }
    found = {name.value: _named(column, recent) for name, column in named.items()}
    numbers = {Watched.PROMISE.value: promised, Watched.CHANCE.value: chances}
    if road is not None:
        numbers |= {name: road.columns[:, at] for at, name in enumerate(ROAD)}
    told = []
    for name, values in numbers.items():
        known = np.isfinite(values)
        if min((known & recent).sum(), (known & ~recent).sum()) >= policy.least_parcels:
            told.append((name, stability(_binned(values[known], recent[known], policy.bins), recent[known])))
    told += [(name, stability(codes, recent)) for name, codes in found.items()]
    count = int(recent.sum())
    return [Drift(name, figure, count, _state(name, figure, policy)) for name, figure in told]


def calibration_drift(off: float, tested: int, policy: DriftPolicy) -> Drift:
    """How far the mean chance was off in the trial of the newest model."""
    return Drift(Watched.CALIBRATION.value, off, tested, state_of(abs(off), policy.watch_off, policy.alarm_off))


def stability(codes: Integers, recent: Flags) -> float:
    """The population stability index of bins 0, 1, ...: sum of (share now - share then) x log of their ratio, less what
    two samples of these sizes from one population have on average; never below 0."""
    bins = int(codes.max(initial=0)) + 1
    now, then = (np.bincount(codes[side], minlength=bins) for side in (recent, ~recent))
    new, old = (np.maximum(counts / counts.sum(), _LEAST_SHARE) for counts in (now, then))
    index = float(((new - old) * np.log(new / old)).sum())
    by_chance = float(np.count_nonzero(now + then) - 1) * (1.0 / float(now.sum()) + 1.0 / float(then.sum()))
    return max(index - by_chance, 0.0)


def state_of(figure: float, watch: float, alarm: float) -> DriftState:
    """The state of a figure between two limits."""
    if figure >= alarm:
        return DriftState.ALARM
    return DriftState.WATCH if figure >= watch else DriftState.CALM


def _state(name: str, figure: float, policy: DriftPolicy) -> DriftState:
    """A week's sky, hubs and holidays are never those of the season: they are worth a look, and no alarm."""
    state = state_of(figure, policy.watch_psi, policy.alarm_psi)
    changes = name in ROAD and ROAD[name] not in (Kind.PARCEL, Kind.BACKLOG)
    return DriftState.WATCH if changes and state is DriftState.ALARM else state


def _named(column: pl.Series, recent: Flags) -> Integers:
    """Numbers of names; those that the earlier parcels hardly have (below one in 200) are one."""
    shares = pl.DataFrame({"name": column}).filter(~pl.Series(recent))["name"].value_counts(normalize=True)
    usual = shares.filter(pl.col("proportion") >= 0.005)["name"]
    kept = pl.select(pl.when(column.is_in(usual.implode())).then(column).otherwise(pl.lit(""))).to_series()
    codes: Integers = kept.rank("dense").to_numpy().astype(np.int64) - 1
    return codes


def _binned(values: Floats, recent: Flags, bins: int) -> Integers:
    """Bins of equal shares of the earlier values; equal values are never parted, so there may be fewer."""
    edges = np.unique(np.quantile(values[~recent], np.linspace(0, 1, bins + 1)[1:-1]))
    codes: Integers = np.searchsorted(edges, values, side="left").astype(np.int64)
    return codes
