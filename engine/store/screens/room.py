"""The questions that screens ask: one function a view in views/, parameters bound, shape asserted.

Knows no screen: what is asked together, how often and in which words is the dashboard's matter.
"""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.every_view import SHAPES


def asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    """The rows of `view` (with `arguments` where it is a macro) under `clause`; every value goes in as a parameter."""
    frame = database.read(f"FROM boards.{view}{arguments} {clause}", bound or None)
    return conform(frame, SHAPES[view])


# --- orders --------------------------------------------------------------------------------------------------------


def orders_by_status(database: Database) -> pl.DataFrame:
    """Orders and cents by status; 'unpaid' for orders seen and not paid yet."""
    return asked(database, "orders_by_status")


def orders_by_show(database: Database) -> pl.DataFrame:
    """Orders and cents by show and status."""
    return asked(database, "orders_by_show")


def day_totals(database: Database, as_of: datetime) -> pl.DataFrame:
    """One row: orders in all, orders and cents paid today (Beijing), orders received in the last 60 s."""
    return asked(database, "day_totals", arguments="($as_of)", as_of=as_of)


def order_pulse(database: Database, as_of: datetime, *, seconds: int = 60) -> pl.DataFrame:
    """Orders, cents and mean viewers by bucket of `seconds`, over 120 minutes; empty without an order."""
    return asked(database, "order_pulse", arguments="($as_of, $seconds)", as_of=as_of, seconds=seconds)


def orders_by_province(database: Database) -> pl.DataFrame:
    """Orders, cents and quota by show and province."""
    return asked(database, "orders_by_province")


def sold_today(database: Database, as_of: datetime) -> pl.DataFrame:
    """Units and cents asked for by code as sold, the most units first."""
    return asked(database, "sold_today", arguments="($as_of)", clause="ORDER BY units DESC, sold_sku", as_of=as_of)


def latest_orders(database: Database, *, limit: int = 100) -> pl.DataFrame:
    """The newest orders, at most 500."""
    return asked(database, "latest_orders", clause="LIMIT $limit", limit=limit)


def promise_clock(database: Database, as_of: datetime) -> pl.DataFrame:
    """Orders without their pick-up scan by hours to its deadline: five rows, overdue first."""
    return asked(database, "promise_clock", arguments="($as_of)", as_of=as_of)


def road_totals(database: Database, as_of: datetime) -> pl.DataFrame:
    """Orders picked up today and parcels on the road: one row."""
    return asked(database, "road_totals", arguments="($as_of)", as_of=as_of)


def unserved_orders(database: Database, *, limit: int = 200) -> pl.DataFrame:
    """Reserved orders that found no way out, the earliest promise first."""
    return asked(database, "unserved_orders", clause="LIMIT $limit", limit=limit)


# --- review --------------------------------------------------------------------------------------------------------


def hold_queue(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """Held orders, the earliest promise first."""
    return asked(database, "hold_queue", clause="LIMIT $limit", limit=limit)


def held_by_rule(database: Database) -> pl.DataFrame:
    """Held orders by the rule that holds them."""
    return asked(database, "held_by_rule")


def quarantine_queue(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """Open quarantined rows, the oldest first. `raw` and `fault` carry hostile text."""
    return asked(database, "quarantine_queue", clause="LIMIT $limit", limit=limit)


def waiting_for_review(database: Database) -> pl.DataFrame:
    """One row: how much waits for a person, and since when."""
    return asked(database, "waiting_for_review")


def latest_batches(database: Database, *, limit: int = 50) -> pl.DataFrame:
    """The newest intake batches with how their rows ended."""
    return asked(database, "latest_batches", clause="LIMIT $limit", limit=limit)


# --- stock ---------------------------------------------------------------------------------------------------------


def lot_stock(database: Database, as_of: datetime) -> pl.DataFrame:
    """Stock by node, SKU and lot, the fewest days to expiry first."""
    order = "ORDER BY days_left NULLS LAST, sku, node, lot"
    return asked(database, "lot_stock", arguments="($as_of)", clause=order, as_of=as_of)


def sku_stock(database: Database, as_of: datetime) -> pl.DataFrame:
    """Stock by SKU over all nodes."""
    return asked(database, "sku_stock", arguments="($as_of)", clause="ORDER BY sku", as_of=as_of)


def free_outside_pools(database: Database, as_of: datetime) -> pl.DataFrame:
    """Units by SKU that no pool and no order claims; negative where pools promise more than may be sold."""
    return asked(database, "free_outside_pools", arguments="($as_of)", clause="ORDER BY sku", as_of=as_of)


TIGHTEST_FIRST = "ORDER BY minutes_left NULLS LAST, show_id, sku"


def pool_paces(database: Database, as_of: datetime) -> pl.DataFrame:
    """Pools by show and SKU with rate and minutes to sold out, the tightest first."""
    return asked(database, "pool_paces", arguments="($as_of)", clause=TIGHTEST_FIRST, as_of=as_of)


def pool_clocks(database: Database, as_of: datetime) -> pl.DataFrame:
    """As pool_paces, with the units that are free for each and the suggested top-up."""
    return asked(database, "pool_clocks", arguments="($as_of)", clause=TIGHTEST_FIRST, as_of=as_of)


# --- nodes, carriers, shows ----------------------------------------------------------------------------------------


def node_load(database: Database) -> pl.DataFrame:
    """Planned parcels by node, the most hours of work first."""
    return asked(database, "node_load", clause="ORDER BY hours DESC, node")


def carrier_mix(database: Database) -> pl.DataFrame:
    """Planned parcels by carrier with share and agreed shares, the most parcels first."""
    return asked(database, "carrier_mix", clause="ORDER BY parcels DESC, carrier")


def show_phases(database: Database, as_of: datetime) -> pl.DataFrame:
    """Shows with their phase and last signal, the next to start last."""
    order = "ORDER BY starts_at NULLS FIRST, show_id"
    return asked(database, "show_phases", arguments="($as_of)", clause=order, as_of=as_of)


# --- the room itself -----------------------------------------------------------------------------------------------


def feed_ages(database: Database) -> pl.DataFrame:
    """Newest event and ingest time by feed."""
    return asked(database, "feed_ages")


def job_states(database: Database) -> pl.DataFrame:
    """Each job's latest record."""
    return asked(database, "job_states")


def latest_job_runs(database: Database, *, limit: int = 50) -> pl.DataFrame:
    """The newest job records."""
    return asked(database, "latest_job_runs", clause="LIMIT $limit", limit=limit)


def invariant_states(database: Database) -> pl.DataFrame:
    """Each invariant's latest check, breaches first."""
    return asked(database, "invariant_states")


def audit_tail(database: Database, *, limit: int = 100) -> pl.DataFrame:
    """The newest commits."""
    return asked(database, "audit_tail", clause="LIMIT $limit", limit=limit)


# --- certificates and offers to wait -------------------------------------------------------------------------------


def latest_certificate(database: Database) -> pl.DataFrame:
    """The newest allocation round that proves a bound: one row, or none."""
    return asked(database, "latest_certificate")


def dearest_prices(database: Database, *, limit: int = 20) -> pl.DataFrame:
    """That round's bottlenecks, the dearest first."""
    return asked(database, "dearest_prices", clause="LIMIT $limit", limit=limit)


def delay_queue(database: Database, as_of: datetime, *, limit: int = 500) -> pl.DataFrame:
    """Offers to wait that an operator may approve, the greatest expected saving first."""
    return asked(database, "delay_queue", arguments="($as_of)", clause="LIMIT $limit", as_of=as_of, limit=limit)


def delays_to_ask(database: Database, as_of: datetime, *, limit: int = 5000) -> pl.DataFrame:
    """Approved offers that buyers may answer now, those not yet asked first."""
    return asked(database, "delays_to_ask", arguments="($as_of)", clause="LIMIT $limit", as_of=as_of, limit=limit)


def orders_on_hold(database: Database, as_of: datetime, *, order_id: str = "") -> pl.DataFrame:
    """Orders that allocation leaves alone because their buyers were asked to wait; or that one of them, or none."""
    clause = "WHERE $order_id IN ('', order_id) ORDER BY hold_until, order_id"
    return asked(database, "orders_on_hold", arguments="($as_of)", clause=clause, as_of=as_of, order_id=order_id)


def delay_results(database: Database) -> pl.DataFrame:
    """What became of the offers, by tier."""
    return asked(database, "delay_results", clause="ORDER BY tier")


# --- one order -----------------------------------------------------------------------------------------------------


def order_head(database: Database, order_id: str) -> pl.DataFrame:
    """The order itself: one row, or none."""
    return asked(database, "order_heads", clause="WHERE order_id = $order_id", order_id=order_id)


def order_goods(database: Database, order_id: str) -> pl.DataFrame:
    """Its physical lines."""
    return asked(database, "order_goods", clause="WHERE order_id = $order_id ORDER BY line_no", order_id=order_id)


def order_picks(database: Database, order_id: str) -> pl.DataFrame:
    """Where it ships from, in which parcels."""
    clause = "WHERE order_id = $order_id ORDER BY parcel_id, sku, lot"
    return asked(database, "order_picks", clause=clause, order_id=order_id)


def order_story(database: Database, order_id: str) -> pl.DataFrame:
    """What happened to it, in turn."""
    return asked(database, "order_story", arguments="($order_id)", order_id=order_id)


def node_reason(database: Database, order_id: str) -> pl.DataFrame:
    """Why it ships from there: one row, or none."""
    return asked(database, "node_reasons", clause="WHERE order_id = $order_id", order_id=order_id)


def sold_out(database: Database, order_id: str) -> pl.DataFrame:
    """When the nodes that have nothing left of what it holds gave away their last unit, by node and SKU."""
    return asked(database, "sold_out", arguments="($order_id)", clause="ORDER BY node, sku", order_id=order_id)
