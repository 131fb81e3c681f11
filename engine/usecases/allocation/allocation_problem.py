"""Gathers one allocation problem from the room: waiting orders, what lies where, who may carry it at what price now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from engine.allocation.problem import NEAR_EXPIRY_DAYS, AllocationPolicy, Problem
from engine.clock import BEIJING
from engine.rules.hours import beijing_minutes
from engine.store.database import Database
from engine.usecases.allocation.moment_limits import limits_now, promises_of
from engine.usecases.allocation.offer_sheet import offer_sheet
from engine.usecases.allocation.offers_now import offers_now
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.steering_state import barriers
from engine.usecases.stock.free_stock import free_stock

SMALL = 5000
"""Up to this many orders their lines are looked up by key; for more, one scan of the lines is cheaper."""

MIDDLE = (35.0, 105.0)
"""Latitude and longitude of the middle of the country (Gansu)."""


WAITS = """
    o.status = 'reserved' AND o.order_id NOT IN (SELECT order_id FROM delay_offers WHERE hold_until > $now)
"""
"""SQL: may an order `o` be planned at $now? Not while its buyer is asked to wait, nor before an agreed later time."""


ORDER_ROWS = """
    SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street,
           o.platform, o.amount_cents
    FROM orders o LEFT JOIN regions r ON r.adcode = o.adcode
"""
"""SQL: what planning wants to know of an order `o`; conditions follow."""


def waiting_orders(work: Workplace, *, now: datetime, limit: int) -> pl.DataFrame:
    """Reserved orders without an allocation, first paid first; those just found unservable are left out a while."""
    plan = work.rules.allocation.plan
    return work.database.read(
        f"""
        {ORDER_ROWS}
        LEFT JOIN allocation_reasons a ON a.order_id = o.order_id
        WHERE {WAITS} AND (a.order_id IS NULL OR a.decided_at < $retry) AND o.received_at <= $young
        ORDER BY o.paid_at, o.order_id
        LIMIT $limit
        """,
        {
            "retry": now - timedelta(seconds=plan.retry_seconds),
            "young": now - timedelta(seconds=plan.min_order_age_seconds),
            "now": now,
            "limit": limit,
        },
    )


def gather_problem(work: Workplace, orders: pl.DataFrame, *, now: datetime, freed: Sequence[str] = ()) -> Problem:
    """The problem of DESIGN's file contract for these orders, with stock, throughput and capacity as they are now.

    `orders` has the columns of `waiting_orders` (platform and amount_cents may be left out); at least one row. `freed`:
    parcels that count as not planned, so that their places at nodes and with carriers, and the units in them, are free.
    Closed nodes have no throughput in it, quarantined lots no stock, stopped carriers no offer where they are stopped.
    """
    database = work.database
    rules = work.rules.allocation
    at = beijing_minutes(now)
    sheet = work.made_once("offer_sheet", lambda: offer_sheet(database))
    stakes = _stakes(database, orders)
    promises = promises_of(stakes, rules.limits, now=at)
    limits = limits_now(database, sheet, promises, rules.limits, now=now, freed=freed)
    problem = Problem(
        orders=orders.select(
            "order_id",
            # Orders merge only for one door: the masked name alone may be two people of one district.
            buyer=pl.concat_str("buyer", "street", "address", separator="|", ignore_nulls=True),
            region="region",
            # A division whose seat the gazetteer does not know is ranked from the middle of the country.
            lat=pl.col("lat").fill_null(MIDDLE[0]),
            lon=pl.col("lon").fill_null(MIDDLE[1]),
            paid_at="paid_at",
            promise_at="promise_at",
        ),
        lines=_of_orders(database, orders, "order_lines", "order_id, sku, qty, kit", order="order_id, line_no").cast(
            {"qty": pl.Int32}
        ),
        skus=database.read("SELECT sku, weight_kg, volume_l, layer, shelf_life_days FROM skus"),
        nodes=limits.nodes,
        stock=free_stock(database, freed=freed),
        offers=offers_now(work, sheet, limits, stakes, now=at),
        carriers=limits.carriers,
        policy=AllocationPolicy(
            now=now,
            unserved_yuan=rules.plan.unserved_yuan,
            handling_yuan_per_parcel=rules.plan.handling_yuan_per_parcel,
            merge=rules.plan.merge,
            max_share_yuan=rules.plan.max_share_yuan,
            min_share_yuan=rules.plan.min_share_yuan,
            near_expiry=work.rules.near_expiry_on(now.astimezone(BEIJING).date()) or NEAR_EXPIRY_DAYS,
        ),
    )
    return barriers(database).before(problem)


def _stakes(database: Database, orders: pl.DataFrame) -> pl.DataFrame:
    """What lateness of each order would hit: platform, amount_cents, promise and paid (f64 Beijing minutes)."""
    if not {"platform", "amount_cents"} <= set(orders.columns):
        more = _of_orders(database, orders, "orders", "order_id, platform, amount_cents", order="order_id")
        orders = orders.join(more, on="order_id")
    return orders.select(
        "platform",
        "amount_cents",
        promise=pl.col("promise_at").dt.timestamp("us") / 60_000_000 + 480,
        paid=pl.col("paid_at").dt.timestamp("us") / 60_000_000 + 480,
    )


def _of_orders(database: Database, orders: pl.DataFrame, table: str, columns: str, *, order: str) -> pl.DataFrame:
    """The rows of `table` that belong to these orders."""
    if orders.height <= SMALL:
        return database.read(
            f"SELECT {columns} FROM {table} WHERE order_id IN (SELECT unnest($ids)) ORDER BY {order}",
            {"ids": orders["order_id"].to_list()},
        )
    every = database.read(f"SELECT {columns} FROM {table}")
    return every.join(orders.select("order_id"), on="order_id", how="semi")
