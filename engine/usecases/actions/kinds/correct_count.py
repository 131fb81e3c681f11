"""A lot was counted and the books are wrong: they are set right, and orders that find no goods take others.

Undone by counting the difference back: what left the shelf meanwhile stays gone.
"""

from collections.abc import Mapping
from dataclasses import replace

from engine.allocation.steering import Change, ChangeKind
from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import failed_over
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.actions.kinds.steering import applied, outlook, steering_figures, steering_preview
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import plan_steering
from engine.usecases.steering.steer import write_steering


def subject(params: Params) -> str:
    """The node and the lot."""
    return f"{params['node']}/{params['lot']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for what does not lie there. A count that the books knew is a fact too, and changes nothing."""
    node, lot, units = params["node"], params["lot"], params["units"]
    booked, cost = _booked(work, node, lot)
    made = plan_steering(work, Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot=lot, units=units))
    seen = steering_preview(work, made)
    preview = replace(
        seen,
        stake_cents=seen.stake_cents + abs(units - booked) * cost,
        levels=(Level("shelf", subject(params), booked, units), *seen.levels),
        inputs=fingerprint(seen.inputs, booked, units),
    )
    return Planned(preview, made)


def apply(work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """The count, with how far the books were off."""
    shelf = planned.preview.levels[0]
    return replace(applied(work, tx, planned, reason), kept={"delta": shelf.after - shelf.before})


def undo(work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Raises NotAllowed where more was taken off the shelf since than the count had added."""
    node, lot = done.params["node"], done.params["lot"]
    booked, _ = _booked(work, node, lot)
    back = booked - done.kept["delta"]
    if back < 0:
        raise NotAllowed(f"{lot} at {node}: {booked} units are left, {done.kept['delta']} were added: count it again.")
    made = plan_steering(work, Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot=lot, units=back))
    write_steering(work, tx, made, reason=reason)
    return steering_figures(made)


def _booked(work: Workplace, node: str, lot: str) -> tuple[int, int]:
    """Units in the books, and what one of them cost in cents."""
    found = work.database.read(
        "SELECT b.on_hand, s.cost_cents FROM stock_balance b JOIN skus s ON s.sku = b.sku "
        "WHERE b.node = $node AND b.lot = $lot",
        {"node": node, "lot": lot},
    ).rows()
    if not found:
        raise NotFound(f"No stock of lot {lot!r} lies at {node!r}.")
    return int(found[0][0]), int(found[0][1])


SPEC = ActionSpec(
    kind=ActionKind.CORRECT_COUNT,
    desk=Desk.INVENTORY,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("node", Of.NODE), Parameter("lot", Of.LOT), Parameter("units", Of.UNITS, least=0)),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=failed_over,
    outlook=outlook,
    undo=undo,
)
