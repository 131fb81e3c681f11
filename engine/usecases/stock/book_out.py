"""Takes goods off the books when the carrier's pick-up scan says that they left: once a parcel, whoever told of it.

Until then a unit that an order was given lies on its shelf and is reserved; afterwards it is neither.
What leaves although no order claims it any more (cancelled meanwhile, moved to another parcel) leaves the free units,
then those behind the fence; what the books do not have at all stays a stated difference for the next count.
"""

from dataclasses import dataclass

import polars as pl

from engine.model.states import StockKind
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.floor.stop_picks import notice_departures
from engine.usecases.stock.departed_goods import SHELF, claimed_or_not, settle, units_on


@dataclass(frozen=True, slots=True)
class BookedOut:
    """Parcels that left; units that left with them; units of these that no order claimed; units that the books lacked.
    `pools_changed`: offers were withdrawn, so that the gate's book is out of date."""

    parcels: int = 0
    units: int = 0
    unclaimed: int = 0
    lacking: int = 0
    pools_changed: bool = False


def book_out(tx: Transaction, scanned: pl.DataFrame) -> BookedOut:
    """`scanned`: parcel_id, picked_up_at of parcels whose scan was told; those that left before are passed over."""
    told = scanned.select("parcel_id", "picked_up_at").unique("parcel_id", keep="first")
    left = told.join(tx.matching(tables.departures, told.select("parcel_id"), "parcel_id"), on="parcel_id", how="anti")
    if left.is_empty():
        return BookedOut()
    claimed, unclaimed = claimed_or_not(tx, left)
    after = _levels_after(tx, claimed, unclaimed)
    moved = after.select(
        *SHELF,
        on_hand_delta=-(pl.col("claimed") + pl.col("free_taken") + pl.col("fenced_taken")),
        quarantined_delta=-pl.col("fenced_taken"),
    ).filter(pl.col("on_hand_delta") != 0)
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(
        tables.stock_movements,
        moved.with_columns(at=at, kind=pl.lit(StockKind.SHIPPED.value), reference=pl.lit("pick-up scans")),
        stamp=True,
    )
    tx.amend(tables.stock_balance, after.select(*SHELF, "on_hand", "reserved", "quarantined"), on=SHELF)
    tx.append(tables.departures, left.with_columns(booked_at=at), stamp=True)
    refunded = notice_departures(tx, left.select("parcel_id"))
    changed = settle(tx, after.filter(pl.col("free_taken") > 0)["sku"].unique(), reason="left without an order")
    booked = BookedOut(
        parcels=left.height,
        units=-int(moved["on_hand_delta"].sum()),
        unclaimed=int(unclaimed["qty"].sum()),
        lacking=int(after["lacking"].sum()),
        pools_changed=changed,
    )
    tx.note(booked_out=booked.parcels, units_out=booked.units)
    if booked.unclaimed:
        tx.note(unclaimed_units_out=booked.unclaimed, units_not_on_the_books=booked.lacking, left_unasked=refunded)
    return booked


def book_out_known(database: Database) -> int:
    """Books out what was picked up in a room older than this book-keeping. Returns the parcels concerned."""
    missing = database.read(
        """
        SELECT w.parcel_id, max(w.picked_up_at) AS picked_up_at FROM waybills AS w
        ANTI JOIN departures AS d ON d.parcel_id = w.parcel_id
        WHERE w.picked_up_at IS NOT NULL GROUP BY w.parcel_id
        """
    )
    if missing.height:
        with database.transaction(actor="setup", verb="book_out", subject=f"{missing.height} parcels") as tx:
            book_out(tx, missing)
    return missing.height


def _levels_after(tx: Transaction, claimed: pl.DataFrame, unclaimed: pl.DataFrame) -> pl.DataFrame:
    """SHELF with the levels after, and how many units left from where."""
    units = units_on(claimed, unclaimed)
    levels = tx.matching(tables.stock_balance, units.select(SHELF), *SHELF, "on_hand", "reserved", "quarantined")
    free = pl.col("on_hand") - pl.col("reserved") - pl.col("quarantined")
    return (
        levels.join(units, on=SHELF)
        .with_columns(free_taken=pl.min_horizontal(pl.col("others"), free))
        .with_columns(fenced_taken=pl.min_horizontal(pl.col("others") - pl.col("free_taken"), "quarantined"))
        .with_columns(
            lacking=pl.col("others") - pl.col("free_taken") - pl.col("fenced_taken"),
            on_hand=pl.col("on_hand") - pl.col("claimed") - pl.col("free_taken") - pl.col("fenced_taken"),
            reserved=pl.col("reserved") - pl.col("claimed"),
            quarantined=pl.col("quarantined") - pl.col("fenced_taken"),
        )
    )
