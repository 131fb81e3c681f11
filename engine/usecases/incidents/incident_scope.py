"""Whom does an incident concern, what is still to come, and what may be done about it at which cost?

For a lot: all its buyers, the parcels on the road included. For every other cause: what was planned since its burst may
have begun.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.further import Further, further_complaints
from engine.aftersales.responses import AffectedStage, Proposal, Response, Stakes, proposals
from engine.errors import NotFound, WarRoomError
from engine.model.compensation import Remedy, Severity
from engine.model.incidents import Level
from engine.model.tickets import Complaint
from engine.store.database import Database
from engine.store.screens import incidents as incident_screens
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.making_good.compensate_orders import ManyCompensations, plan_compensation


@dataclass(frozen=True, slots=True)
class IncidentScope:
    """All of it. `cause`: sku and lot, node and region, or one name (a topic: its words). `orders`: a frame of
    order_id, parcel_id, platform, order_no, buyer, province, city, waybill_no, stage, units, freight_cents, planned_at,
    picked_up_at, signed_at, affected (AffectedStage); one row an order and parcel."""

    incident_id: str
    level: Level
    cause: tuple[str, ...]
    complaint: Complaint | None
    state: str
    orders: pl.DataFrame
    further: Further
    proposals: tuple[Proposal, ...]

    def order_ids(self, *stages: AffectedStage) -> tuple[str, ...]:
        """Its orders, of all stages unless some are named, each once."""
        rows = self.orders if not stages else self.orders.filter(pl.col("affected").is_in(list(stages)))
        return tuple(rows["order_id"].unique(maintain_order=True))

    def parcel_ids(self, stage: AffectedStage) -> tuple[str, ...]:
        """Its parcels of a stage, each once."""
        return tuple(self.orders.filter(pl.col("affected") == stage)["parcel_id"].unique(maintain_order=True))

    def count(self, stage: AffectedStage) -> int:
        """Orders of a stage."""
        return int(self.orders.filter(pl.col("affected") == stage)["order_id"].n_unique())


def incident_scope(database: Database, incident_id: str, *, now: datetime) -> IncidentScope:
    """The scope as the tables stand. Raises NotFound."""
    found = database.read("SELECT * FROM incidents WHERE incident_id = $id", {"id": incident_id})
    if found.is_empty():
        raise NotFound(f"There is no incident {incident_id!r}.")
    row = found.row(0, named=True)
    rules = load_batch_rules()
    level, cause = Level(row["level"]), tuple(orjson.loads(row["cause"]))
    complaint = None if row["complaint"] is None else Complaint(row["complaint"])
    since = row["began_at"] - timedelta(days=rules.incident.look_back_days)
    orders = incident_screens.affected_by_cause(database, level, cause, since=since)
    further = _further(row, orders, rules, now=now)
    stakes = _stakes(database, row, orders, rules, now=now)
    return IncidentScope(
        incident_id, level, cause, complaint, row["state"], orders, further,
        proposals(level, complaint, stakes, further, rules.response),
    )  # fmt: skip


def _further(row: dict[str, Any], orders: pl.DataFrame, rules: BatchRules, *, now: datetime) -> Further:
    """From the units at the door by how long they have been there, and those on the way. Whoever waits for a parcel
    that does not come complains from the day it left."""
    if row["level"] == Level.TOPIC:
        return Further(0.0, 0, 0)
    waits = row["complaint"] == Complaint.NOT_RECEIVED
    assumed = pl.col("picked_up_at") + timedelta(days=rules.exposure.assumed_days)
    reached = pl.col("picked_up_at") if waits else pl.coalesce("signed_at", assumed)
    dated = orders.filter(pl.col("affected") != AffectedStage.GONE).with_columns(reached=reached)
    there = dated.filter((pl.col("reached") <= now).fill_null(value=False))
    # A signature ends the wait: who has the parcel does not ask where it is.
    if waits:
        there = there.filter(pl.col("signed_at").is_null())
    age = there.select((pl.lit(now) - pl.col("reached")).dt.total_seconds() / 86_400).to_series().to_numpy()
    waiting = float(dated.filter(~(pl.col("reached") <= now).fill_null(value=False))["units"].sum())
    return further_complaints(
        row["buyers"],
        there["units"].cast(pl.Float64).to_numpy(),
        np.asarray(age, dtype=np.float64),
        waiting=waiting,
        stages=row["delay_stages"],
        mean_days=row["delay_days"],
    )


def _stakes(
    database: Database, row: dict[str, Any], orders: pl.DataFrame, rules: BatchRules, *, now: datetime
) -> Stakes:
    level, cause = Level(row["level"]), orjson.loads(row["cause"])
    counts = dict(orders.group_by("affected").agg(pl.col("parcel_id").n_unique()).iter_rows())
    stock, goods = incident_screens.stock_of_lot(database, *cause) if level is Level.LOT else (0, 0)
    road = orders.filter(pl.col("affected") == AffectedStage.INTERCEPTABLE).unique("parcel_id")
    days = rules.response.horizon_days
    lately = orders.filter(pl.col("planned_at") > now - timedelta(days=days))["parcel_id"].n_unique()
    return Stakes(
        parcels={AffectedStage(stage): int(count) for stage, count in counts.items()},
        orders=orders["order_id"].n_unique(),
        stock_units=stock,
        goods_cents=goods,
        freight_cents=int(road["freight_cents"].sum()),
        a_day=lately / days,
        care_cents=_care_cents(database, row, orders),
    )


def _care_cents(database: Database, row: dict[str, Any], orders: pl.DataFrame) -> int | None:
    """What a coupon to all its buyers would cost by the rules of compensation; None where nobody can be given one."""
    if row["complaint"] is None or orders.is_empty():
        return None
    ids = tuple(orders["order_id"].unique(maintain_order=True))
    many = ManyCompensations(
        cause=row["incident_id"], order_ids=ids, complaint=Complaint(row["complaint"]), severity=Severity.SMALL,
        remedy=Remedy.COUPON,
    )  # fmt: skip
    try:
        return plan_compensation(database, many).cost_cents
    except WarRoomError:  # no such remedy for this complaint: the rules of compensation say so where it is asked for
        return None


__all__ = ["AffectedStage", "IncidentScope", "Proposal", "Response", "incident_scope"]
