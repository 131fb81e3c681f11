"""A buyer orders again: what of theirs is only planned yet is planned once more, together with the new order.

A parcel that no wave and no waybill knows is nothing but an intention. Taken back and planned again with what the same
door ordered since, two parcels become one where that pays; where it does not, most keep their place, and nothing is
written for them. Everything is checked again inside the commit: what went to the floor meanwhile stays.
"""

import polars as pl

from engine.allocation.move_costs import move_costs
from engine.allocation.plan import Plan
from engine.allocation.reallocation import PICKS, PIECE
from engine.allocation.window import Window, WindowPolicy
from engine.model.frames import conform
from engine.model.pick_stops import StopWhy
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.allocation.allocation_problem import ORDER_ROWS
from engine.usecases.allocation.offer_sheet import offer_sheet
from engine.usecases.floor.stop_picks import ask_to_stop
from engine.usecases.orders.change_orders import cancel_empty, standing_only
from engine.usecases.room.workplace import Workplace

JOINED = "orders_joined"
"""Why these orders left their parcels, where a steering change has its kind."""
MOVED = "moved: planned again with a later order for the same door"
"""The same in a sentence, for the story of an order."""


def open_picks(work: Workplace, waiting: pl.DataFrame) -> pl.DataFrame:
    """PICKS of planned orders for the doors of `waiting` orders, where all that is planned for the door can still be
    changed freely and no more orders would come together than the policy lets."""
    plan = work.rules.allocation.plan
    if not plan.merge or plan.join_orders_at_most < 2:
        return pl.DataFrame(schema=dict(PICKS))
    found = work.database.read(
        """
        WITH doors AS (
            SELECT buyer, adcode, street, address, count(*) AS coming FROM orders
            WHERE order_id IN (SELECT unnest($ids)) GROUP BY ALL
        ),
        kin AS (
            SELECT o.order_id, o.adcode AS region, o.paid_at, o.amount_cents, d.coming,
                   dense_rank() OVER (ORDER BY d.buyer, d.adcode, d.street, d.address) AS door
            FROM orders o JOIN doors d
              ON d.buyer = o.buyer AND d.adcode = o.adcode AND d.street IS NOT DISTINCT FROM o.street
             AND d.address IS NOT DISTINCT FROM o.address
            WHERE o.status = 'allocated'
        ),
        live AS (
            SELECT a.order_id, a.parcel_id, a.sku, a.qty, a.node, a.lot, a.carrier, k.region, k.paid_at, k.amount_cents,
                   k.door, k.coming, count(DISTINCT a.order_id) OVER (PARTITION BY k.door) AS planned,
                   p.layer, p.cost_cents, p.planned_at
            FROM kin k JOIN allocations a ON a.order_id = k.order_id
            ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
            JOIN parcels p ON p.parcel_id = a.parcel_id
        ),
        fixed AS (
            SELECT door FROM live WHERE parcel_id IN (FROM wave_parcels SELECT parcel_id)
                                     OR parcel_id IN (FROM waybills SELECT parcel_id)
        )
        SELECT * EXCLUDE (door, coming, planned), NULL::TIMESTAMPTZ AS uploaded_at, NULL::TIMESTAMPTZ AS picked_up_at
        FROM live WHERE door NOT IN (FROM fixed) AND coming + planned <= $most
        ORDER BY ALL
        """,
        {"ids": waiting["order_id"].to_list(), "most": plan.join_orders_at_most},
    )
    return conform(found, PICKS)


def orders_in(database: Database, picks: pl.DataFrame) -> pl.DataFrame:
    """The orders of `picks` as `waiting_orders` has them."""
    return database.read(
        f"{ORDER_ROWS} WHERE o.order_id IN (SELECT unnest($ids)) ORDER BY o.paid_at, o.order_id",
        {"ids": picks["order_id"].unique(maintain_order=True).to_list()},
    )


def changed(picks: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """`order_id` of orders in `picks` that the plan ships otherwise than they stand: from another lot or node, with
    another carrier, or with others in the parcel."""
    goods = ("sku", "lot", "node", "carrier", "qty")
    old = _by_company(picks.select(*PIECE, *goods))
    new = _by_company(plan.picks.select(*PIECE, *goods).with_columns(pl.col("qty").cast(pl.Int64)))
    same = old.join(new, on=["order_id", "company", *goods], how="semi")
    kept = same.group_by("order_id").len().join(old.group_by("order_id").len(), on=["order_id", "len"], how="semi")
    return picks.select("order_id").unique(maintain_order=True).join(kept, on="order_id", how="anti")


def _by_company(picks: pl.DataFrame) -> pl.DataFrame:
    """With `company`: the orders of the parcel, in place of the parcel's id."""
    company = picks.group_by("parcel_id").agg(company=pl.col("order_id").unique().sort().str.join("|"))
    return picks.join(company, on="parcel_id").drop("parcel_id")


def no_longer_open(tx: Transaction, picks: pl.DataFrame) -> pl.DataFrame:
    """`order_id` of orders in `picks` of which something has been moved, cancelled or sent to the floor since."""
    if picks.is_empty():
        return picks.select("order_id")
    pieces = picks.select(PIECE).unique()
    parcels = pieces.select("parcel_id").unique()
    status = tx.matching(tables.orders, pieces.select("order_id").unique(), "order_id", "status")
    gone = status.filter(pl.col("status") != OrderStatus.ALLOCATED).select("order_id")
    left = pieces.join(standing_only(tx, pieces), on=PIECE, how="anti").select("order_id")
    on_floor = tx.matching(tables.wave_parcels, parcels, "parcel_id")
    labelled = tx.matching(tables.waybills, parcels, "parcel_id")
    fixed = pieces.join(pl.concat([on_floor, labelled]), on="parcel_id", how="semi").select("order_id")
    return pl.concat([gone, left, fixed]).unique()


def write_moves(
    work: Workplace, tx: Transaction, picks: pl.DataFrame, *, new_picks: pl.DataFrame, new_parcels: pl.DataFrame
) -> None:
    """Write that the orders of `picks` left their parcels for others. `new_picks`, `new_parcels`: the plan, with those
    that share a parcel with them; its ids are final, and the caller writes it and the events."""
    if picks.is_empty():
        return
    ended = picks.select(PIECE).unique(maintain_order=True)
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.ended_allocations, ended.with_columns(at=at, kind=pl.lit(JOINED)), stamp=True)
    ask_to_stop(tx, ended, StopWhy.MOVED)
    cancel_empty(tx, ended)
    costs = move_costs(
        picks=picks,
        leaving=ended.with_columns(window=pl.lit(Window.FREE.value)),
        ended=ended,
        new_picks=new_picks,
        new_parcels=new_parcels,
        skus=work.database.read("SELECT sku, weight_kg FROM skus"),
        offers=work.made_once("offer_sheet", lambda: offer_sheet(work.database)).offers,
        policy=WindowPolicy(),
    )
    to = new_picks.select(PIECE).unique(maintain_order=True)
    to = to.group_by("order_id").agg(to_parcels=pl.col("parcel_id").str.join("|"))
    tx.append(
        tables.reallocations,
        costs.drop("from_node", "from_carrier")
        .join(to, on="order_id")
        .with_columns(at=at, kind=pl.lit(JOINED), subject=pl.lit("")),
        stamp=True,
    )
