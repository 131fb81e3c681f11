"""What will lateness probably cost if this node hands a parcel of this batch to this carrier?

Probability of each clause from the hand-over times, times what the platform's ladder takes for it, averaged over the
batch's orders. Knows nothing of freight, and no order one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.rules.handover import HandoverTimes
from engine.rules.hours import Minutes
from engine.rules.penalties import Clause, Ladder
from engine.rules.policy import LatenessPolicy

Floats = npt.NDArray[np.float64]

HOUR = 60.0
PROMISE_STEP = 60
"""Promises are put together by the hour (minutes here). In the steepest bucket of a usual history a fifth of the
parcels falls into two hours, so half an hour of slack off the mean moves a probability by 0.05 at most, only there."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """The batch's orders in groups of one platform, promise band and promise: what each group stands to lose.

    `promise`: Beijing minutes. `weight`: share of the batch. `yuan`: groups x (late, late beyond, no scan in time,
    no scan for long), mean over the group; a clause whose amounts are not sourced counts nothing. `reasons`: platform
    -> why its orders have no penalty.
    """

    promise: Minutes
    weight: Floats
    yuan: Floats
    beyond_hours: Floats
    timeout_hours: Floats
    anomaly_hours: Floats
    reasons: Mapping[str, str]


def stakes_of(orders: pl.DataFrame, ladders: Mapping[str, Ladder], *, today: date) -> Stakes:
    """Groups of a batch: orders have platform, amount_cents (i64), promise and paid (f64, Beijing minutes)."""
    groups: list[pl.DataFrame] = []
    reasons: dict[str, str] = {}
    for platform in orders["platform"].unique().sort():
        ladder = ladders.get(platform)
        of_platform = orders.filter(pl.col("platform") == platform).with_columns(
            promise_hours=(pl.col("promise") - pl.col("paid")) / HOUR
        )
        if ladder is None or today < ladder.effective_from:
            reasons[platform] = (
                "no penalty ladder is known for this platform"
                if ladder is None
                else f"the ladder {ladder.version} takes effect on {ladder.effective_from.isoformat()}"
            )
            priced = of_platform.with_columns(
                band=pl.lit(""),
                late=pl.lit(0.0),
                beyond=pl.lit(0.0),
                timeout=pl.lit(0.0),
                anomaly=pl.lit(0.0),
                # The clauses cost nothing here, so when they would begin does not matter.
                beyond_hours=pl.lit(0.0),
                timeout_hours=pl.lit(0.0),
                anomaly_hours=pl.lit(0.0),
            )
        else:
            priced = of_platform.with_columns(band=ladder.band_name()).with_columns(
                late=ladder.penalty(Clause.LATE).fill_null(0.0),
                beyond=ladder.penalty(Clause.LATE_BEYOND).fill_null(0.0),
                timeout=ladder.penalty(Clause.TRACE_TIMEOUT).fill_null(0.0),
                anomaly=ladder.penalty(Clause.TRACE_ANOMALY).fill_null(0.0),
                beyond_hours=pl.lit(ladder.hours_of(Clause.LATE_BEYOND)),
                timeout_hours=pl.lit(ladder.hours_of(Clause.TRACE_TIMEOUT)),
                anomaly_hours=pl.lit(ladder.hours_of(Clause.TRACE_ANOMALY)),
            )
        groups.append(
            priced.group_by("band", step=(pl.col("promise") / PROMISE_STEP).floor()).agg(
                pl.len().alias("orders"),
                pl.col("promise", "late", "beyond", "timeout", "anomaly").mean(),
                pl.col("beyond_hours", "timeout_hours", "anomaly_hours").first(),
            )
        )
    found = pl.concat(groups).sort("promise", "band")
    hours = {name: found[name].to_numpy() for name in ("beyond_hours", "timeout_hours", "anomaly_hours")}
    return Stakes(
        promise=found["promise"].to_numpy(),
        weight=found["orders"].to_numpy() / orders.height,
        yuan=found.select("late", "beyond", "timeout", "anomaly").to_numpy(),
        reasons=reasons,
        **hours,
    )


@dataclass(frozen=True, slots=True)
class Lateness:
    """Per pair of node and carrier: expected yuan of lateness of one parcel, and the share picked up after its promise.

    `spread_yuan`: the most by which the mean over the batch is off for one of its groups, at the worst pair.
    """

    yuan: Floats
    share: Floats
    spread_yuan: float


def expected_lateness(
    times: HandoverTimes,
    stakes: Stakes,
    *,
    carriers: Sequence[str],
    origins: Sequence[str],
    pick_up: Minutes,
    now: float,
    policy: LatenessPolicy,
) -> Lateness:
    """Lateness of each pair (carrier, adcode of its node) with this predicted pick-up, in Beijing minutes.

    The approximation: an offer has one price for the whole batch, while slack differs from order to order. What is
    charged is the batch's mean, so the batch's expected total is right wherever carriers take the batch's mix, and an
    order with less slack than the mean is charged too little. During a show promises lie within minutes of each other
    and the error is nothing; `spread_yuan` says how large it is in a mixed batch. A parcel with several orders is
    charged once, an order in several parcels once for each: both are rare, and what merging saves pays for the first.

    A pair that never meets (infinite pick-up) is late for sure.
    """
    rows = times.row_of(carriers, origins, pick_up)
    meets = np.isfinite(pick_up)
    begin = np.where(meets, pick_up, now)
    slack = (stakes.promise[None, :] - begin[:, None]) / HOUR
    # A waybill is uploaded some hours ahead of the pick-up, but never before this moment.
    lead = np.minimum(policy.upload_lead_hours, np.maximum(begin - now, 0) / HOUR)[:, None]
    late = times.later_than(rows, slack)
    beyond = times.later_than(rows, slack + stakes.beyond_hours[None, :])
    timeout = _unscanned(times, rows, stakes.timeout_hours, lead=lead)
    anomaly = _unscanned(times, rows, stakes.anomaly_hours, lead=lead)
    each = (
        (late - beyond) * stakes.yuan[:, 0]
        + beyond * stakes.yuan[:, 1]
        # The longer trace clause replaces the shorter one.
        + (timeout - anomaly) * stakes.yuan[:, 2]
        + anomaly * stakes.yuan[:, 3]
        + late * policy.late_order_yuan
    )
    each[~meets] = stakes.yuan[:, 1] + stakes.yuan[:, 3] + policy.late_order_yuan
    late[~meets] = 1.0
    yuan: Floats = each @ stakes.weight
    spread = float(np.abs(each - yuan[:, None]).max()) if each.size else 0.0
    return Lateness(yuan=yuan, share=np.clip(late @ stakes.weight, 0, 1), spread_yuan=spread)


def _unscanned(times: HandoverTimes, rows: npt.NDArray[np.int64], after: Floats, *, lead: Floats) -> Floats:
    """P(no scan so many hours after the upload), pairs x groups. Groups share their hours: each is looked up once."""
    hours, group = np.unique(after, return_inverse=True)
    return times.later_than(rows, hours[None, :] - lead)[:, group]
