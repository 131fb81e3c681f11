"""Goods break on a route: a proposed change of packing, or of carrier, is put in force from the next wave on."""

from collections.abc import Mapping
from datetime import timedelta

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.before_after import BeforeAfter
from engine.model.improvements import ImprovementState
from engine.response.outcome import Measure, Outcome, against_elsewhere
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import outcome_rules
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.making_good.check_improvements import lanes_around
from engine.usecases.making_good.review_improvements import move_within
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The proposed change."""
    return str(params["improvement"])


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a change there is not, NotAllowed where it no longer waits for a decision."""
    found = work.database.read(
        "SELECT state, units, damaged, share, share_after, saving_cents FROM improvements WHERE improvement_id = $id",
        {"id": params["improvement"]},
    ).rows()
    if not found:
        raise NotFound(f"There is no change {params['improvement']}.")
    state, units, damaged, share, share_after, saving = found[0]
    if state != ImprovementState.PROPOSED:
        raise NotAllowed(f"{params['improvement']} is {state} already. Reload the page.")
    preview = Preview(
        stake_cents=abs(int(saving)),
        gain_cents=int(saving),
        promised={"changes": 1, "damaged_permille": round(1000 * share_after)},
        inputs=fingerprint(units, damaged, share, share_after),
    )
    return Planned(preview, params["improvement"])


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Put it in force."""
    move_within(tx, [planned.made], ImprovementState.APPROVED, reason=reason)
    return Applied(dict(planned.preview.promised))


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Take it out of force. Raises NotAllowed where it is out already."""
    return {"changes": move_within(tx, [done.params["improvement"]], ImprovementState.ENDED, reason=reason)}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Broken goods of the route before and after, against lanes of the same packaging that nothing was done to."""
    own = work.database.read(
        "SELECT i.sku, i.carrier, i.area, s.packaging FROM improvements i JOIN skus s ON s.sku = i.sku "
        "WHERE i.improvement_id = $id",
        {"id": done.params["improvement"]},
    ).row(0)
    rows = [
        BeforeAfter(lane == own[:3], *counts)
        for lane, packaging, counts in lanes_around(work.database, done.at, now=work.now())
        if packaging == own[3]
    ]
    return against_elsewhere(Measure.DAMAGED_SHARE, rows, outcome_rules())


SPEC = ActionSpec(
    kind=ActionKind.CHANGE_PACKAGING,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("improvement", Of.IMPROVEMENT),),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
