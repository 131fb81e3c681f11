"""An operator looks at held orders: lets them go, or cancels them. Either way with a reason, audited."""

from collections.abc import Sequence

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.states import OrderStatus
from engine.store import tables
from engine.usecases.orders.change_orders import move_orders
from engine.usecases.room.workplace import Workplace


def release_hold(work: Workplace, order_ids: Sequence[str], *, actor: str, reason: str) -> None:
    """Let held orders go: they keep their stock and wait for allocation. All of them, or none."""
    _review(work, order_ids, OrderStatus.RESERVED, actor=actor, verb="release_hold", reason=reason)


def cancel_held(work: Workplace, order_ids: Sequence[str], *, actor: str, reason: str) -> None:
    """Cancel held orders: their stock and quota go back to the show. All of them, or none."""
    _review(work, order_ids, OrderStatus.CANCELLED, actor=actor, verb="cancel_held", reason=reason)


def _review(work: Workplace, order_ids: Sequence[str], to: OrderStatus, *, actor: str, verb: str, reason: str) -> None:
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the order.")
    chosen = list(dict.fromkeys(order_ids))
    if not chosen:
        raise NotAllowed("Choose at least one held order.")
    subject = chosen[0] if len(chosen) == 1 else f"{len(chosen)} orders"
    try:
        with work.database.transaction(actor=actor, verb=verb, subject=subject) as tx:
            standing = tx.matching(
                tables.orders, pl.DataFrame({"order_id": chosen}), "order_id", "status", "show_id", "province"
            )
            missing = set(chosen) - set(standing["order_id"])
            if missing:
                raise NotFound(f"There is no order {min(missing)}.")
            other = standing.filter(pl.col("status") != OrderStatus.HELD)
            if not other.is_empty():
                order_id, status = other.select("order_id", "status").row(0)
                raise NotAllowed(f"{order_id} is {status}, not held any more: somebody was faster. Reload the page.")
            move_orders(work, tx, standing, [(order_id, to.value, tx.at, reason.strip()) for order_id in chosen])
            tx.note(reason=reason.strip(), before=OrderStatus.HELD.value, after=to.value, orders=chosen[:100])
    except BaseException:
        work.gate.forget()
        raise
