"""Waybills as a warehouse or a middleware reports them: a parcel's number was uploaded, the carrier scanned it.

A row that cannot be true is answered with its sentence and not stored; the others are. Repeating a row changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from engine.errors import BadRequest
from engine.model.frames import INSTANT, Contract
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.road.tracks import refresh_tracks
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.book_out import book_out

AHEAD = timedelta(minutes=10)
"""A sender's clock may be so far ahead of ours; what is later has not happened."""


@dataclass(frozen=True, slots=True)
class Waybill:
    """`number` was uploaded for a parcel at `uploaded_at`; `picked_up_at`: the carrier's first scan, None before it."""

    parcel_id: str
    number: str
    uploaded_at: datetime
    picked_up_at: datetime | None = None

    def __post_init__(self) -> None:
        for at in (self.uploaded_at, self.picked_up_at):
            if at is not None and at.tzinfo is None:
                raise BadRequest(f"The waybill of {self.parcel_id} has a time without a zone.")


class _Known(NamedTuple):
    number: str
    uploaded_at: datetime
    picked_up_at: datetime | None


class _Parcel(NamedTuple):
    status: str
    paid_at: datetime  # of its order that was paid last


def record_waybills(work: Workplace, waybills: Sequence[Waybill], *, actor: str) -> RowsReceipt:
    """Store what is new and true, in one commit."""
    faults: list[dict[str, Any]] = []
    fresh: list[tuple[str, str, datetime, datetime | None]] = []
    with work.database.transaction(actor=actor, verb="record_waybills", subject=f"{len(waybills)} waybills") as tx:
        parcels, known, owner = _gathered(tx, waybills)
        repeated = 0
        for row, waybill in enumerate(waybills, start=1):
            before = known.get(waybill.parcel_id)
            fault = _fault(waybill, parcels.get(waybill.parcel_id), before, owner.get(waybill.number), now=tx.at)
            if fault is not None:
                faults.append({"row": row, "parcel_id": waybill.parcel_id, "fault": fault})
                continue
            if before is not None and (waybill.picked_up_at is None or before.picked_up_at is not None):
                repeated += 1
                continue
            fresh.append((waybill.parcel_id, waybill.number, waybill.uploaded_at, waybill.picked_up_at))
            known[waybill.parcel_id] = _Known(waybill.number, waybill.uploaded_at, waybill.picked_up_at)
            owner[waybill.number] = waybill.parcel_id
        if book_out(tx, _append(tx, fresh)).pools_changed:
            work.gate.reload_book()
        tx.note(recorded=len(fresh), repeated=repeated, refused=len(faults))
    return RowsReceipt(len(waybills), len(fresh), repeated, len(faults), tuple(faults))


def _fault(
    waybill: Waybill, parcel: _Parcel | None, before: _Known | None, owner: str | None, *, now: datetime
) -> str | None:
    """What is wrong with a row, in a sentence."""
    scan, name = waybill.picked_up_at, waybill.parcel_id
    if parcel is None:
        return f"There is no parcel {name!r}."
    if owner is not None and owner != name:
        return f"Waybill {waybill.number} belongs to parcel {owner}: one number for two parcels is 轨迹异常."
    if before is not None and before.number != waybill.number:
        return f"Parcel {name} has waybill {before.number} already: change it at the platform, not here."
    if parcel.status != "planned" and before is None:
        return f"Parcel {name} was cancelled, its orders moved or ended: do not ship it under {waybill.number}."
    if max(waybill.uploaded_at, scan or waybill.uploaded_at) > now + AHEAD:
        return f"The waybill of {name} has a time that has not come yet: a clock is wrong."
    if scan is not None and scan < parcel.paid_at:
        return f"Parcel {name} was picked up before its order was paid: a clock is wrong, or it is 轨迹异常."
    if scan is not None and before is not None and before.picked_up_at not in (None, scan):
        return f"Parcel {name} was picked up at {before.picked_up_at:%Y-%m-%d %H:%M:%S} UTC already."
    return None


def _gathered(
    tx: Transaction, waybills: Sequence[Waybill]
) -> tuple[dict[str, _Parcel], dict[str, _Known], dict[str, str]]:
    """Of the parcels and numbers in question: parcels, what is known of their waybills, whose each number is."""
    keys = pl.DataFrame({"parcel_id": list({w.parcel_id for w in waybills})}, schema={"parcel_id": pl.String})
    numbers = pl.DataFrame({"waybill_no": list({w.number for w in waybills})}, schema={"waybill_no": pl.String})
    status = tx.matching(tables.parcels, keys, "parcel_id", "status")
    inside = tx.matching(tables.allocations, keys, "parcel_id", "order_id").unique()
    paid = tx.matching(tables.orders, inside.select("order_id").unique(), "order_id", "paid_at")
    latest = inside.join(paid, on="order_id").group_by("parcel_id").agg(pl.col("paid_at").max())
    parcels = {name: _Parcel(state, at) for name, state, at in status.join(latest, on="parcel_id").iter_rows()}
    columns = ("parcel_id", "waybill_no", "uploaded_at", "picked_up_at")
    known = {
        name: _Known(number, uploaded, picked)
        for name, number, uploaded, picked in tx.matching(tables.waybills, keys, *columns)
        .group_by("parcel_id")
        .agg(pl.col("waybill_no").first(), pl.col("uploaded_at").min(), pl.col("picked_up_at").max())
        .iter_rows()
    }
    owner = dict(tx.matching(tables.waybills, numbers, "waybill_no", "parcel_id").iter_rows())
    return parcels, known, owner


_ROWS: Contract = {
    "parcel_id": pl.String,
    "waybill_no": pl.String,
    "uploaded_at": INSTANT,
    "picked_up_at": INSTANT,
}


def _append(tx: Transaction, fresh: Sequence[tuple[str, str, datetime, datetime | None]]) -> pl.DataFrame:
    """Stores them; parcel_id and picked_up_at of those that have left."""
    rows = pl.DataFrame(list(fresh), schema=dict(_ROWS), orient="row")
    tx.append(tables.waybills, rows.with_columns(ingest_time=pl.lit(tx.at).dt.cast_time_unit("us")), stamp=True)
    # Carriers may have told of a number before it was uploaded, its pick-up included.
    told = refresh_tracks(tx, rows.select("waybill_no").unique()).scanned.select("parcel_id", "picked_up_at")
    return pl.concat([rows.filter(pl.col("picked_up_at").is_not_null()).select("parcel_id", "picked_up_at"), told])
