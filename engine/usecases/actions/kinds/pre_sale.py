"""An article is sold out and more of it is announced: the pool sells what is to come, to orders that can wait for it.

Only the platform can promise a later pick-up, when the offer is changed there. So the gate takes an order only if the
promise that came with it leaves time for the goods; any other is sold out. No promise is moved behind a buyer's back.
"""

from collections.abc import Mapping
from datetime import timedelta

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import beyond_pool
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.expected_stock import expect, expected_row, less_expected
from engine.usecases.stock.pool_state import pool_state, set_pool_state
from engine.usecases.stock.top_up_pool import move_pool


def subject(params: Params) -> str:
    """The pool."""
    return f"{params['show_id']}/{params['sku']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a pool there is not, NotAllowed while it has units to sell or is on pre-sale already."""
    show, sku, units = params["show_id"], params["sku"], params["units"]
    found = work.database.read(
        "SELECT p.quantity, p.quantity - p.reserved, s.price_cents, s.cost_cents FROM pool_balance p "
        "JOIN skus s ON s.sku = p.sku WHERE p.show_id = $show AND p.sku = $sku",
        {"show": show, "sku": sku},
    )
    if found.is_empty():
        raise NotFound(f"{show} has no pool of {sku}.")
    quantity, unsold, price, cost = found.row(0)
    if unsold:
        raise NotAllowed(f"{sku} has {unsold} units to sell in {show}: a pre-sale begins where a pool ends.")
    if pool_state(work.database, show, sku) == "presale":
        raise NotAllowed(f"{sku} is on pre-sale in {show} already.")
    preview = Preview(
        stake_cents=units * price,
        gain_cents=units * (price - cost),
        levels=(Level("pool", subject(params), quantity, quantity + units),),
        promised={"units": units, "pool_after": quantity + units},
        inputs=fingerprint(quantity, units, params["days"]),
    )
    return Planned(preview, (show, sku, units, params["days"], quantity))


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Count on the goods, put them into the pool, and tell the gate from when on they can leave."""
    show, sku, units, days, quantity = planned.made
    ready_at = tx.at + timedelta(days=days)
    goods = {"kind": "announced", "sku": sku, "units": units, "show_id": show, "ready_at": ready_at}
    expected_id = expect(tx, goods, reason=reason)
    move_pool(tx, show, sku, units, before=quantity, reason=reason)
    set_pool_state(tx, show, sku, "presale", reason=reason, ready_at=ready_at)
    return Applied(dict(planned.preview.promised), {"expected_id": expected_id})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Call off what is not sold of it. Raises NotAllowed where all is sold, or nothing is announced any more."""
    show, sku = done.params["show_id"], done.params["sku"]
    goods = expected_row(tx, done.kept["expected_id"])
    if goods["state"] != "expected":
        raise NotAllowed(f"The announced {sku} is no longer expected: it came, or its day has passed.")
    [(quantity, reserved)] = tx.rows(
        "SELECT quantity, reserved FROM pool_balance WHERE show_id = :show AND sku = :sku", {"show": show, "sku": sku}
    )
    back = min(int(goods["units"]), int(quantity) - int(reserved))
    if back < 1:
        raise NotAllowed(f"All {done.happened['units']} units are sold: a sold unit stays with its order.")
    move_pool(tx, show, sku, -back, before=int(quantity), reason=reason)
    less_expected(
        tx, done.kept["expected_id"], back, left=int(goods["units"]) - back, state="called_off", reason=reason
    )
    set_pool_state(tx, show, sku, "open", reason=reason)
    return {"units": back}


SPEC = ActionSpec(
    kind=ActionKind.PRE_SALE,
    desk=Desk.ORDERS,
    reversibility=Reversibility.UNTIL,
    parameters=(
        Parameter("show_id", Of.SHOW),
        Parameter("sku", Of.SKU),
        Parameter("units", Of.UNITS),
        Parameter("days", Of.UNITS, most=60),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=beyond_pool,
    undo=undo,
)
