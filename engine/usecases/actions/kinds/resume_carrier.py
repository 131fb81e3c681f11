"""A carrier works again in a region: new plans may use it, what moved stays. Undone by stopping it once more."""

from datetime import timedelta

from engine.allocation.steering import ChangeKind
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter
from engine.usecases.actions.kinds.spec import ActionSpec, Executed
from engine.usecases.actions.kinds.steering import applied, outlook, planned, undone
from engine.usecases.actions.kinds.stop_carrier import subject, there
from engine.usecases.room.workplace import Workplace


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Parcels of orders there that the carrier was given since."""
    [(ever, standing)] = work.database.read(
        "SELECT count(DISTINCT p.parcel_id), count(DISTINCT p.parcel_id) FILTER (p.status = 'planned') "
        "FROM parcels p JOIN allocations a ON a.parcel_id = p.parcel_id JOIN orders o ON o.order_id = a.order_id "
        "WHERE p.carrier = $carrier AND p.version > $version AND starts_with(o.adcode, $region)",
        {"carrier": done.params["carrier"], "region": done.params["region"], "version": done.version},
    ).rows()
    return counted(Measure.PARCELS_PLANNED, standing=int(standing), ever=int(ever), of=int(ever))


SPEC = ActionSpec(
    kind=ActionKind.RESUME_CARRIER,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("carrier", Of.CARRIER), Parameter("region", Of.REGION)),
    subject=subject,
    plan=planned(there(ChangeKind.CARRIER_RESUMED)),
    apply=applied,
    measure=measure,
    outlook=outlook,
    undo=undone(there(ChangeKind.CARRIER_STOPPED)),
)
