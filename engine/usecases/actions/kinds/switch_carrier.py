"""A carrier degrades in a region: part of its orders goes to others, and it stops in the places of that part."""

from collections.abc import Mapping
from dataclasses import replace

from engine.allocation.steering import Change, ChangeKind
from engine.errors import NotAllowed
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import switched
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.actions.kinds.steering import expected_on_time, steering_figures, steering_preview
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import plan_steering
from engine.usecases.steering.plan_switch import SwitchMoves, switch_moves
from engine.usecases.steering.steer import write_steering
from engine.usecases.steering.steering_state import barriers


def subject(params: Params) -> str:
    """The carrier and the region."""
    return f"{params['carrier']}/{params['region'] or '*'}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for what the room does not know, NotAllowed where nothing can move."""
    moves = switch_moves(work, params["carrier"], params["region"], share=params["percent"] / 100)
    seen = steering_preview(work, moves.made)
    return Planned(replace(seen, inputs=fingerprint(seen.inputs, moves.prefixes)), moves)


def outlook(work: Workplace, planned: Planned) -> Preview:
    """With the pick-ups expected in time with whom they are, and with those who take over."""
    moves: SwitchMoves = planned.made
    return expected_on_time(work, moves.made, planned.preview)


def apply(work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Move the orders and stop the carrier in the places of the share."""
    moves: SwitchMoves = planned.made
    write_steering(work, tx, moves.made, reason=reason, places=moves.prefixes)
    return Applied(steering_figures(moves.made), {"places": list(moves.prefixes)})


def undo(work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Let the carrier work again where this stopped it. Raises NotAllowed where it does already."""
    carrier = done.params["carrier"]
    standing = barriers(work.database).stops
    places = tuple(place for place in done.kept["places"] if (carrier, place) in standing)
    if not places:
        raise NotAllowed(f"{carrier} works again already in every place where it was stopped.")
    made = plan_steering(work, Change(kind=ChangeKind.CARRIER_RESUMED, carrier=carrier, region=places[0]))
    write_steering(work, tx, made, reason=reason, places=places)
    return {"places": len(places)}


SPEC = ActionSpec(
    kind=ActionKind.SWITCH_CARRIER,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(
        Parameter("carrier", Of.CARRIER),
        Parameter("region", Of.REGION),
        Parameter("percent", Of.UNITS, least=1, most=100),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=lambda work, done, horizon: switched(work, done, horizon, done.kept["places"]),
    outlook=outlook,
    undo=undo,
)
