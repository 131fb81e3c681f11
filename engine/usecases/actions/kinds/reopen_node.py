"""A node works again: new plans may use it, what is planned stays. Undone by closing it, which moves its orders."""

from datetime import timedelta

from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.usecases.actions.kinds.spec import ActionSpec, Executed
from engine.usecases.actions.kinds.steering import applied, outlook, planned, undone
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The node."""
    return str(params["node"])


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Parcels that the node was given since."""
    [(ever, standing)] = work.database.read(
        "SELECT count(*), count(*) FILTER (status = 'planned') FROM parcels WHERE node = $node AND version > $version",
        {"node": done.params["node"], "version": done.version},
    ).rows()
    return counted(Measure.PARCELS_PLANNED, standing=int(standing), ever=int(ever), of=int(ever))


SPEC = ActionSpec(
    kind=ActionKind.REOPEN_NODE,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("node", Of.NODE),),
    subject=subject,
    plan=planned(lambda params: Change(kind=ChangeKind.NODE_REOPENED, node=params["node"])),
    apply=applied,
    measure=measure,
    outlook=outlook,
    undo=undone(lambda params: Change(kind=ChangeKind.NODE_CLOSED, node=params["node"])),
)
