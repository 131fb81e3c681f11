"""Yes to an action: approved and carried out in one commit, or approved now and carried out later."""

import orjson

from engine.errors import NotAllowed
from engine.model.actions import ActionKind, ActionState, Reversibility
from engine.model.roles import Role
from engine.response.approval import ActionPolicy, may_approve
from engine.store.transaction import Transaction
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.action_records import Card, Step, move
from engine.usecases.actions.carry_out import ActionReceipt, May, carry_out, decide, rehearse
from engine.usecases.room.workplace import Workplace


class BeyondRole(NotAllowed):
    """More is at stake than the role reaches."""


def approve_action(
    work: Workplace,
    action_id: str,
    *,
    actor: str,
    role: Role,
    reason: str = "",
    seen: str | None = None,
    now: bool = True,
) -> ActionReceipt:
    """Approve it, and carry it out unless `now` is False. `seen`: the `inputs` of the preview that was looked at.

    Raises NotFound, or NotAllowed: the role does not reach, it was decided already, it has run out, or the card is no
    longer the one that was looked at. What the planning refuses comes back as a receipt of the failure.
    """
    policy = load_action_policy()
    yes = Step(ActionState.APPROVED, reason.strip(), {"role": role.value})

    def act(tx: Transaction, card: Card) -> ActionReceipt:
        _reaches(role, card.approver, card.preview.stake_cents)
        if seen is not None and seen != card.preview.inputs:
            raise NotAllowed(f"{action_id} was planned anew since you looked at it: read it again, then approve it.")
        if now:
            return carry_out(work, tx, card, policy, may=person_may(policy, card, role), before=[yes])
        move(tx, card, [yes])
        return ActionReceipt(action_id, ActionState.APPROVED)

    if now:
        rehearse(work, action_id)
    return decide(work, action_id, ActionState.APPROVED, act, actor=actor, verb="approve_action", on_refusal=[yes])


def execute_action(work: Workplace, action_id: str, *, actor: str) -> ActionReceipt:
    """Carry out what was approved before. Raises NotFound, or NotAllowed where it is not approved or has run out."""
    policy = load_action_policy()

    def act(tx: Transaction, card: Card) -> ActionReceipt:
        [(detail, *_), *_] = tx.rows(
            "SELECT detail FROM action_events WHERE action_id = :id AND state = 'approved' ORDER BY step DESC",
            {"id": action_id},
        )
        role = Role(orjson.loads(detail)["role"])
        return carry_out(work, tx, card, policy, may=person_may(policy, card, role))

    rehearse(work, action_id)
    return decide(work, action_id, ActionState.EXECUTED, act, actor=actor, verb="execute_action")


def execute_unattended(work: Workplace, *, actor: str) -> list[ActionReceipt]:
    """Approve and carry out what the policy lets go without a person; with the rules as shipped that is nothing."""
    policy = load_action_policy()
    waiting = work.database.read(
        "SELECT action_id, kind, reversibility, stake_cents FROM actions WHERE state = 'proposed' "
        "AND expires_at > $now ORDER BY proposed_at, action_id",
        {"now": work.now()},
    )
    return [
        _unattended(work, action_id, policy, actor=actor)
        for action_id, kind, reversibility, stake_cents in waiting.iter_rows()
        if policy.autonomous(ActionKind(kind), stake_cents, Reversibility(reversibility))
    ]


def _unattended(work: Workplace, action_id: str, policy: ActionPolicy, *, actor: str) -> ActionReceipt:
    yes = Step(ActionState.APPROVED, "the policy lets it go", {"role": Role.OPERATOR.value})

    def act(tx: Transaction, card: Card) -> ActionReceipt:
        def may(stake_cents: int) -> None:
            if not policy.autonomous(card.kind, stake_cents, card.reversibility):
                raise NotAllowed(f"By now ¥{stake_cents / 100:,.0f} are at stake: that is a person's decision.")

        return carry_out(work, tx, card, policy, may=may, before=[yes])

    try:
        return decide(work, action_id, ActionState.APPROVED, act, actor=actor, verb="approve_action", on_refusal=[yes])
    except NotAllowed as faster:  # a person decided it between the look and the commit
        return ActionReceipt(action_id, ActionState.PROPOSED, refused=str(faster))


def person_may(policy: ActionPolicy, card: Card, role: Role) -> May:
    """A person may still say yes if what it has come to since is no more than the role reaches."""
    return lambda stake: _reaches(role, policy.approver(stake, card.reversibility), stake)


def _reaches(role: Role, needed: Role, stake_cents: int) -> None:
    if not may_approve(role, needed):
        raise BeyondRole(
            f"¥{stake_cents / 100:,.0f} are at stake: this needs the role {needed.value}, not {role.value}."
        )
