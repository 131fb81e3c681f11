"""A promise was logged by mistake: it is withdrawn, and orders that it moved promise again what they did without it."""

import polars as pl

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.model.frames import INSTANT
from engine.rules.spoken import SPOKEN, bound
from engine.store import tables
from engine.usecases.clocks.log_promise import PromiseReceipt
from engine.usecases.clocks.spoken_promises import REFERENCE, STANDING, codes_of_show, move_promises, orders_of_show
from engine.usecases.room.workplace import Workplace

_MOVED = """
    SELECT m.order_id, m.version, m.promise_before FROM promise_moves m
    WHERE m.order_id IN (SELECT order_id FROM promise_moves WHERE offer_id = :reference)
"""


def withdraw_promise(work: Workplace, promise_id: str, *, reason: str, actor: str) -> PromiseReceipt:
    """Withdraw it in one commit. Orders bound by another promise on air keep that one; orders whose buyers agreed to
    another time meanwhile keep theirs. Raises NotFound, NotAllowed or BadRequest."""
    if not reason.strip():
        raise BadRequest("Say why the promise is withdrawn: the orders that it moved will ask.")
    with work.database.transaction(actor=actor, verb="withdraw_promise", subject=promise_id) as tx:
        found = tx.rows("SELECT show_id FROM spoken_promises WHERE promise_id = :id", {"id": promise_id})
        if not found:
            raise NotFound(f"There is no promise {promise_id!r}.")
        if tx.rows("SELECT 1 FROM spoken_withdrawals WHERE promise_id = :id", {"id": promise_id}):
            raise NotAllowed(f"The promise {promise_id} is withdrawn already.")
        [(show_id,)] = found
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        gone = pl.DataFrame({"promise_id": [promise_id], "reason": [reason.strip()], "actor": [tx.actor]})
        tx.append(tables.spoken_withdrawals, gone.with_columns(at=at), stamp=True)
        moves = tx.frame(
            _MOVED,
            {"order_id": pl.String, "version": pl.Int64, "promise_before": INSTANT},
            {"reference": REFERENCE + promise_id},
        )
        first = moves.sort("version").unique("order_id", keep="first").select("order_id", original="promise_before")
        orders = orders_of_show(tx, show_id).join(first, on="order_id")
        without = orders.with_columns(promise_at="original")
        spoken = tx.frame(STANDING, dict(SPOKEN))
        others = bound(without, codes_of_show(tx, show_id), spoken).select("order_id", "until")
        moved = (
            orders.join(others, on="order_id", how="left")
            .with_columns(until=pl.coalesce("until", "original"), promise_id=pl.lit(promise_id))
            .filter(pl.col("until") != pl.col("promise_at"))
            .select("order_id", "promise_at", "until", "promise_id")
        )
        move_promises(tx, moved)
        tx.note(reason=reason.strip(), moved=moved.height)
    return PromiseReceipt(promise_id, moved.height)
