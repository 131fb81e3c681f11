"""How promises made on air move orders: the moves as facts, the promise beside them, in the caller's commit.

Shared by logging, withdrawing and intake; decides nothing but what engine/rules/spoken.py says.
"""

from collections.abc import Mapping

import polars as pl

from engine.model.delays import OPEN, DelayState
from engine.model.frames import INSTANT, conform
from engine.rules.spoken import SPOKEN, bound
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation.delay_records import OFFER_COLUMNS, Move, move_offers
from engine.usecases.room.workplace import Workplace

REFERENCE = "spoken:"
"""Before the promise's id, where a move of a promise names its cause."""

LIVE = "('reserved', 'held', 'allocated')"

STANDING = f"""
    SELECT {", ".join(SPOKEN)} FROM spoken_promises
    WHERE promise_id NOT IN (SELECT promise_id FROM spoken_withdrawals)
"""


def standing_promises(work: Workplace) -> pl.DataFrame:
    """Promises that stand (SPOKEN); read again only when one was logged or withdrawn, by whatever process."""
    version = work.database.last_version("log_promise", "withdraw_promise")
    known: Mapping[int, pl.DataFrame] = work.spoken
    if version not in known:
        work.spoken = {version: conform(work.database.read(STANDING), SPOKEN)}
    return work.spoken[version]


def bind_arrivals(work: Workplace, tx: Transaction, orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """`orders` as they are to be stored: bound by what was promised on air before they came; their moves are facts."""
    spoken = standing_promises(work)
    if spoken.is_empty():
        return orders
    found = bound(orders, lines, spoken)
    if found.is_empty():
        return orders
    moved = found.join(orders.select("order_id", "promise_at"), on="order_id")
    append_moves(tx, moved)
    kept = orders.join(found.select("order_id", "until"), on="order_id", how="left", maintain_order="left")
    return kept.with_columns(promise_at=pl.coalesce("until", "promise_at")).drop("until")


def move_promises(tx: Transaction, moved: pl.DataFrame) -> None:
    """Orders (order_id, promise_at, until, promise_id) get the promise `until`; offers to wait that were made from the
    old promise, and are not answered yet, are withdrawn."""
    append_moves(tx, moved)
    tx.amend(tables.orders, moved.select("order_id", promise_at="until"), on=("order_id",))
    offers = tx.matching(tables.delay_offers, moved.select("order_id"), *OFFER_COLUMNS)
    asked = offers.filter(pl.col("state").is_in([state.value for state in OPEN]))
    reason = "the promise moved by what was said on air"
    move_offers(tx, [Move(row, DelayState.WITHDRAWN, tx.at, reason) for row in asked.iter_rows(named=True)])


def append_moves(tx: Transaction, moved: pl.DataFrame) -> None:
    """The facts of moves: orders (order_id, promise_at, until, promise_id)."""
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(
        tables.promise_moves,
        moved.select(
            "order_id",
            promise_before=pl.col("promise_at").cast(INSTANT),
            promise_after=pl.col("until").cast(INSTANT),
            offer_id=pl.lit(REFERENCE) + pl.col("promise_id"),
            event_time=at,
            ingest_time=at,
            actor=pl.lit(tx.actor),
        ),
        stamp=True,
    )


def orders_of_show(tx: Transaction, show_id: str) -> pl.DataFrame:
    """Orders of a show that are under way, without those whose buyers agreed to a later time: they have a promise of
    their own. order_id, show_id, paid_at, promise_at."""
    return tx.frame(
        f"SELECT order_id, show_id, paid_at, promise_at FROM orders WHERE show_id = :show AND status IN {LIVE} "
        "AND order_id NOT IN (SELECT order_id FROM delay_offers WHERE state = 'accepted')",
        {"order_id": pl.String, "show_id": pl.String, "paid_at": INSTANT, "promise_at": INSTANT},
        {"show": show_id},
    )


def codes_of_show(tx: Transaction, show_id: str) -> pl.DataFrame:
    """order_id, sold_sku of a show's orders."""
    return tx.frame(
        "SELECT DISTINCT l.order_id, l.sold_sku FROM order_lines l JOIN orders o ON o.order_id = l.order_id "
        "WHERE o.show_id = :show",
        {"order_id": pl.String, "sold_sku": pl.String},
        {"show": show_id},
    )
