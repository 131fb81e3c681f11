"""Reserved orders get node, lot and carrier: gather the problem, let the rule plan, write the plan in one commit.

Planned orders of a door that orders again are planned once more with it (join_orders.py). Between gathering and
writing an order may have been cancelled or its buyer asked to wait, a lot quarantined, a parcel sent to the floor; what
no longer stands is left out and waits for the next round, a few seconds later.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation.allocation_problem import gather_problem, waiting_orders
from engine.usecases.allocation.delay_records import asked_to_wait
from engine.usecases.allocation.join_orders import MOVED, changed, no_longer_open, open_picks, orders_in, write_moves
from engine.usecases.allocation.keep_certificate import keep_certificate
from engine.usecases.allocation.keep_reasons import keep_reasons
from engine.usecases.allocation.look_ahead import bids_now
from engine.usecases.allocation.offers_now import late_basis
from engine.usecases.orders.change_orders import move_orders
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.steering_state import barred_orders


@dataclass(frozen=True, slots=True)
class AllocationRun:
    """One round: orders looked at, served, left unserved; parcels planned; milliseconds it took; orders that were
    planned already and moved because their door ordered again."""

    orders: int
    served: int
    unserved: int
    parcels: int
    took_ms: int
    joined: int = 0


@dataclass(frozen=True, slots=True)
class _Planned:
    """`again`: PICKS of planned orders that the plan ships otherwise than they stand."""

    problem: Problem
    plan: Plan
    again: pl.DataFrame
    took_ms: int


def allocate_waiting(work: Workplace, *, limit: int = 20_000) -> AllocationRun:
    """Allocate up to `limit` reserved orders, first paid first."""
    started = time.perf_counter()
    now = work.now()
    orders = waiting_orders(work, now=now, limit=limit)
    if orders.is_empty():
        return AllocationRun(0, 0, 0, 0, 0)
    made = _plan(work, orders, open_picks(work, orders), now=now)
    with work.database.transaction(actor="allocation", verb="allocate_orders", subject=f"{orders.height} orders") as tx:
        done = _apply(work, tx, made, prefix=f"p{tx.version}")
        keep_reasons(tx, made.plan, made.problem, but=done.left_out)
        keep_days = work.rules.allocation.plan.prices_kept_days
        keep_certificate(tx, made.plan.summary, took_ms=made.took_ms, keep_days=keep_days)
        unserved = made.plan.unserved.height
        tx.note(served=done.served, parcels=done.parcels, unserved=unserved, joined=done.joined)
        tx.note(**made.plan.summary.unserved_reasons, lateness=late_basis(work).as_dict())
    took = round((time.perf_counter() - started) * 1000)
    return AllocationRun(orders.height, done.served, unserved, done.parcels, took, done.joined)


def _plan(work: Workplace, orders: pl.DataFrame, again: pl.DataFrame, *, now: datetime) -> _Planned:
    """The orders planned, those of `again` with them and their places freed. Nobody loses a place to a neighbour: where
    one of `again` finds none, all of them stay as they are."""
    began = time.perf_counter()
    every = orders if again.is_empty() else pl.concat([orders, orders_in(work.database, again)])
    problem = gather_problem(work, every, now=now, freed=again["parcel_id"].unique().to_list())
    plan = plan_batch(problem, bids=bids_now(work, now=now))
    if not plan.unserved.join(again, on="order_id", how="semi").is_empty():
        return _plan(work, orders, again.clear(), now=now)
    moving = again.join(changed(again, plan), on="order_id", how="semi", maintain_order="left")
    return _Planned(problem, plan, moving, round((time.perf_counter() - began) * 1000))


@dataclass(frozen=True, slots=True)
class _Applied:
    """`left_out`: order_id of orders whose part of the plan no longer stood."""

    served: int
    parcels: int
    joined: int
    left_out: pl.DataFrame


def _apply(work: Workplace, tx: Transaction, made: _Planned, *, prefix: str) -> _Applied:
    """Write the part of the plan that still stands."""
    final = pl.format("{}-{}", pl.lit(prefix), "parcel_id").alias("parcel_id")
    picks = made.plan.picks.with_columns(final, qty=pl.col("qty").cast(pl.Int64))
    parcels = made.plan.parcels.with_columns(final)
    ids = picks.select("order_id").unique(maintain_order=True)
    if ids.is_empty():
        return _Applied(0, 0, 0, ids)
    standing = tx.matching(tables.orders, ids, "order_id", "status", "show_id", "province")
    # Those that were planned already and keep what they have: only what changes is written.
    kept = standing.filter(pl.col("status") == OrderStatus.ALLOCATED).join(made.again, on="order_id", how="anti")
    picks = picks.join(kept, on="order_id", how="anti", maintain_order="left")
    new = standing.join(made.again, on="order_id", how="anti")
    asked = picks.select("order_id").unique()
    picks = _without(picks, new.filter(pl.col("status") != OrderStatus.RESERVED).select("order_id"))
    picks = _without(picks, no_longer_open(tx, made.again))
    picks = _without(picks, barred_orders(tx, picks))  # a node closed, a carrier stopped since the plan was begun
    picks = _without(picks, asked_to_wait(tx, picks.select("order_id").unique()))
    picks, levels = _still_in_stock(tx, picks, made.again)
    left_out = asked.join(picks, on="order_id", how="anti")
    if picks.is_empty():
        return _Applied(0, 0, 0, left_out)
    tx.amend(tables.stock_balance, levels, on=("node", "sku", "lot"))
    count = append_parcels(tx, picks, parcels)
    moving = made.again.join(picks, on="order_id", how="semi", maintain_order="left")
    write_moves(work, tx, moving, new_picks=picks, new_parcels=parcels)
    served = picks.select("order_id").unique(maintain_order=True).join(moving, on="order_id", how="anti")
    told = [(order_id, OrderStatus.ALLOCATED.value, tx.at, "") for order_id in served["order_id"].to_list()]
    joined = moving["order_id"].unique(maintain_order=True).to_list()
    told += [(order_id, OrderStatus.ALLOCATED.value, tx.at, MOVED) for order_id in joined]
    move_orders(work, tx, standing.join(picks, on="order_id", how="semi"), told)
    return _Applied(served.height, count, len(joined), left_out)


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


def _still_in_stock(tx: Transaction, picks: pl.DataFrame, again: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Picks whose lots still have the units, and the lots' new reserved units; orders of `again` that are among them
    give back what they held.

    The problem was gathered before this transaction began, so a lot may have been quarantined since. Every order
    that touches a lot now short is left out whole; few rounds see any.
    """
    keys = ("node", "sku", "lot")
    while True:
        given = again.join(picks, on="order_id", how="semi").select(*keys, units=-pl.col("qty"))
        taken = pl.concat([picks.select(*keys, units="qty"), given]).group_by(keys).agg(pl.col("units").sum())
        levels = tx.matching(tables.stock_balance, taken.select(keys), *keys, "on_hand", "reserved", "quarantined")
        after = taken.join(levels, on=keys, how="left").with_columns(reserved=pl.col("reserved") + pl.col("units"))
        room = pl.col("on_hand") - pl.col("reserved") - pl.col("quarantined")
        short = after.filter((pl.col("units") > 0) & (room.is_null() | (room < 0)))
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
