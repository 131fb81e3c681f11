"""Somebody looks at what an action would do and does it: proposed, approved and carried out in one commit.

The one way from a button of any page to the world. Whose role does not reach what is at stake leaves a card in the
inbox of whoever may, and so does what came to more between the look and the commit.
"""

from collections.abc import Mapping
from typing import Any

from engine.errors import NotAllowed
from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.response.approval import may_approve
from engine.response.parameters import read_params
from engine.response.preview import Preview
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.action_records import Step, card_of, check_moves
from engine.usecases.actions.approve_action import BeyondRole, person_may
from engine.usecases.actions.carry_out import ActionReceipt, PlanRefused, carry_out
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.propose_action import Because, enter
from engine.usecases.room.workplace import Workplace


def act_now(
    work: Workplace,
    kind: ActionKind,
    params: Mapping[str, Any],
    *,
    because: Because,
    seen: Preview,
    actor: str,
    role: Role,
) -> ActionReceipt:
    """Do it, or put it before whoever may: the receipt says which. `seen`: the preview that was looked at, which is
    what the card promises; what came out otherwise is told.

    Raises BadRequest, and NotAllowed: no reason, decided already, or refused by the planning, which leaves no card.
    """
    if not because.why.strip():
        raise NotAllowed("Say why in a few words: the reason is kept with what it changes.")
    spec, policy = KINDS[kind], load_action_policy()
    asked = read_params(kind, spec.parameters, params)
    subject = f"{kind} {spec.subject(asked)}"
    yes = Step(ActionState.APPROVED, because.why.strip(), {"role": role.value})
    if may_approve(role, policy.approver(seen.stake_cents, spec.reversibility)):
        try:
            with work.database.transaction(actor=actor, verb="act_now", subject=subject) as tx:
                card = card_of(tx, enter(tx, spec, asked, seen, because, policy, tell=False))
                check_moves(card, ActionState.APPROVED, tx)
                receipt = carry_out(work, tx, card, policy, may=person_may(policy, card, role), before=[yes])
        except PlanRefused as refusal:
            work.gate.forget()
            if not isinstance(refusal.__cause__, BeyondRole):
                raise NotAllowed(str(refusal)) from None
        except NotAllowed:
            raise  # decided already: nothing was touched
        except BaseException:
            work.gate.forget()
            raise
        else:
            work.gate.reload_book()
            return receipt
        seen = spec.preview(work, asked)
    with work.database.transaction(actor=actor, verb="propose_action", subject=subject) as tx:
        action_id = enter(tx, spec, asked, seen, because, policy)
    return ActionReceipt(action_id, ActionState.PROPOSED)
