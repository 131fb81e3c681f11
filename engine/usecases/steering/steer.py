"""An operator steers: a node closes, a lot is quarantined, a carrier stops, stock is counted. One commit does it all.

It is decided inside the commit, by the code that made the preview: nothing can be cancelled, packed or scanned between
the decision and the writing. Planning, which takes seconds for tens of thousands of orders, is done before, while
intake goes on; inside the commit the plan is taken if it still fits (kept_steering.py), and else made once more.
"""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from engine.allocation.reallocation import PIECE
from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import WindowPolicy
from engine.errors import NotAllowed
from engine.model.pick_stops import StopWhy
from engine.model.states import OrderStatus, StockKind
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation.allocate_orders import append_parcels
from engine.usecases.allocation.keep_reasons import keep_reasons
from engine.usecases.floor.stop_picks import ask_to_stop
from engine.usecases.orders.change_orders import move_orders
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import Steering, plan_steering
from engine.usecases.stock.settle_promises import write_settlements
from engine.usecases.stock.stock_levels import KEYS, LEVELS


@dataclass(frozen=True, slots=True)
class SteeringReceipt:
    """The commit that did it, and its figures (see Steering.figures)."""

    version: int
    figures: dict[str, Any]


def steer(
    work: Workplace, change: Change, *, actor: str, reason: str, policy: WindowPolicy | None = None
) -> SteeringReceipt:
    """Make the change and move what must move. Raises NotFound, or NotAllowed without a reason or anything to do."""
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the orders that it moves.")
    plan_steering(work, change, policy=policy)  # keeps its plan
    try:
        with work.database.transaction(actor=actor, verb=change.kind.value, subject=change.subject) as tx:
            made = plan_steering(work, change, policy=policy)
            write_steering(work, tx, made, reason=reason.strip())
    except BaseException:
        work.gate.forget()
        raise
    work.gate.reload_book()
    return SteeringReceipt(tx.version, made.figures())


def write_steering(
    work: Workplace, tx: Transaction, made: Steering, *, reason: str, places: tuple[str, ...] | None = None
) -> None:
    """Write a change that was planned inside this commit; the caller has the gate reload its book. `places`: prefixes
    of regions that a carrier's state changes in, where they are not the region of the change itself."""
    for change in [made.change] if places is None else [replace(made.change, region=place) for place in places]:
        _state(tx, change, reason=reason)
    _stock(tx, made, reason=reason)
    write_settlements(tx, made.due, reason=made.change.told)
    _end(tx, made)
    if made.plan is not None and made.problem is not None:
        _begin(tx, made)
        keep_reasons(tx, made.plan, made.problem)
    _list_stuck(tx, made)
    _tell_orders(work, tx, made)
    tx.note(reason=reason, **made.figures())


def _at(tx: Transaction) -> pl.Expr:
    return pl.lit(tx.at).dt.cast_time_unit("us")


def _state(tx: Transaction, change: Change, *, reason: str) -> None:
    """The fact, and the state that follows from it."""
    said = {"kind": [change.kind.value], "node": [change.node], "lot": [change.lot], "carrier": [change.carrier],
            "region": [change.region], "units": [change.units], "reason": [reason]}  # fmt: skip
    schema = {name: pl.Int64 if name == "units" else pl.String for name in said}
    fact = pl.DataFrame(said, schema=schema).with_columns(at=_at(tx), actor=pl.lit(tx.actor))
    tx.append(tables.steering_changes, fact, stamp=True)
    keyed = {
        ChangeKind.NODE_CLOSED: (tables.node_states, ("node",), "closed"),
        ChangeKind.NODE_REOPENED: (tables.node_states, ("node",), "open"),
        ChangeKind.LOT_QUARANTINED: (tables.lot_states, ("lot",), "quarantined"),
        ChangeKind.LOT_RELEASED: (tables.lot_states, ("lot",), "released"),
        ChangeKind.CARRIER_STOPPED: (tables.carrier_stops, ("carrier", "region"), "stopped"),
        ChangeKind.CARRIER_RESUMED: (tables.carrier_stops, ("carrier", "region"), "resumed"),
    }
    if change.kind not in keyed:
        return  # a count leaves its mark in the stock movements
    table, keys, state = keyed[change.kind]
    row = fact.select(*keys, "reason", "actor", state=pl.lit(state), since=_at(tx))
    if tx.matching(table, row.select(keys), *keys).is_empty():
        tx.append(table, row)
    else:
        tx.amend(table, row, on=keys)


def _stock(tx: Transaction, made: Steering, *, reason: str) -> None:
    tx.amend(tables.stock_balance, made.levels.select(*KEYS, *LEVELS), on=KEYS)
    deltas = made.levels.select(
        *KEYS,
        on_hand_delta=pl.col("on_hand") - pl.col("on_hand_before"),
        quarantined_delta=pl.col("quarantined") - pl.col("quarantined_before"),
    ).filter((pl.col("on_hand_delta") != 0) | (pl.col("quarantined_delta") != 0))
    kind = (
        pl.when(pl.col("on_hand_delta") != 0)
        .then(pl.lit(StockKind.COUNT.value))
        .when(pl.col("quarantined_delta") > 0)
        .then(pl.lit(StockKind.QUARANTINE.value))
        .otherwise(pl.lit(StockKind.RELEASE.value))
    )
    tx.append(tables.stock_movements, deltas.with_columns(at=_at(tx), kind=kind, reference=pl.lit(reason)), stamp=True)


def _end(tx: Transaction, made: Steering) -> None:
    kind = pl.lit(made.change.kind.value)
    tx.append(tables.ended_allocations, made.ended.select(*PIECE, at=_at(tx), kind=kind), stamp=True)
    ask_to_stop(tx, made.ended.select(PIECE), StopWhy.MOVED)
    tx.amend(tables.parcels, made.dead.with_columns(status=pl.lit("cancelled")), on=("parcel_id",))


def _final(tx: Transaction) -> pl.Expr:
    """A plan's parcel ids as they are kept: unlike those of any other commit."""
    return pl.format("p{}-{}", pl.lit(tx.version), "parcel_id")


def _begin(tx: Transaction, made: Steering) -> None:
    assert made.plan is not None, "nothing was planned"
    picks = made.plan.picks.with_columns(parcel_id=_final(tx), qty=pl.col("qty").cast(pl.Int64))
    append_parcels(tx, picks, made.plan.parcels.with_columns(parcel_id=_final(tx)))
    to = (
        picks.select(PIECE)
        .unique(maintain_order=True)
        .group_by("order_id")
        .agg(to_parcels=pl.col("parcel_id").str.join("|"))
    )
    tx.append(
        tables.reallocations,
        made.moved.drop("from_node", "from_carrier")
        .join(to, on="order_id")
        .with_columns(at=_at(tx), kind=pl.lit(made.change.kind.value), subject=pl.lit(made.change.subject)),
        stamp=True,
    )


def _list_stuck(tx: Transaction, made: Steering) -> None:
    """What stays is listed once for a cause, however often the change is tried again."""
    kind, subject = made.change.kind.value, made.change.subject
    listed = made.stuck.with_columns(kind=pl.lit(kind), subject=pl.lit(subject), at=_at(tx))
    stays = listed.filter(pl.col("parcel_id").is_not_null())
    keys = (*PIECE, "kind", "subject", "reason")
    before = tx.matching(tables.stuck_orders, stays.select(keys), *keys)
    back = listed.filter(pl.col("parcel_id").is_null())
    tx.append(tables.stuck_orders, pl.concat([stays.join(before, on=keys, how="anti"), back]), stamp=True)


def _tell_orders(work: Workplace, tx: Transaction, made: Steering) -> None:
    """An event for each order that left its parcels: allocated anew, or back to waiting."""
    why = made.change.told
    waiting = set(made.waiting)
    assert waiting.isdisjoint(made.moved["order_id"]), "an order both moved and waits"
    going = made.moved["order_id"].unique(maintain_order=True).to_list()
    moves = [(order_id, OrderStatus.ALLOCATED.value, tx.at, f"moved: {why}") for order_id in going]
    moves += [(order_id, OrderStatus.RESERVED.value, tx.at, f"waits again: {why}") for order_id in sorted(waiting)]
    standing = tx.matching(
        tables.orders,
        pl.DataFrame({"order_id": [move[0] for move in moves]}, schema={"order_id": pl.String}),
        "order_id", "status", "show_id", "province",
    )  # fmt: skip
    move_orders(work, tx, standing, moves)
