"""Inside one commit: is an action still to be decided, and if so, plan it anew, do it, and say what came out otherwise.

The effect and its record are one commit, so that a crash leaves all or nothing, and of two who press the button one
finds the other's work. What the planning refuses is rolled back and then written down as a failure, room unchanged.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from engine.errors import NotAllowed, NotFound, WarRoomError
from engine.model.actions import ActionKind, ActionState
from engine.response.approval import ActionPolicy
from engine.response.preview import Difference, differences
from engine.store.transaction import Transaction
from engine.usecases.actions.action_records import Card, Step, card_of, check_moves, move
from engine.usecases.actions.kinds import KINDS
from engine.usecases.room.workplace import Workplace

TOO_LATE = "nobody decided in time"


@dataclass(frozen=True, slots=True)
class ActionReceipt:
    """Where the action stands now, what happened, what of it is not what was promised; `refused`: why it failed."""

    action_id: str
    state: ActionState
    happened: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    refused: str = ""


class PlanRefused(Exception):
    """Planning or writing refused; carries the sentence. Never leaves `decide`."""


May = Callable[[int], None]
"""Raises NotAllowed where so many cents at stake are beyond whoever says yes."""


def rehearse(work: Workplace, action_id: str) -> None:
    """Plan it before the commit in which it is carried out. What planning keeps (kept_steering.py) then need not be
    made at the writer's lock; what it refuses is refused once more inside the commit, where it is told."""
    rows = work.database.read(
        "SELECT kind, params FROM actions WHERE action_id = $id AND state IN ('proposed', 'approved')",
        {"id": action_id},
    )
    for kind, params in rows.iter_rows():
        spec = KINDS[ActionKind(kind)]
        with suppress(WarRoomError):
            spec.plan(work, orjson.loads(params))


def decide(
    work: Workplace,
    action_id: str,
    to: ActionState,
    act: Callable[[Transaction, Card], ActionReceipt],
    *,
    actor: str,
    verb: str,
    on_refusal: Sequence[Step] = (),
) -> ActionReceipt:
    """Run `act` in one commit on an action that can become `to` and has not run out.

    Raises NotFound, or NotAllowed: decided already, or run out, which is then written down. Where `act` raises
    PlanRefused the action fails, after the steps `on_refusal`.
    """
    receipt = None
    try:
        with work.database.transaction(actor=actor, verb=verb, subject=action_id) as tx:
            card = card_of(tx, action_id)
            check_moves(card, to, tx)
            if tx.at < card.expires_at:
                receipt = act(tx, card)
            else:
                move(tx, card, [Step(ActionState.EXPIRED, TOO_LATE)])
    except PlanRefused as refusal:
        work.gate.forget()
        return _failed(work, action_id, on_refusal, str(refusal), actor=actor)
    except (NotAllowed, NotFound):
        raise  # nothing was touched, and the gate need not load a hundred thousand orders again
    except BaseException:
        work.gate.forget()
        raise
    if receipt is None:
        raise NotAllowed(f"{action_id} ran out at {card.expires_at.isoformat()}: propose it anew.")
    work.gate.reload_book()
    return receipt


def carry_out(
    work: Workplace, tx: Transaction, card: Card, policy: ActionPolicy, *, may: May, before: Sequence[Step] = ()
) -> ActionReceipt:
    """Plan it anew, write it, and append the steps `before` and the execution. Raises PlanRefused."""
    spec = KINDS[card.kind]
    reason = next((step.reason for step in before if step.reason), card.why)
    try:
        planned = spec.plan(work, card.params)
        may(planned.preview.stake_cents)
        done = spec.apply(work, tx, planned, reason)
    except WarRoomError as refusal:
        raise PlanRefused(str(refusal)) from refusal
    otherwise = differences(card.preview.promised, done.happened)
    told = {"happened": dict(done.happened), "kept": dict(done.kept), "promised": dict(card.preview.promised)}
    judge_at = tx.at + timedelta(minutes=policy.kinds[card.kind].horizon_minutes)
    move(tx, card, [*before, Step(ActionState.EXECUTED, reason, told)], judge_at=judge_at)
    tx.note(action=card.action_id, kind=card.kind.value, happened=dict(done.happened))
    return ActionReceipt(card.action_id, ActionState.EXECUTED, done.happened, otherwise)


def _failed(work: Workplace, action_id: str, before: Sequence[Step], sentence: str, *, actor: str) -> ActionReceipt:
    with work.database.transaction(actor=actor, verb="action_failed", subject=action_id) as tx:
        card = card_of(tx, action_id)
        first = before[0].state if before else ActionState.FAILED
        check_moves(card, first, tx)  # somebody may have decided since the refusal was rolled back
        move(tx, card, [*before, Step(ActionState.FAILED, sentence)])
        tx.note(refused=sentence)
    return ActionReceipt(action_id, ActionState.FAILED, refused=sentence)
