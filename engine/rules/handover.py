"""How late does a carrier hand over? Delay counts of the past -> P(delay > x hours) for a carrier, an origin, a moment.

The delay of a parcel is counted from its predicted pick-up to the carrier's scan. A lane with few parcels leans on its
carrier, a carrier with few on all carriers (Dirichlet shrinkage): counts + prior parcels x the mean of the level above.
Knows no clause and no price.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.rules.hours import DAY, Minutes, iso_weekday, minute_of_day
from engine.rules.policy import LatenessPolicy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EDGES = (0.0, 2.0, 4.0, 8.0, 12.0, 24.0, 48.0)
"""Upper ends of the buckets in hours; the first holds parcels scanned as predicted or before, a last one is open."""

BUCKETS = ("on_time", "within_2h", "within_4h", "within_8h", "within_12h", "within_24h", "within_48h", "beyond_48h")
"""Columns of a delay history, parcels each, one a bucket."""

ANY = "*"


@dataclass(frozen=True, slots=True)
class HandoverTimes:
    """Distributions of hand-over delay, one a row of `still_out`: shares not yet picked up at each of EDGES.

    `lanes`: carrier, origin prefix ("" everywhere), weekdays, hours and the row. Rows after those of the lanes
    are the carriers' own, in `carriers`; the last one is all carriers together.
    """

    lanes: tuple[tuple[str, str, str, str, int], ...]
    carriers: dict[str, int]
    still_out: Floats
    tail_half_life_hours: float
    parcels: int

    def row_of(self, carriers: Sequence[str], origins: Sequence[str], pick_up: Minutes) -> Integers:
        """Per pair of carrier and adcode of origin, at its predicted pick-up: the row of the closest lane.

        The longest origin wins, then hours before weekdays before neither. A carrier without a matching lane has its
        own row, an unknown carrier that of all carriers.
        """
        everybody = len(self.still_out) - 1
        found = np.array([self.carriers.get(carrier, everybody) for carrier in carriers], dtype=np.int64)
        names, origin = np.array(carriers, dtype=object), np.array(origins, dtype=object)
        where: dict[str, npt.NDArray[np.bool_]] = {}
        known = np.isfinite(pick_up)
        at = np.where(known, pick_up, 0)
        weekday, minute = iso_weekday(at), at % DAY
        # From the least to the most specific, so that the closest lane is written last.
        for carrier, prefix, weekdays, hours, row in sorted(
            self.lanes, key=lambda lane: (len(lane[1]), lane[3] != ANY, lane[2] != ANY)
        ):
            if prefix not in where:
                where[prefix] = np.array([code.startswith(prefix) for code in origin], dtype=np.bool_)
            fits = (names == carrier) & where[prefix]
            if weekdays != ANY:
                first, last = (int(day) for day in weekdays.split("-"))
                fits &= known & (weekday >= first) & (weekday <= last)
            if hours != ANY:
                start, end = (minute_of_day(clock) for clock in hours.split("-"))
                fits &= known & (minute >= start) & (minute < end)
            found[fits] = row
        return found

    def later_than(self, rows: Integers, hours: Floats) -> Floats:
        """P(delay > hours) for each row against each of its hours (rows x any number of columns).

        Inside a bucket parcels are spread evenly. Before the predicted pick-up nothing is promised, so a negative
        delay is exceeded for sure: pessimistic where a carrier comes round more than once a day.
        """
        edges = np.array(EDGES)
        capped = np.clip(hours, 0, EDGES[-1])
        bucket = np.clip(np.searchsorted(edges, capped, side="right") - 1, 0, len(EDGES) - 2)
        lower, upper = self.still_out[rows[:, None], bucket], self.still_out[rows[:, None], bucket + 1]
        way = (capped - edges[bucket]) / (edges[bucket + 1] - edges[bucket])
        inside = lower + (upper - lower) * way
        tail = np.exp2(-np.maximum(hours - EDGES[-1], 0) / self.tail_half_life_hours)
        result: Floats = np.where(hours < 0, 1.0, inside * tail)
        return result


def handover_times(history: pl.DataFrame, policy: LatenessPolicy) -> HandoverTimes | None:
    """The distributions of a delay history (columns: carrier, origin, weekdays, hours and BUCKETS); None when empty.

    Each parcel of the past stands in one row, so rows add up to carriers and carriers to everybody.
    """
    if history.is_empty():
        return None
    counts = history.select(BUCKETS).to_numpy().astype(np.float64)
    names = history["carrier"].to_list()
    carriers = sorted(set(names))
    of = np.array([carriers.index(name) for name in names])
    own = np.zeros((len(carriers), len(BUCKETS)))
    np.add.at(own, of, counts)
    everybody = counts.sum(axis=0, keepdims=True)
    if everybody.sum() == 0:
        return None
    overall = everybody / everybody.sum()
    carrier_shares = _shrunk(own, towards=overall, strength=policy.carrier_prior_parcels)
    lane_shares = _shrunk(counts, towards=carrier_shares[of], strength=policy.lane_prior_parcels)
    shares = np.concatenate([lane_shares, carrier_shares, overall])
    still_out = np.clip(1 - np.cumsum(shares, axis=1)[:, : len(EDGES)], 0, 1)
    lanes = zip(
        names,
        ("" if origin == ANY else origin for origin in history["origin"]),
        history["weekdays"],
        history["hours"],
        range(len(names)),
        strict=True,
    )
    return HandoverTimes(
        lanes=tuple(lanes),
        carriers={carrier: len(names) + i for i, carrier in enumerate(carriers)},
        still_out=still_out,
        tail_half_life_hours=policy.tail_half_life_hours,
        parcels=int(everybody.sum()),
    )


def _shrunk(counts: Floats, *, towards: Floats, strength: float) -> Floats:
    """Shares per row: its own counts and `strength` parcels distributed as `towards`."""
    shares: Floats = (counts + strength * towards) / (counts.sum(axis=1, keepdims=True) + strength)
    return shares
