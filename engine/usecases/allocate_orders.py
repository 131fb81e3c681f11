"""Reserved orders get node, lot and carrier: gather the problem, let the rule plan, write the plan in one commit.

Between gathering and writing an order may have been cancelled or its buyer asked to wait, and a lot quarantined;
what no longer stands is left out and waits for the next round, a few seconds later.
"""

import time
from dataclasses import dataclass

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation_problem import gather_problem, waiting_orders
from engine.usecases.change_orders import move_orders
from engine.usecases.delay_records import asked_to_wait
from engine.usecases.keep_certificate import keep_certificate
from engine.usecases.keep_reasons import keep_reasons
from engine.usecases.look_ahead import bids_now
from engine.usecases.offers_now import late_basis
from engine.usecases.steering_state import barred_orders
from engine.usecases.workplace import Workplace


@dataclass(frozen=True, slots=True)
class AllocationRun:
    """One round: orders looked at, served, left unserved; parcels planned; milliseconds it took."""

    orders: int
    served: int
    unserved: int
    parcels: int
    took_ms: int


def allocate_waiting(work: Workplace, *, limit: int = 20_000) -> AllocationRun:
    """Allocate up to `limit` reserved orders, first paid first."""
    started = time.perf_counter()
    now = work.now()
    orders = waiting_orders(work, now=now, limit=limit)
    if orders.is_empty():
        return AllocationRun(0, 0, 0, 0, 0)
    problem = gather_problem(work, orders, now=now)
    began = time.perf_counter()
    plan = plan_batch(problem, bids=bids_now(work, now=now))
    planning_ms = round((time.perf_counter() - began) * 1000)
    with work.database.transaction(actor="allocation", verb="allocate_orders", subject=f"{orders.height} orders") as tx:
        served, parcels = _apply(work, tx, plan, prefix=f"p{tx.version}")
        keep_reasons(tx, plan, problem)
        keep_days = work.rules.allocation.plan.prices_kept_days
        keep_certificate(tx, plan.summary, took_ms=planning_ms, keep_days=keep_days)
        tx.note(served=served, parcels=parcels, unserved=plan.unserved.height, **plan.summary.unserved_reasons)
        tx.note(lateness=late_basis(work).as_dict())
    took = round((time.perf_counter() - started) * 1000)
    return AllocationRun(orders.height, served, plan.unserved.height, parcels, took)


def _apply(work: Workplace, tx: Transaction, plan: Plan, *, prefix: str) -> tuple[int, int]:
    """Write the part of the plan that still stands; returns orders served and parcels planned."""
    picks = plan.picks
    if picks.is_empty():
        return 0, 0
    picks = picks.with_columns(
        parcel_id=pl.format("{}-{}", pl.lit(prefix), "parcel_id"), qty=pl.col("qty").cast(pl.Int64)
    )
    standing = tx.matching(
        tables.orders, picks.select("order_id").unique(), "order_id", "status", "show_id", "province"
    )
    picks = _without(picks, standing.filter(pl.col("status") != OrderStatus.RESERVED).select("order_id"))
    picks = _without(picks, barred_orders(tx, picks))  # a node closed, a carrier stopped since the plan was begun
    picks = _without(picks, asked_to_wait(tx, picks.select("order_id").unique()))
    picks, levels = _still_in_stock(tx, picks)
    if picks.is_empty():
        return 0, 0
    tx.amend(tables.stock_balance, levels, on=("node", "sku", "lot"))
    parcels = append_parcels(
        tx, picks, plan.parcels.with_columns(parcel_id=pl.format("{}-{}", pl.lit(prefix), "parcel_id"))
    )
    served = picks["order_id"].unique(maintain_order=True).to_list()
    going = standing.filter(pl.col("order_id").is_in(pl.Series(served).implode()))
    move_orders(work, tx, going, [(order_id, OrderStatus.ALLOCATED.value, tx.at, "") for order_id in served])
    return len(served), parcels


def append_parcels(tx: Transaction, picks: pl.DataFrame, parcels: pl.DataFrame) -> int:
    """Append the picks, and those of the plan's `parcels` that they use; returns how many. Ids are final here."""
    tx.append(
        tables.allocations,
        picks.select("order_id", "parcel_id", "sku", "qty", "node", "lot", "carrier"),
        stamp=True,
    )
    used = parcels.join(picks.select("parcel_id").unique(), on="parcel_id", how="semi").select(
        "parcel_id",
        "node",
        "carrier",
        "layer",
        "kg",
        cost_cents=(pl.col("cost_yuan") * 100).round().cast(pl.Int64),
        planned_at=pl.lit(tx.at).dt.cast_time_unit("us"),
        status=pl.lit("planned"),
    )
    return tx.append(tables.parcels, used, stamp=True)


def _still_in_stock(tx: Transaction, picks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Picks whose lots still have the units, and the lots' new reserved units.

    The problem was gathered before this transaction began, so a lot may have been quarantined since. Every order
    that touches a lot now short is left out whole; few rounds see any.
    """
    keys = ("node", "sku", "lot")
    while True:
        taken = picks.group_by(keys).agg(units=pl.col("qty").sum())
        levels = tx.matching(tables.stock_balance, taken.select(keys), *keys, "on_hand", "reserved", "quarantined")
        after = taken.join(levels, on=keys, how="left").with_columns(reserved=pl.col("reserved") + pl.col("units"))
        room = pl.col("on_hand") - pl.col("reserved") - pl.col("quarantined")
        short = after.filter(room.is_null() | (room < 0))
        if short.is_empty() or picks.is_empty():
            return picks, after.select(*keys, "reserved")
        picks = _without(picks, picks.join(short, on=keys, how="semi").select("order_id").unique())


def _without(picks: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Picks less those of the orders in `gone`, and of all that share a parcel with them, directly or by another."""
    while True:
        parcels = picks.join(gone, on="order_id", how="semi").select("parcel_id").unique()
        shared = picks.join(parcels, on="parcel_id", how="semi").select("order_id").unique()
        if shared.height <= gone.height or shared.is_empty():
            return picks.join(gone, on="order_id", how="anti")
        gone = shared
