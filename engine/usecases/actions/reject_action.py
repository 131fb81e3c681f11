"""No to an action, with a reason; and the quiet end of those that nobody decided in time."""

from engine.errors import NotAllowed
from engine.model.actions import OPEN, ActionState
from engine.store.transaction import Transaction
from engine.usecases.actions.action_records import Card, Step, card_of, move
from engine.usecases.actions.carry_out import TOO_LATE, ActionReceipt, decide
from engine.usecases.room.workplace import Workplace


def reject_action(work: Workplace, action_id: str, *, actor: str, reason: str) -> ActionReceipt:
    """Say no. Raises NotFound, or NotAllowed: no reason, decided already, or run out."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why not: whoever proposed it should know.")

    def act(tx: Transaction, card: Card) -> ActionReceipt:
        move(tx, card, [Step(ActionState.REJECTED, reason.strip())])
        return ActionReceipt(action_id, ActionState.REJECTED)

    return decide(work, action_id, ActionState.REJECTED, act, actor=actor, verb="reject_action")


def expire_actions(work: Workplace, *, actor: str) -> int:
    """End what has run out; returns how many."""
    due = work.database.read(
        "SELECT action_id FROM actions WHERE state IN ('proposed', 'approved', 'failed') AND expires_at <= $now "
        "ORDER BY expires_at, action_id",
        {"now": work.now()},
    )["action_id"].to_list()
    if not due:
        return 0
    ended = 0
    with work.database.transaction(actor=actor, verb="expire_actions", subject=f"{len(due)} actions") as tx:
        for action_id in due:
            card = card_of(tx, action_id)
            if card.state in OPEN:
                move(tx, card, [Step(ActionState.EXPIRED, TOO_LATE)])
                ended += 1
    return ended
