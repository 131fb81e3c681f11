"""An article must not be sold for now: its pool keeps its units and sells none, until it is opened again."""

from collections.abc import Mapping
from datetime import timedelta

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Outcome
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import kept_out
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.pool_state import pool_state, set_pool_state


def subject(params: Params) -> str:
    """The pool."""
    return f"{params['show_id']}/{params['sku']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a pool there is not, NotAllowed where it is paused already."""
    show, sku = params["show_id"], params["sku"]
    found = work.database.read(
        "SELECT p.quantity - p.reserved, s.price_cents FROM pool_balance p JOIN skus s ON s.sku = p.sku "
        "WHERE p.show_id = $show AND p.sku = $sku",
        {"show": show, "sku": sku},
    )
    if found.is_empty():
        raise NotFound(f"{show} has no pool of {sku}.")
    if pool_state(work.database, show, sku) == "paused":
        raise NotAllowed(f"{sku} is paused in {show} already.")
    unsold, price = found.row(0)
    preview = Preview(
        stake_cents=unsold * price,
        levels=(Level("on_sale", subject(params), unsold, 0),),
        promised={"unsold": unsold},
        inputs=fingerprint(show, sku, unsold),
    )
    return Planned(preview, (show, sku))


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Pause it."""
    show, sku = planned.made
    set_pool_state(tx, show, sku, "paused", reason=reason)
    return Applied(dict(planned.preview.promised))


def undo(work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Open it again. Raises NotAllowed where it is open."""
    show, sku = done.params["show_id"], done.params["sku"]
    if pool_state(work.database, show, sku) != "paused":
        raise NotAllowed(f"{sku} is no longer paused in {show}.")
    set_pool_state(tx, show, sku, "open", reason=reason)
    return {}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Orders that the pause kept out."""
    said = f"{done.params['sku']} is paused"
    return kept_out(work, done.params["show_id"], "paused", said, done, of=done.happened["unsold"])


SPEC = ActionSpec(
    kind=ActionKind.PAUSE_SKU,
    desk=Desk.ORDERS,
    reversibility=Reversibility.FULL,
    parameters=(Parameter("show_id", Of.SHOW), Parameter("sku", Of.SKU)),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
