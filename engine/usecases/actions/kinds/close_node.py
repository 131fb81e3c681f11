"""A node cannot work: its orders fail over to others within their legal window. Undone by its reopening."""

from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.usecases.actions.kinds.outcomes import failed_over
from engine.usecases.actions.kinds.spec import ActionSpec
from engine.usecases.actions.kinds.steering import applied, outlook, planned, undone


def subject(params: Params) -> str:
    """The node."""
    return str(params["node"])


SPEC = ActionSpec(
    kind=ActionKind.CLOSE_NODE,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("node", Of.NODE),),
    subject=subject,
    plan=planned(lambda params: Change(kind=ChangeKind.NODE_CLOSED, node=params["node"])),
    apply=applied,
    measure=failed_over,
    outlook=outlook,
    undo=undone(lambda params: Change(kind=ChangeKind.NODE_REOPENED, node=params["node"])),
)
