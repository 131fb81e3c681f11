"""Takes an executed action back, as far as the world allows, in one commit with its record."""

from engine.errors import NotAllowed
from engine.model.actions import ActionState
from engine.usecases.actions.action_records import Step, card_of, check_moves, executed, move
from engine.usecases.actions.carry_out import ActionReceipt
from engine.usecases.actions.kinds import KINDS
from engine.usecases.room.workplace import Workplace


def undo_action(work: Workplace, action_id: str, *, actor: str, reason: str) -> ActionReceipt:
    """Undo it. Raises NotFound, or NotAllowed: no reason, not executed, undone already, or no way back, in words."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why it is taken back: the reason is kept with the action.")
    try:
        with work.database.transaction(actor=actor, verb="undo_action", subject=action_id) as tx:
            card = card_of(tx, action_id)
            check_moves(card, ActionState.UNDONE, tx)
            spec = KINDS[card.kind]
            if spec.undo is None:
                raise NotAllowed(spec.no_undo)
            back = dict(spec.undo(work, tx, executed(tx, card), reason.strip()))
            move(tx, card, [Step(ActionState.UNDONE, reason.strip(), {"back": back})])
            tx.note(action=action_id, kind=card.kind.value, back=back)
    except BaseException:
        work.gate.forget()
        raise
    work.gate.reload_book()
    return ActionReceipt(action_id, ActionState.UNDONE, back)
