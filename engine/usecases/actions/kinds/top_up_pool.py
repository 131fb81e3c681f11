"""A pool runs dry while the shelf is full: more units for the show. What is not sold again can be taken back."""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil

from engine.errors import NotAllowed, NotEnoughStock, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import beyond_pool
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.top_up_pool import free_units, move_pool, top_up

RATE_MINUTES = 10
"""Minutes looked back for the present rate of sales, as the sell-out clock does."""


def subject(params: Params) -> str:
    """The pool."""
    return f"{params['show_id']}/{params['sku']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a pool there is not, NotEnoughStock where less is free."""
    show, sku, units = params["show_id"], params["sku"], params["units"]
    pools = work.database.read(
        "SELECT p.quantity, p.reserved, s.price_cents, s.cost_cents, w.ends_at FROM pool_balance p "
        "JOIN skus s ON s.sku = p.sku LEFT JOIN shows w ON w.show_id = p.show_id "
        "WHERE p.show_id = $show AND p.sku = $sku",
        {"show": show, "sku": sku},
    )
    if pools.is_empty():
        raise NotFound(f"{show} has no pool of {sku}.")
    quantity, reserved, price, cost, ends_at = pools.row(0)
    free = free_units(work, sku)
    if free < units:
        raise NotEnoughStock(f"{sku}: {max(0, free)} units are free of other claims, {units} were asked for.")
    gain = None
    rate = _rate(work, show, sku)
    if rate and ends_at is not None:
        left = max((ends_at - work.now()) / timedelta(minutes=1), 0.0)
        missed = max(ceil(rate * left) - (quantity - reserved), 0)
        gain = min(units, missed) * (price - cost)
    preview = Preview(
        stake_cents=units * price,
        gain_cents=gain,
        levels=(
            Level("pool", subject(params), quantity, quantity + units),
            Level("free", sku, free, free - units),
        ),
        promised={"units": units, "pool_after": quantity + units},
        inputs=fingerprint(quantity, free, units),
    )
    return Planned(preview, (show, sku, units))


def _rate(work: Workplace, show: str, sku: str) -> float | None:
    """Units a minute that the pool gave lately; None where nothing was sold."""
    [(units,)] = work.database.read(
        "SELECT sum(l.qty) FROM order_lines l JOIN orders o ON o.order_id = l.order_id WHERE o.show_id = $show "
        "AND l.sku = $sku AND o.outcome IN ('reserved', 'held') AND o.received_at > $since",
        {"show": show, "sku": sku, "since": work.now() - timedelta(minutes=RATE_MINUTES)},
    ).rows()
    return None if units is None else float(units) / RATE_MINUTES


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Put the units into the pool."""
    show, sku, units = planned.made
    top_up(tx, show, sku, units, reason=reason)
    return Applied(dict(planned.preview.promised))


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Take back what of them is not sold. Raises NotAllowed where nothing is left."""
    show, sku, units = done.params["show_id"], done.params["sku"], done.happened["units"]
    [(quantity, reserved)] = tx.rows(
        "SELECT quantity, reserved FROM pool_balance WHERE show_id = :show AND sku = :sku", {"show": show, "sku": sku}
    )
    back = min(units, int(quantity) - int(reserved))
    if back < 1:
        raise NotAllowed(f"All {units} units are sold: a sold unit stays with its order.")
    move_pool(tx, show, sku, -back, before=int(quantity), reason=reason)
    return {"units": back}


SPEC = ActionSpec(
    kind=ActionKind.TOP_UP_POOL,
    desk=Desk.INVENTORY,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("show_id", Of.SHOW), Parameter("sku", Of.SKU), Parameter("units", Of.UNITS)),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=beyond_pool,
    undo=undo,
)
