"""A carrier stands still in a region: it stops there at once, and its orders go to others. Undone by its resumption."""

from collections.abc import Callable

from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.usecases.actions.kinds.outcomes import switched
from engine.usecases.actions.kinds.spec import ActionSpec
from engine.usecases.actions.kinds.steering import applied, outlook, planned, undone


def there(kind: ChangeKind) -> Callable[[Params], Change]:
    """The change of that kind to the carrier in the region."""
    return lambda of: Change(kind=kind, carrier=of["carrier"], region=of["region"])


def subject(params: Params) -> str:
    """The carrier and the region."""
    return f"{params['carrier']}/{params['region'] or '*'}"


SPEC = ActionSpec(
    kind=ActionKind.STOP_CARRIER,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("carrier", Of.CARRIER), Parameter("region", Of.REGION)),
    subject=subject,
    plan=planned(there(ChangeKind.CARRIER_STOPPED)),
    apply=applied,
    measure=lambda work, done, horizon: switched(work, done, horizon, [done.params["region"]]),
    outlook=outlook,
    undo=undone(there(ChangeKind.CARRIER_RESUMED)),
)
