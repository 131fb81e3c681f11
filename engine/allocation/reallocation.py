"""Something was taken away: which planned orders must move, which may, and what is the problem left for them?

The unit is the piece: one order's goods in one parcel. Only pieces that the change touches leave; an order that shares
a parcel with one of them stays where it is unless the change touches it too (a closed node or a stopped carrier touches
everybody in the parcel, a lot only those who have it). Pure: the plan for the pieces that leave is somebody else's.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from engine.allocation.barriers import Barriers
from engine.allocation.problem import Problem
from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import OPEN, Window, WindowPolicy, window
from engine.model.frames import INSTANT, Contract

PICKS: Contract = {
    # Goods that stand planned: of every order that the change touches, and of all who share a parcel with one of them.
    "order_id": pl.String,
    "parcel_id": pl.String,
    "sku": pl.String,
    "qty": pl.Int64,
    "node": pl.String,
    "lot": pl.String,
    "carrier": pl.String,
    "region": pl.String,  # of the order, six digits
    "paid_at": INSTANT,
    "amount_cents": pl.Int64,  # paid for the order
    "layer": pl.String,
    "cost_cents": pl.Int64,  # of the parcel
    "planned_at": INSTANT,
    "uploaded_at": INSTANT,  # of the parcel's waybill; null: none yet
    "picked_up_at": INSTANT,
}
PIECE = ("order_id", "parcel_id")


class WhyStuck(StrEnum):
    """Why an order that had to move did not."""

    PICKED_UP = "picked_up"  # the carrier has it
    WAYBILL_UPLOADED = "waybill_uploaded"  # and the policy forbids edits at the platform
    PART_HAS_LEFT = "part_has_left"  # no other way for this part, and the rest of the order can no longer wait
    STAYS = "stays"  # no other way, and nothing forces it: it keeps what it has
    BACK_TO_WAITING = "back_to_waiting"  # no other way now: it left its parcels and waits to be planned again


FREE_TO_STAY = frozenset({ChangeKind.ORDERS_LED_AWAY})
"""Changes after which an order that finds no other way keeps what it has instead of going back to waiting."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`leaving`: pieces to plan anew (order_id, parcel_id, window). `stuck`: pieces that stay (order_id, parcel_id,
    reason), where a change touches them and the window or the rest of their order forbids."""

    leaving: pl.DataFrame
    stuck: pl.DataFrame


def touched(picks: pl.DataFrame, change: Change) -> pl.DataFrame:
    """The picks that the change is about. What a carrier has picked up no longer lies at a node."""
    here = pl.col("picked_up_at").is_null()
    match change.kind:
        case ChangeKind.NODE_CLOSED:
            return picks.filter(here, pl.col("node") == change.node)
        case ChangeKind.LOT_QUARANTINED:
            return picks.filter(pl.col("lot") == change.lot)
        case ChangeKind.CARRIER_STOPPED:
            return picks.filter(
                pl.col("carrier") == change.carrier, pl.col("region").str.starts_with(change.region or "")
            )
        case ChangeKind.STOCK_COUNTED:
            return picks.filter(here, pl.col("node") == change.node, pl.col("lot") == change.lot)
        case ChangeKind.ORDERS_LED_AWAY:
            there = pl.col("region").str.starts_with(change.region or "")
            return picks.filter(here, pl.col("node") == change.node, there)
        case _:
            return picks.clear()


def judge(
    picks: pl.DataFrame, change: Change, policy: WindowPolicy, *, missing: int = 0, barred: Iterable[str] = ()
) -> Verdict:
    """Which pieces leave and which are stuck. `missing`: units that a count found too few; the orders paid last give
    way. `barred`: orders already known to have no other way while a part of them can no longer wait."""
    pieces = (
        touched(picks, change)
        .group_by(PIECE, maintain_order=True)
        .agg(pl.col("qty").sum(), pl.col("paid_at", "uploaded_at", "picked_up_at").first())
        .with_columns(window=window(policy))
        .with_columns(
            may_go=pl.col("window").is_in([w.value for w in OPEN])
            & ~pl.col("order_id").is_in(pl.Series(list(barred), dtype=pl.String).implode())
        )
    )
    if change.kind == ChangeKind.STOCK_COUNTED:
        pieces = _paid_last(pieces, missing)
    reason = (
        pl.when(pl.col("window") == Window.PICKED_UP.value)
        .then(pl.lit(WhyStuck.PICKED_UP.value))
        .when(pl.col("window") == Window.UPLOADED.value)
        .then(pl.lit(WhyStuck.WAYBILL_UPLOADED.value))
        .otherwise(pl.lit((WhyStuck.STAYS if change.kind in FREE_TO_STAY else WhyStuck.PART_HAS_LEFT).value))
    )
    return Verdict(
        pieces.filter("may_go").select(*PIECE, "window"),
        pieces.filter(~pl.col("may_go")).select(*PIECE, reason=reason),
    )


def _paid_last(pieces: pl.DataFrame, missing: int) -> pl.DataFrame:
    """As many pieces as cover the missing units: those that may go first, of them the one paid last first."""
    turn = pieces.sort("may_go", "paid_at", "order_id", "parcel_id", descending=True)
    return turn.filter(pl.col("qty").cum_sum() - pl.col("qty") < missing)


def whole_orders(picks: pl.DataFrame, change: Change, policy: WindowPolicy) -> set[str]:
    """Orders that can go back to waiting: nothing of them lies in a parcel that can no longer be changed."""
    if change.kind in FREE_TO_STAY:
        return set()
    shut = picks.filter(~window(policy).is_in([w.value for w in OPEN]))
    return set(picks.join(shut, on="order_id", how="anti")["order_id"])


def lines_of(leaving: pl.DataFrame, order_lines: pl.DataFrame) -> pl.DataFrame:
    """Lines (order_id, sku, qty, kit) of what leaves. `leaving`: its picks. An order that leaves whole keeps its lines;
    of another the kits found whole in a piece stay kits, and the rest goes loose."""
    wanted = order_lines.group_by("order_id", "sku").agg(pl.col("qty").cast(pl.Int64).sum())
    going = leaving.group_by("order_id", "sku").agg(going=pl.col("qty").sum())
    torn = (
        wanted.join(going, on=["order_id", "sku"], how="left")
        .filter(pl.col("going").is_null() | (pl.col("going") != pl.col("qty")))
        .select("order_id")
        .unique()
    )
    whole = order_lines.join(torn, on="order_id", how="anti").select(
        "order_id", "sku", pl.col("qty").cast(pl.Int32), "kit"
    )
    pieces = leaving.join(torn, on="order_id", how="semi").partition_by("order_id", as_dict=True)
    bought = order_lines.join(torn, on="order_id", how="semi").partition_by("order_id", as_dict=True)
    parts = [row for order_id in sorted(pieces) for row in _parts(pieces[order_id], bought[order_id])]
    return pl.concat([whole, pl.DataFrame(parts, schema=whole.schema, orient="row")])


def _parts(leaving: pl.DataFrame, order_lines: pl.DataFrame) -> list[tuple[str, str, int, str | None]]:
    kits: dict[str, Counter[str]] = {}
    for kit, sku, qty in order_lines.filter(pl.col("kit").is_not_null()).select("kit", "sku", "qty").iter_rows():
        kits.setdefault(kit, Counter())[sku] += qty
    rows: list[tuple[str, str, int, str | None]] = []
    for (order_id, _), piece in leaving.group_by(PIECE, maintain_order=True):
        held = Counter(dict(piece.group_by("sku").agg(pl.col("qty").sum()).iter_rows()))
        for kit, needs in list(kits.items()):
            here = Counter({sku: qty for sku, qty in needs.items() if sku in held})  # a kit has a part in every layer
            if here and here <= held:
                held -= here
                kits[kit] = needs - here
                rows += [(str(order_id), sku, qty, kit) for sku, qty in sorted(here.items())]
        rows += [(str(order_id), sku, qty, None) for sku, qty in sorted(held.items()) if qty]
    return rows


def dead_parcels(picks: pl.DataFrame, ended: pl.DataFrame) -> pl.DataFrame:
    """parcel_id, node, carrier, planned_at of parcels in which nothing is left once the pieces `ended` are gone."""
    left = picks.join(ended, on=PIECE, how="anti").select("parcel_id").unique()
    return (
        picks.join(ended, on=PIECE, how="semi")
        .join(left, on="parcel_id", how="anti")
        .unique("parcel_id", maintain_order=True)
        .select("parcel_id", "node", "carrier", "planned_at")
    )


def problem_left(
    problem: Problem,
    *,
    picks: pl.DataFrame,
    leaving: pl.DataFrame,
    lines: pl.DataFrame,
    change: Change,
) -> Problem:
    """The problem of the pieces that leave: `problem` as gathered now for their orders, with the parcels they empty
    freed, the units they held given back and what the change takes away gone."""
    back = picks.join(leaving, on=PIECE, how="semi").group_by("node", "sku", "lot").agg(back=pl.col("qty").sum())
    # The expiry of a lot that is fully reserved stands in no row of the stock: the caller hands in rows of 0 units.
    stock = (
        problem.stock.join(back, on=["node", "sku", "lot"], how="left")
        .with_columns(qty=pl.col("qty") + pl.col("back").fill_null(0))
        .drop("back")
        .filter(pl.col("qty") > 0)
    )
    left = replace(problem, lines=lines, stock=stock)
    return taken_away(left, change)


def taken_away(problem: Problem, change: Change) -> Problem:
    """The problem without what the change takes away."""
    match change.kind:
        case ChangeKind.NODE_CLOSED | ChangeKind.ORDERS_LED_AWAY:
            barriers = Barriers(nodes=frozenset({change.node or ""}))
        case ChangeKind.LOT_QUARANTINED:
            barriers = Barriers(lots=frozenset({change.lot or ""}))
        case ChangeKind.CARRIER_STOPPED:
            barriers = Barriers(stops=frozenset({(change.carrier or "", change.region or "")}))
        case ChangeKind.STOCK_COUNTED:  # the goods that leave do not come back to the lot that is short
            here = (pl.col("node") == change.node) & (pl.col("lot") == change.lot)
            return replace(problem, stock=problem.stock.filter(~here))
        case _:
            return problem
    return barriers.before(problem)
