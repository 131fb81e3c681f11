"""Which parcels wait for their waybill, when will each be picked up, and what is at stake with it? Reads only.

A parcel in a wave leaves with the pick-up that its wave was released for. Others queue at their node, the earliest
promise first, at the node's rate, and then for the carrier's next collection. A pick-up that is past was missed: the
parcel is still here, and takes the next one.
"""

from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.rules.hours import WorkingHours, beijing_minutes
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause
from engine.rules.upload_proposals import WAITING_PARCELS
from engine.rules.waybill_policy import WaybillPolicy
from engine.store.database import Database
from engine.store.screens import waybills as waybill_screens

Floats = npt.NDArray[np.float64]

HOUR = 60.0
CLAUSES = {
    "late": Clause.LATE,
    "beyond": Clause.LATE_BEYOND,
    "timeout": Clause.TRACE_TIMEOUT,
    "anomaly": Clause.TRACE_ANOMALY,
}


def waiting_parcels(database: Database, policy: WaybillPolicy, *, now: datetime) -> pl.DataFrame:
    """Orders in parcels without a waybill, with `cohort_promise`, `origin` and `pick_up` of the parcel.

    Moments are f64 Beijing minutes. Grain: one order in one parcel.
    """
    rows = waybill_screens.to_upload(database)
    moments = {
        "paid": "paid_at",
        "promise": "promise_at",
        "leaves": "leaves_at",
        "forecast_at": "made_at",
        "forecast_p50": "pick_up_p50",
        "forecast_p90": "pick_up_p90",
    }
    timed = rows.with_columns(
        **{name: pl.col(column).dt.epoch("us") / 60e6 + 480.0 for name, column in moments.items()}
    ).drop(list(moments.values()))
    nodes = database.read("SELECT node, adcode AS origin, cutoff, throughput_per_hour FROM nodes")
    carriers = database.read("SELECT carrier, hours FROM carriers")
    parcels = (
        timed.group_by("parcel_id")
        .agg(pl.col("node", "carrier", "leaves").first(), cohort_promise=pl.col("promise").min())
        .join(nodes, on="node")
        .join(carriers, on="carrier")
        .sort("node", "cohort_promise", "parcel_id")
    )
    at = beijing_minutes(now)
    in_line = pl.col("leaves").is_null().cum_sum().over("node")
    ready = at + policy.moments.lead_minutes + in_line * HOUR / pl.col("throughput_per_hour")
    placed = parcels.with_columns(ready=pl.when(pl.col("leaves") >= at).then(pl.col("leaves")).otherwise(ready))
    placed = placed.with_columns(
        pick_up=pl.when(pl.col("leaves") >= at).then(pl.col("leaves")).otherwise(pl.Series(collected(placed)))
    )
    return timed.drop("leaves").join(
        placed.select("parcel_id", "cohort_promise", "origin", "pick_up"), on="parcel_id", maintain_order="left"
    )


def at_stake(rows: pl.DataFrame, pack: RulePack, policy: WaybillPolicy, *, late_order_yuan: float) -> pl.DataFrame:
    """WAITING_PARCELS of one platform's rows of `waiting_parcels`, in yuan.

    An order in several parcels loses its amount once, so each of them bears its part. Penalties follow the order's own
    promise. late_order_yuan: what a late order costs on any platform, beside the ladder (allocation.toml).
    """
    part = 1 / pl.col("parts")
    refund = policy.refund
    lost = pl.col("goods_cents") * (1 - refund.recovered_share)
    priced = rows.with_columns(promise_hours=(pl.col("promise") - pl.col("paid")) / HOUR).with_columns(
        band=pack.ladder.band_name()
    )
    priced = priced.with_columns(
        **{name: pack.ladder.penalty(clause).fill_null(0.0) * part for name, clause in CLAUSES.items()},
        refund=pl.col("amount_cents") * refund.margin_share / 100 * part,
        goods_lost=lost / 100,
    ).with_columns(late=pl.col("late") + late_order_yuan * part, beyond=pl.col("beyond") + late_order_yuan * part)
    # What the platform takes at the shorter limit it keeps at the longer one: a clause never gives money back.
    priced = priced.with_columns(
        beyond=pl.max_horizontal("late", "beyond"), anomaly=pl.max_horizontal("timeout", "anomaly")
    )
    first = ("node", "carrier", "origin", "pick_up", "forecast_at", "forecast_p50", "forecast_p90")
    return (
        priced.group_by("parcel_id", maintain_order=True)
        .agg(
            pl.col(*first).first(),
            pl.len().cast(pl.Int64).alias("orders"),
            pl.col(*CLAUSES, "refund").sum(),
            promise=pl.col("cohort_promise").first(),
            paid=pl.col("paid").max(),
            shipped_anyway=pl.col("goods_lost").sum() + pl.col("freight_cents").first() / 100,
        )
        .select(list(WAITING_PARCELS))
    )


def collected(parcels: pl.DataFrame) -> Floats:
    """When each parcel's carrier collects it, from `ready` on: at the node's cut-off where it has one, or when the
    carrier closes if that is earlier; without a cut-off, as soon as the carrier works."""
    ready = parcels["ready"].to_numpy()
    found = np.empty_like(ready)
    schedules = parcels.select("cutoff", "hours").with_row_index("row").group_by("cutoff", "hours").agg("row")
    for cutoff, hours, rows in schedules.iter_rows():
        open_ = WorkingHours.parse(hours)
        # A carrier that opens only after the cut-off collects when it closes: it would collect never otherwise.
        until = open_.until(cutoff)
        kept = until if until.windows else open_
        here = ready[rows]
        found[rows] = kept.next_working(here) if cutoff is None else kept.next_closing(here)
    return found
