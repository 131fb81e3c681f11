"""Orders of a region would be better off elsewhere: they are led away from their node, which stays open for others."""

from engine.allocation.steering import Change, ChangeKind
from engine.errors import NotAllowed
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.usecases.actions.kinds.outcomes import failed_over
from engine.usecases.actions.kinds.spec import ActionSpec, Planned
from engine.usecases.actions.kinds.steering import applied, outlook, steering_preview
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import plan_steering


def subject(params: Params) -> str:
    """The node and the region."""
    return f"{params['node']}/{params['region'] or '*'}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for what the room does not know, NotAllowed where no order there can go another way."""
    change = Change(kind=ChangeKind.ORDERS_LED_AWAY, node=params["node"], region=params["region"])
    made = plan_steering(work, change)
    if made.moved.is_empty():
        raise NotAllowed(f"No order of {subject(params)} can go another way: all have left, or nobody else could ship.")
    return Planned(steering_preview(work, made), made)


SPEC = ActionSpec(
    kind=ActionKind.REALLOCATE_ORDERS,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.NONE,
    parameters=(Parameter("node", Of.NODE), Parameter("region", Of.REGION)),
    subject=subject,
    plan=plan,
    apply=applied,
    measure=failed_over,
    outlook=outlook,
    no_undo="Orders that were led away are planned anew by the same planner: lead them on instead of back.",
)
