"""Cancellations and refunds: an order gives back what it holds, once, whatever it holds and however often it is told.

A change for an order not seen yet is remembered; when the order arrives it takes nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from engine.errors import BadRequest
from engine.model.frames import INSTANT
from engine.model.states import HOLDS_POOL, ORDER_TRANSITIONS, OrderStatus, StockKind
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.floor.stop_picks import ask_to_stop
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.settle_promises import settle_after_return


@dataclass(frozen=True, slots=True)
class OrderChange:
    """`order_id` (platform:order_no) is `kind` (cancelled or refunded) since `at`."""

    order_id: str
    kind: str
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
            raise BadRequest(f"A change of {self.order_id} is {self.kind!r}: it must be cancelled or refunded.")
        if ":" not in self.order_id:
            raise BadRequest(f"{self.order_id!r} names no order: write platform:order_no.")


@dataclass(frozen=True, slots=True)
class ChangeReceipt:
    """read == changed + repeated + early. `early`: the order has not arrived yet; the change waits for it."""

    read: int
    changed: int
    repeated: int
    early: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply_changes` did: order -> whether it moved; orders not seen yet."""

    changed: dict[str, bool] = field(default_factory=dict)
    early: int = 0


def change_orders(work: Workplace, changes: Sequence[OrderChange], *, actor: str) -> ChangeReceipt:
    """Apply cancellations and refunds in one commit. Repeating one, in any order, changes nothing more."""
    try:
        with work.database.transaction(actor=actor, verb="change_orders", subject=f"{len(changes)} changes") as tx:
            applied = apply_changes(work, tx, changes)
            tx.note(changed=sum(applied.changed.values()), early=applied.early)
    except BaseException:
        work.gate.forget()
        raise
    moved = sum(applied.changed.values())
    return ChangeReceipt(len(changes), moved, len(changes) - moved - applied.early, applied.early)


def apply_changes(work: Workplace, tx: Transaction, changes: Sequence[OrderChange]) -> Applied:
    """The same inside a transaction of the caller's: status, event, and everything the orders held."""
    admission = work.gate.open(tx)
    first: dict[str, OrderChange] = {}
    for change in changes:
        first.setdefault(change.order_id, change)
    unseen = {
        order_id: change
        for order_id, change in first.items()
        if order_id not in admission.known and order_id not in admission.early
    }
    known = [order_id for order_id in first if order_id in admission.known]
    standing = tx.matching(
        tables.orders, pl.DataFrame({"order_id": known}, schema={"order_id": pl.String}),
        "order_id", "status", "show_id", "province",
    )  # fmt: skip
    may_move = [
        OrderStatus(first[order_id].kind) in ORDER_TRANSITIONS[OrderStatus(status)]
        for order_id, status in standing.select("order_id", "status").iter_rows()
    ]
    moving = standing.filter(pl.Series(may_move, dtype=pl.Boolean))
    move_orders(
        work,
        tx,
        moving,
        [(o, first[o].kind, first[o].at, first[o].reason) for o in moving["order_id"].to_list()],
    )
    _remember_early(tx, list(unseen.values()))
    for order_id, change in unseen.items():
        admission.early[order_id] = change.kind
    moved = set(moving["order_id"].to_list())
    return Applied({o: o in moved for o in known}, early=len(unseen))


def move_orders(
    work: Workplace, tx: Transaction, standing: pl.DataFrame, moves: Sequence[tuple[str, str, datetime, str]]
) -> None:
    """Move orders to a new status; where the new one holds no stock, give back all that the old one held.

    `standing`: order_id, status, show_id, province of each; `moves`: order_id, new status, event time, reason.
    The caller has checked the transition.
    """
    if not moves:
        return
    to = pl.DataFrame(
        list(moves),
        schema={"order_id": pl.String, "kind": pl.String, "event_time": INSTANT, "reason": pl.String},
        orient="row",
    )
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.order_events, to.with_columns(ingest_time=at, actor=pl.lit(tx.actor)), stamp=True)
    tx.amend(tables.orders, to.select("order_id", status="kind").with_columns(status_at=at), on=("order_id",))
    gone = to.filter(~pl.col("kind").is_in(list(HOLDS_POOL)))
    released = standing.filter(pl.col("status").is_in(list(HOLDS_POOL))).join(gone, on="order_id", how="semi")
    if released.is_empty():
        return
    _give_back_pools(tx, released)
    _give_back_quotas(tx, released)
    planned = released.filter(pl.col("status") == OrderStatus.ALLOCATED)
    left = _give_back_lots(tx, planned.join(gone.select("order_id", status_to="kind"), on="order_id"))
    _settle(tx, released, left=left)
    work.gate.reload_book()


def _give_back_pools(tx: Transaction, released: pl.DataFrame) -> None:
    lines = tx.matching(tables.order_lines, released.select("order_id"), "order_id", "sku", "qty")
    units = (
        lines.join(released.select("order_id", "show_id"), on="order_id")
        .group_by("show_id", "sku")
        .agg(back=pl.col("qty").cast(pl.Int64).sum())
    )
    levels = tx.matching(tables.pool_balance, units.select("show_id", "sku"), "show_id", "sku", "reserved")
    tx.amend(
        tables.pool_balance,
        levels.join(units, on=("show_id", "sku")).select(
            "show_id", "sku", reserved=pl.col("reserved") - pl.col("back")
        ),
        on=("show_id", "sku"),
    )


def _give_back_quotas(tx: Transaction, released: pl.DataFrame) -> None:
    places = released.group_by("show_id", "province").agg(back=pl.len().cast(pl.Int64))
    keys = ("show_id", "province")
    levels = tx.matching(tables.quota_balance, places.select(keys), *keys, "reserved")
    if levels.is_empty():
        return
    tx.amend(
        tables.quota_balance,
        levels.join(places, on=keys).select(*keys, reserved=pl.col("reserved") - pl.col("back")),
        on=keys,
    )


def _give_back_lots(tx: Transaction, allocated: pl.DataFrame) -> bool:
    """`allocated`: order_id, status_to. What lies on shelves is free again, and nodes are told to keep it.

    Returns whether goods of these orders had left: those do not come back.
    """
    if allocated.is_empty():
        return False
    keys = ("node", "sku", "lot")
    planned = tx.matching(tables.allocations, allocated.select("order_id"), "order_id", "parcel_id", *keys, "qty")
    taken = standing_only(tx, planned)
    gone = tx.matching(tables.departures, taken.select("parcel_id").unique(), "parcel_id")
    ask_to_stop(tx, taken.join(allocated.select("order_id", why="status_to"), on="order_id"), pl.col("why"))
    units = taken.join(gone, on="parcel_id", how="anti").group_by(keys).agg(back=pl.col("qty").sum())
    levels = tx.matching(tables.stock_balance, units.select(keys), *keys, "reserved", "quarantined")
    back = levels.join(units, on=keys)
    # What comes back to a quarantined lot may not ship: it goes behind the fence, not on the shelf.
    fenced = tx.matching(tables.lot_states, back.select("lot").unique(), "lot", "state")
    barred = fenced.filter(pl.col("state") == "quarantined").select("lot")
    tx.amend(
        tables.stock_balance,
        back.join(barred, on="lot", how="anti").select(*keys, reserved=pl.col("reserved") - pl.col("back")),
        on=keys,
    )
    behind = back.join(barred, on="lot", how="semi")
    tx.amend(
        tables.stock_balance,
        behind.select(
            *keys,
            reserved=pl.col("reserved") - pl.col("back"),
            quarantined=pl.col("quarantined") + pl.col("back"),
        ),
        on=keys,
    )
    tx.append(
        tables.stock_movements,
        behind.select(
            *keys,
            at=pl.lit(tx.at).dt.cast_time_unit("us"),
            kind=pl.lit(StockKind.QUARANTINE.value),
            on_hand_delta=pl.lit(0, dtype=pl.Int64),
            quarantined_delta="back",
            reference=pl.lit("given back by an order"),
        ),
        stamp=True,
    )
    cancel_empty(tx, taken)
    return not gone.is_empty()


def cancel_empty(tx: Transaction, left: pl.DataFrame) -> None:
    """A parcel goes nowhere once none of its orders is in it. `left`: parcel_id of parcels that orders left."""
    touched = left.select("parcel_id").unique()
    others = standing_only(tx, tx.matching(tables.allocations, touched, "parcel_id", "order_id"))
    status = tx.matching(tables.orders, others.select("order_id").unique(), "order_id", "status")
    alive = others.join(status.filter(pl.col("status") == OrderStatus.ALLOCATED), on="order_id")
    dead = touched.join(alive, on="parcel_id", how="anti")
    tx.amend(tables.parcels, dead.with_columns(status=pl.lit("cancelled")), on=("parcel_id",))


def standing_only(tx: Transaction, allocations: pl.DataFrame) -> pl.DataFrame:
    """Allocations (order_id, parcel_id, ...) less those that were ended because the order moved on."""
    pieces = allocations.select("order_id", "parcel_id").unique()
    ended = tx.matching(tables.ended_allocations, pieces, "order_id", "parcel_id")
    return allocations.join(ended, on=["order_id", "parcel_id"], how="anti")


def _settle(tx: Transaction, released: pl.DataFrame, *, left: bool) -> None:
    skus = tx.matching(tables.order_lines, released.select("order_id"), "sku")["sku"].unique()
    settle_after_return(tx, skus, reason="given back by an order", left=left)


def _remember_early(tx: Transaction, early: Sequence[OrderChange]) -> None:
    if not early:
        return
    frame = pl.DataFrame(
        [(c.order_id, f"early_{c.kind}", c.at, c.reason) for c in early],
        schema={"order_id": pl.String, "kind": pl.String, "event_time": INSTANT, "reason": pl.String},
        orient="row",
    )
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.order_events, frame.with_columns(ingest_time=at, actor=pl.lit(tx.actor)), stamp=True)
