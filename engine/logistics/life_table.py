"""How many parcels are still under way at each age, these days? Period life tables, as demography draws them.

At every moment asked about, parcels of the last days tell how likely an arrival is at each age; the product over ages
is the chance of being under way for longer. Such a table sees a jam while it happens: parcels that have not arrived
count as much as those that have. Ages are relative to what was expected of each parcel.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from engine.logistics.delay_policy import TablePolicy
from engine.logistics.known_by import known_by
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers, ParcelHistory, combined

_UNKNOWN_ARRIVALS, _UNKNOWN_AT_RISK = 0.2, 2.0
"""Before the first parcel: an arrival in ten at each step. It only matters for the first dozen parcels of a brand."""

_SURE = 0.98
"""The most that a step's chance of arrival can be: no table is certain."""


def nested_levels(history: ParcelHistory, learned_from: npt.NDArray[np.bool_]) -> list[Integers]:
    """Groups from wide to narrow: all, carrier, its area, its destination, its lane; each inside the one before.

    A level that splits none of the parcels learned from any further is left out.
    """
    names = history.names
    carrier, area, destination, origin = (names[name] for name in ("carrier", "area", "destination", "origin"))
    levels = [np.zeros(len(history), dtype=np.int64)]
    for parts in ((carrier,), (carrier, area), (carrier, area, destination), (carrier, area, destination, origin)):
        finer = combined(*parts)
        if len(np.unique(finer[learned_from])) > len(np.unique(levels[-1][learned_from])):
            levels.append(finer)
    return levels


def borrowed(policy_wide: float, policy_lane: float, levels: int) -> list[float]:
    """How many parcels each level below the first borrows from the one above."""
    return [policy_wide] * (levels - 2) + [policy_lane] if levels > 1 else []


def still_under_way(
    history: ParcelHistory,
    expected: Floats,
    levels: Sequence[Integers],
    asked: Integers,
    policy: TablePolicy,
    *,
    lost_days: float,
) -> Floats:
    """Log odds that each asked row is not delivered by its promise, as seen when it was ordered.

    `expected`: per row of the history the logarithm of its expected days. Returns windows x asked rows.
    """
    at, due = history.ordered[asked], history.due[asked]
    promise = np.log(np.maximum(due - at, DAY // 100) / DAY) - expected[asked]
    edges = steps(policy)
    place = np.clip((promise - edges[0]) / policy.step, 0, len(edges) - 1 - 1e-9)
    last = place.astype(np.int64)  # the step that the promise falls into
    borrow = borrowed(policy.borrowed_wide, policy.borrowed_lane, len(levels))
    log_share = np.zeros((len(policy.windows_days), len(asked)))
    for step, (entered, arrived) in enumerate(ages(history, expected, edges, lost_days=lost_days), start=-1):
        need = np.flatnonzero(last >= step)
        if not len(need):
            break
        chances: list[Floats | None] = [None] * len(policy.windows_days)
        for level, groups in enumerate(levels):
            came, left = known_by(groups, entered), known_by(groups, arrived)
            for w, days in enumerate(policy.windows_days):
                since = at[need] - int(days * DAY)
                risk = came.between(groups[asked[need]], since, at[need])[0]
                gone = left.between(groups[asked[need]], since, at[need])[0]
                chances[w] = arrival_chance(gone, risk, chances[w], borrow[level - 1] if level else 0.0)
        share_of_step = np.where(last[need] == step, (place - last)[need], 1.0)
        for w, chance in enumerate(chances):
            assert chance is not None, "there is always the level of all parcels"
            log_share[w, need] += share_of_step * np.log1p(-chance)
    return log_odds(log_share)


def steps(policy: TablePolicy) -> Floats:
    """The relative log ages that part one step from the next."""
    edges: Floats = np.arange(policy.lowest, policy.highest + policy.step / 2, policy.step)
    return edges


def ages(
    history: ParcelHistory, expected: Floats, edges: Floats, *, lost_days: float
) -> Iterator[tuple[Integers, Integers]]:
    """For each step: the moment at which each parcel reached it still under way, and that at which it arrived in it.

    NEVER where it did not. The first step starts at the order, the last has no end. A parcel long past its promise is
    taken as lost and leaves the table, which anyone could know at that moment.
    """
    lost = history.due + int(lost_days * DAY)
    starts = history.ordered
    for step in range(len(edges)):
        ends = history.ordered + (np.exp(expected + edges[step]) * DAY).astype(np.int64)
        yield _step(history, starts, ends, lost)
        starts = ends
    yield _step(history, starts, np.full(len(starts), NEVER), lost)


def _step(history: ParcelHistory, starts: Integers, ends: Integers, lost: Integers) -> tuple[Integers, Integers]:
    reached = (history.delivered >= starts) & (starts < lost)
    entered = np.where(reached, starts, NEVER)
    arrived = np.where(reached & (history.delivered < ends), history.delivered, NEVER)
    return entered, arrived


def arrival_chance(arrived: Integers, at_risk: Integers, above: Floats | None, borrow: float) -> Floats:
    """The chance of arriving within a step: own parcels, and `borrow` parcels of the level above."""
    risk = np.maximum(at_risk, arrived)  # some that arrived these days had entered the step before them
    if above is None:
        chance = (arrived + _UNKNOWN_ARRIVALS) / (risk + _UNKNOWN_AT_RISK)
    else:
        chance = (arrived + borrow * above) / (risk + borrow)
    clipped: Floats = np.clip(chance, 0.0, _SURE)
    return clipped


def log_odds(log_share: Floats) -> Floats:
    """The log odds of a chance given as its logarithm; nothing is more certain than one in 10,000."""
    bounded = np.clip(log_share, np.log(1e-4), np.log1p(-1e-4))
    odds: Floats = bounded - np.log(-np.expm1(bounded))
    return odds
