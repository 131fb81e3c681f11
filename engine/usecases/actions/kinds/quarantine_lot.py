"""A lot may be bad: none of it ships any more, and orders planned from it take others. Undone by its release."""

from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.usecases.actions.kinds.outcomes import complaints
from engine.usecases.actions.kinds.spec import ActionSpec
from engine.usecases.actions.kinds.steering import applied, outlook, planned, undone


def subject(params: Params) -> str:
    """The lot."""
    return str(params["lot"])


SPEC = ActionSpec(
    kind=ActionKind.QUARANTINE_LOT,
    desk=Desk.INVENTORY,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("lot", Of.LOT),),
    subject=subject,
    plan=planned(lambda params: Change(kind=ChangeKind.LOT_QUARANTINED, lot=params["lot"])),
    apply=applied,
    measure=lambda work, done, horizon: complaints(work, done, horizon, done.params["lot"]),
    outlook=outlook,
    undo=undone(lambda params: Change(kind=ChangeKind.LOT_RELEASED, lot=params["lot"])),
)
