"""How long does one leg of the way take these days, per lane? A life table as of now, for many parcels at once.

A leg is a stretch of a parcel's way: from payment to pick-up, from there to the signature, or from the city of delivery
on. What is published about a lane counts as some parcels of evidence; so the table speaks from the first day, and each
parcel seen since moves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.life_table import steps
from engine.logistics.parcel_history import DAY, NEVER, Flags, Floats, Integers

_LEAST = -12.0
"""Log of the smallest share that is told apart from none: six in a million."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Parcels on one leg. Moments in milliseconds; NEVER where it has not come to that."""

    started: Integers
    ended: Integers
    lost: Integers  # from then on it is no longer waited for
    expected: Floats  # log of the days it usually takes


@dataclass(frozen=True, slots=True)
class LegTable:
    """Cells x edges: the log of the share still on the leg at each relative log age. The first edge is the soonest."""

    edges: Floats
    log_share: Floats

    def still_on(self, cells: Integers, expected: Floats, days: Floats) -> Floats:
        """The log of the share of each cell's parcels that is still on the leg after so many days."""
        first, step = self.edges[0], self.edges[1] - self.edges[0]
        with np.errstate(divide="ignore"):
            age = np.log(np.maximum(days, 0.0)) - expected
        place = (np.maximum(age, first) - first) / step
        low = np.minimum(place.astype(np.int64), len(self.edges) - 2)  # beyond the last edge the last step goes on
        lower, upper = self.log_share[cells, low], self.log_share[cells, low + 1]
        inside = lower + (upper - lower) * (place - low)
        before = self.log_share[cells, 0] * np.exp(np.minimum(age - first, 0.0))
        share: Floats = np.maximum(np.where(age < first, before, inside), _LEAST)
        return share

    def days_at(self, cells: Integers, expected: Floats, log_share: Floats) -> Floats:
        """The days after which that share (its log) of each cell's parcels is still on the leg."""
        first, step = self.edges[0], self.edges[1] - self.edges[0]
        rows = self.log_share[cells]
        low = np.clip((rows > log_share[:, None]).sum(axis=1) - 1, 0, len(self.edges) - 2)
        pick = np.arange(len(cells))
        lower, upper = rows[pick, low], rows[pick, low + 1]
        place = low + (lower - log_share) / np.maximum(lower - upper, 1e-9)
        soon = log_share > rows[:, 0]
        part = np.log(np.maximum(log_share / np.minimum(rows[:, 0], -1e-9), 1e-6))
        age = np.where(soon, first + part, first + step * place)
        days: Floats = np.exp(np.minimum(age + expected, np.log(3650.0)))
        return days


def prior_table(policy: DelayPolicy) -> LegTable:
    """What is published and nothing else: one cell, a duration spread evenly around its median in the log."""
    edges = steps(policy.table)
    share = np.maximum(norm.logsf(edges / policy.room.spread), _LEAST)
    return LegTable(edges, share[None, :])


def leg_table(leg: Leg, levels: Sequence[Integers], now: int, policy: DelayPolicy) -> LegTable:
    """The table of each group of the last level as of `now`, the mean over the policy's windows.

    Groups are numbered from 0; each level lies inside the one before. Only what happened before `now` counts.
    """
    edges = steps(policy.table)
    prior = _chances(prior_table(policy).log_share)[0]
    moments = [leg.started, *(leg.started + (np.exp(leg.expected + edge) * DAY).astype(np.int64) for edge in edges)]
    sizes = [int(level.max(initial=0)) + 1 for level in levels]
    borrow = [policy.table.borrowed_wide] * (len(levels) - 1) + [policy.table.borrowed_lane]
    above = [np.zeros(sizes[0], dtype=np.int64)]
    for wide, narrow, size in zip(levels, levels[1:], sizes[1:], strict=False):
        parent = np.zeros(size, dtype=np.int64)
        parent[narrow] = wide
        above.append(parent)
    chances = np.zeros((len(policy.table.windows_days), sizes[-1], len(edges)))
    for step in range(len(edges)):
        begins, ends = moments[step], moments[step + 1]
        reached = (leg.ended >= begins) & (begins < leg.lost) & (leg.started < NEVER)
        for window, days in enumerate(policy.table.windows_days):
            since = now - int(days * DAY)
            risk = reached & (since <= begins) & (begins < now)
            gone = reached & (leg.ended < ends) & (since <= leg.ended) & (leg.ended < now)
            chance = np.full(1, prior[step])
            for level, size, parent, parcels in zip(levels, sizes, above, borrow, strict=True):
                came, left = _counted(level, risk, size), _counted(level, gone, size)
                chance = (left + parcels * chance[parent]) / (np.maximum(came, left) + parcels)
            chances[window, :, step] = chance
    # At the same edge every window has an opinion of the chance so far; their mean in logs is the table.
    log_share = np.log1p(-np.clip(chances, 1e-6, 0.98)).mean(axis=0).cumsum(axis=1)
    return LegTable(edges, log_share)


def _counted(group: Integers, flags: Flags, size: int) -> Floats:
    return np.bincount(group[flags], minlength=size).astype(np.float64)


def _chances(log_share: Floats) -> Floats:
    """Per step the chance of ending in it, from cumulated logs."""
    before = np.concatenate([np.zeros((len(log_share), 1)), log_share[:, :-1]], axis=1)
    chance: Floats = np.clip(-np.expm1(log_share - before), 1e-6, 0.98)
    return chance
