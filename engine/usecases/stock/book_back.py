"""Brings goods back on the books when the carrier takes its pick-up scan back and nothing else says that they left.

What an order still claims lies reserved on its shelf again; what none claims is free, or behind the fence where its lot
is quarantined. What the books had lacked when the parcel left is not invented now. A scan that comes later books the
parcel out once more. A parcel with a scan further on stays out: it left, whoever forgot to scan it.
"""

import polars as pl

from engine.model.states import StockKind
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.floor.stop_picks import notice_returns
from engine.usecases.stock.departed_goods import SHELF, claimed_or_not, settle, units_on


def book_back(tx: Transaction, unscanned: pl.DataFrame) -> bool:
    """`unscanned`: parcel_id of parcels that no scan says have left; those that are on the books are passed over.

    Returns whether offers changed, so that the gate's book is out of date.
    """
    asked = unscanned.select("parcel_id").unique()
    out = tx.matching(tables.departures, asked, "parcel_id", "picked_up_at", "booked_at", "version")
    if out.is_empty():
        return False
    claimed, unclaimed = claimed_or_not(tx, out)
    after = _levels_after(tx, claimed, unclaimed, _lacked(tx, out))
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(
        tables.stock_movements,
        after.select(*SHELF, on_hand_delta=pl.col("claimed") + pl.col("free"), quarantined_delta="fenced")
        .filter(pl.col("on_hand_delta") != 0)
        .with_columns(at=at, kind=pl.lit(StockKind.SHIPPED.value), reference=pl.lit("pick-up scans taken back")),
        stamp=True,
    )
    tx.amend(tables.stock_balance, after.select(*SHELF, "on_hand", "reserved", "quarantined"), on=SHELF)
    tx.append(
        tables.departures_undone,
        out.select("parcel_id", "picked_up_at", "booked_at", left_version="version", undone_at=at),
        stamp=True,
    )
    for parcel in out["parcel_id"]:
        tx.execute(tables.departures.delete().where(tables.departures.c.parcel_id == parcel))
    stays = notice_returns(tx, out.select("parcel_id"))
    tx.note(booked_back=out.height, units_back=int((after["claimed"] + after["free"]).sum()), may_still_stay=stays)
    return settle(tx, after.filter(pl.col("free") > 0)["sku"].unique(), reason="came back with a scan taken back")


def _lacked(tx: Transaction, out: pl.DataFrame) -> pl.DataFrame:
    """SHELF and `lacked`: units that left in the same commits as these parcels and that the books did not have."""
    commits = out.select("version").unique()
    gone = [
        tx.matching(tables.departures, commits, "version", "parcel_id"),
        tx.matching(tables.departures_undone, commits.rename({"version": "left_version"}), "left_version", "parcel_id")
        .rename({"left_version": "version"})
        .select("version", "parcel_id"),
    ]
    parcels = pl.concat(gone).select("parcel_id").unique()
    taken = tx.matching(tables.allocations, parcels, *SHELF, "qty").group_by(SHELF).agg(pl.col("qty").sum())
    booked = (
        tx.matching(tables.stock_movements, commits, *SHELF, "kind", "on_hand_delta")
        .filter((pl.col("kind") == StockKind.SHIPPED) & (pl.col("on_hand_delta") < 0))
        .group_by(SHELF)
        .agg(booked=-pl.col("on_hand_delta").sum())
    )
    found = taken.join(booked, on=SHELF, how="left")
    return found.select(*SHELF, lacked=(pl.col("qty") - pl.col("booked").fill_null(0)).clip(0))


def _levels_after(
    tx: Transaction, claimed: pl.DataFrame, unclaimed: pl.DataFrame, lacked: pl.DataFrame
) -> pl.DataFrame:
    """SHELF with the levels after, and how many units came back: `claimed`; `free`, of which `fenced`."""
    units = (
        units_on(claimed, unclaimed)
        .join(lacked, on=SHELF, how="left")
        .with_columns(free=(pl.col("others") - pl.col("lacked").fill_null(0)).clip(0))
    )
    states = tx.matching(tables.lot_states, units.select("lot").unique(), "lot", "state")
    barred = states.filter(pl.col("state") == "quarantined")["lot"]
    levels = tx.matching(tables.stock_balance, units.select(SHELF), *SHELF, "on_hand", "reserved", "quarantined")
    fenced = pl.when(pl.col("lot").is_in(barred.implode())).then(pl.col("free")).otherwise(0)
    return (
        levels.join(units, on=SHELF)
        .with_columns(fenced=fenced.cast(pl.Int64))
        .with_columns(
            on_hand=pl.col("on_hand") + pl.col("claimed") + pl.col("free"),
            reserved=pl.col("reserved") + pl.col("claimed"),
            quarantined=pl.col("quarantined") + pl.col("fenced"),
        )
    )
