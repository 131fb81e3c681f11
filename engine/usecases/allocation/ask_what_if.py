"""Take a copy of the room to plan on: orders that wait, and planned ones as if nobody had planned them yet.

Everything is read as of one moment, and nothing is ever written: on the copy alone the orders' stock, places at
nodes and carriers' capacity are free again. Knows neither changes nor plans.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from engine.allocation.problem import Problem
from engine.errors import BadChange, NotFound
from engine.store.database import Database
from engine.usecases.allocation.allocation_problem import WAITS, gather_problem
from engine.usecases.room.workplace import Workplace


class Which(StrEnum):
    """Which orders a question is about. Those that wait for a place are part of every one."""

    WAITING = "waiting"  # only those
    RECENT = "recent"  # and those planned in the last minutes
    SHOW = "show"  # of one show: those that wait and those that are planned


@dataclass(frozen=True, slots=True)
class Scope:
    """The orders of a question: `minutes` counts for RECENT, `show_id` for SHOW."""

    which: Which
    minutes: int = 0
    show_id: str = ""

    def __post_init__(self) -> None:
        if self.which is Which.RECENT and not 1 <= self.minutes <= 24 * 60:
            raise BadChange(f"Orders planned in the last {self.minutes} minutes: name 1 to 1440 minutes.")
        if self.which is Which.SHOW and not self.show_id:
            raise BadChange("Name the show whose orders are meant.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCopy:
    """A problem of the room's own orders, as of `taken_at`.

    planned, waiting: how many orders of each kind it holds. in_scope: planned orders that were meant and have no
    waybill yet (an order with one stays where it is: its label is out). Those beyond the limit are older; `sharing` of
    the others stayed out because they share a parcel with one that did.
    as_planned_yuan: what the parcels of the planned orders cost as the room planned them, batch by batch.
    """

    scope: Scope
    taken_at: datetime
    problem: Problem
    planned: int
    waiting: int
    in_scope: int
    sharing: int
    as_planned_yuan: float


_COLUMNS = ("order_id", "buyer", "region", "lat", "lon", "paid_at", "promise_at", "address", "street")


def copy_room(work: Workplace, scope: Scope, *, limit: int) -> RoomCopy:
    """The copy for a question about `scope`, with at most `limit` planned and `limit` waiting orders.

    Raises NotFound, in words, where there is no order to plan.
    """
    now = work.now()
    # This thread reads on one cursor: all that follows sees the room as it is at this moment.
    with work.database.snapshot():
        waiting = _waiting(work.database, scope, now=now, limit=limit)
        chosen = _planned(work.database, scope, now=now, limit=limit)
        in_scope = int(chosen["in_scope"][0]) if chosen.height else 0
        parts = _parcels_of(work.database, chosen)
        whole = _whole_parcels(parts, chosen.select("order_id"))
        planned = chosen.join(whole, on="order_id", how="semi")
        orders = pl.concat([waiting.select(_COLUMNS), planned.select(_COLUMNS)])
        if orders.is_empty():
            raise NotFound("There is no order to plan anew: none waits, and none was planned in that time.")
        freed = whole["parcel_id"].unique().to_list()
        problem = gather_problem(work, orders, now=now, freed=freed)
        cost = _as_planned_yuan(work.database, freed)
    return RoomCopy(
        scope=scope,
        taken_at=now,
        problem=problem,
        planned=planned.height,
        waiting=waiting.height,
        in_scope=in_scope,
        sharing=chosen.height - planned.height,
        as_planned_yuan=cost,
    )


def _waiting(database: Database, scope: Scope, *, now: datetime, limit: int) -> pl.DataFrame:
    """Every order that may be planned, also one that found no way out a moment ago: a change may be its way."""
    return database.read(
        f"""
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street
        FROM orders o LEFT JOIN regions r ON r.adcode = o.adcode
        WHERE {WAITS} AND ($show = '' OR o.show_id = $show)
        ORDER BY o.paid_at, o.order_id
        LIMIT $limit
        """,
        {"show": scope.show_id, "now": now, "limit": limit},
    )


def _planned(database: Database, scope: Scope, *, now: datetime, limit: int) -> pl.DataFrame:
    """The newest planned orders of the scope whose parcels have no waybill yet; `in_scope` counts them all."""
    since = now - timedelta(minutes=scope.minutes) if scope.which is Which.RECENT else None
    return database.read(
        """
        WITH planned AS (
            SELECT a.order_id, max(p.planned_at) AS planned_at
            FROM boards.standing_picks a JOIN boards.parcel_windows p ON p.parcel_id = a.parcel_id
            GROUP BY a.order_id
            HAVING bool_and(p.stage = 'open') AND ($since::TIMESTAMPTZ IS NULL OR max(p.planned_at) > $since)
        )
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street,
               count(*) OVER () AS in_scope
        FROM orders o
        JOIN planned n ON n.order_id = o.order_id
        LEFT JOIN regions r ON r.adcode = o.adcode
        WHERE $which <> 'waiting' AND ($show = '' OR o.show_id = $show)
        ORDER BY n.planned_at DESC, o.paid_at DESC, o.order_id
        LIMIT $limit
        """,
        {"since": since, "which": scope.which.value, "show": scope.show_id, "limit": limit},
    )


def _parcels_of(database: Database, orders: pl.DataFrame) -> pl.DataFrame:
    """Which living order lies in which parcel, for all parcels that hold one of `orders`."""
    return database.read(
        """
        SELECT DISTINCT order_id, parcel_id
        FROM boards.standing_picks
        WHERE parcel_id IN (
            SELECT parcel_id FROM boards.standing_picks WHERE order_id IN (SELECT unnest($ids::VARCHAR[])))
        """,
        {"ids": orders["order_id"].to_list()},
    )


def _whole_parcels(parts: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """The rows of `parts` (order_id, parcel_id) whose parcels hold no order but chosen ones.

    An order that shares a parcel with another that is not chosen stays where it is, and so do those that share a
    parcel with it, and so on.
    """
    free = parts.join(chosen, on="order_id", how="semi")
    held = parts.join(chosen, on="order_id", how="anti")
    while held.height:
        bound = free.join(held, on="parcel_id", how="semi").select("order_id").unique()
        held = free.join(bound, on="order_id", how="semi")
        free = free.join(bound, on="order_id", how="anti")
    return free


def _as_planned_yuan(database: Database, parcels: list[str]) -> float:
    cents = database.read(
        "SELECT coalesce(sum(cost_cents), 0)::BIGINT FROM parcels WHERE parcel_id IN (SELECT unnest($ids::VARCHAR[]))",
        {"ids": parcels},
    ).item()
    return int(cents) / 100
