"""Keeps the admission gate in step with the database: loaded once, brought up to date after foreign commits.

The gate decides in memory. That is safe because a batch is decided inside the writer's transaction: if any
commit happened since the gate last looked, whoever made it, the gate first reads what that commit brought.
If the commit of a decision fails, the gate forgets everything and loads again.
"""

import polars as pl

from engine.model.frames import INSTANT
from engine.model.states import Fate
from engine.orders.admission import Admission, address_key
from engine.orders.holds import MINUTE, HoldPolicy
from engine.orders.reservation import NEVER, Key, Level, ReservationBook
from engine.store.transaction import Transaction


class Gate:
    """One admission gate of one process. Use only inside a transaction of the database it belongs to."""

    def __init__(self, policy: HoldPolicy) -> None:
        self._policy = policy
        self._admission: Admission | None = None
        self._seen = 0
        self._book_changed = False
        self.arrivals = 0

    def open(self, tx: Transaction) -> Admission:
        """The gate, as of the commit just before this transaction."""
        before = tx.version - 1
        if self._admission is None:
            self._admission = Admission(_book(tx), self._policy)
            self._seen = 0
            self._learn(tx, self._admission)
        elif self._seen != before:
            self._admission.book = _book(tx)
            self._learn(tx, self._admission)
        elif self._book_changed:
            self._admission.book = _book(tx)
        self._seen = before
        self._book_changed = False
        return self._admission

    def passed(self, version: int) -> None:
        """The decisions just made are durable under this version."""
        self._seen = version

    def reload_book(self) -> None:
        """This process changed balances other than by deciding: read them again before the next decision."""
        self._book_changed = True

    def forget(self) -> None:
        """A commit failed: what was decided in memory did not happen. Load anew next time."""
        self._admission = None
        self._book_changed = False

    def _learn(self, tx: Transaction, admission: Admission) -> None:
        since = {"seen": self._seen}
        orders = tx.frame(
            "SELECT order_id, fingerprint FROM orders WHERE version > :seen",
            {"order_id": pl.String, "fingerprint": pl.Int64},
            since,
        )
        admission.known.update(zip(orders["order_id"].to_list(), orders["fingerprint"].to_list(), strict=True))
        unpaid = tx.frame("SELECT order_id FROM unpaid_orders WHERE version > :seen", {"order_id": pl.String}, since)
        admission.unpaid.update(unpaid["order_id"].to_list())
        for order_id, kind in tx.rows(
            "SELECT order_id, kind FROM order_events WHERE kind IN ('early_cancelled', 'early_refunded') "
            "AND version > :seen",
            since,
        ):
            if order_id not in admission.known:
                admission.early[order_id] = Fate(kind.removeprefix("early_"))
        [(self.arrivals,)] = tx.rows("SELECT coalesce(max(arrival), 0) FROM orders")
        self._remember_recent(tx, admission, since["seen"])

    def _remember_recent(self, tx: Transaction, admission: Admission, seen: int) -> None:
        """Feed the hold rules the orders whose payment lies inside their windows."""
        [(newest,)] = tx.rows("SELECT max(paid_at) FROM orders WHERE outcome IN ('reserved', 'held')")
        if newest is None:
            return
        schema = {
            "buyer": pl.String,
            "province": pl.String,
            "city": pl.String,
            "district": pl.String,
            "street": pl.String,
            "address": pl.String,
            "paid_at": INSTANT,
        }
        floor = newest.timestamp() * 1e6 - self._policy.memory_minutes * MINUTE
        recent = tx.frame(
            f"SELECT {', '.join(schema)} FROM orders WHERE version > :seen AND outcome IN ('reserved', 'held') "
            "ORDER BY arrival",
            schema,
            {"seen": seen},
        ).filter(pl.col("paid_at").dt.epoch("us") >= floor)
        keyed = recent.select("buyer", address_key(), pl.col("paid_at").dt.epoch("us").alias("paid_us"))
        for buyer, address, paid_us in keyed.iter_rows():
            admission.watch.remember(buyer, address, paid_us)


def _book(tx: Transaction) -> ReservationBook:
    return ReservationBook(
        _levels(tx, "SELECT show_id, sku, quantity, reserved FROM pool_balance"),
        _levels(tx, "SELECT show_id, province, quantity, reserved FROM quota_balance"),
        closed={
            (show, sku): NEVER if ready_at is None else round(ready_at.timestamp() * 1e6)
            for show, sku, ready_at in tx.rows("SELECT show_id, sku, ready_at FROM pool_states WHERE state <> 'open'")
        },
    )


def _levels(tx: Transaction, sql: str) -> dict[Key, Level]:
    return {(show, name): Level(int(quantity), int(reserved)) for show, name, quantity, reserved in tx.rows(sql)}
