"""Clicks in the inbox become use cases."""

from collections.abc import Mapping
from typing import Any

from dashboard import people, sentences
from dashboard.action_words import figures, otherwise
from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.response.approval import may_approve
from engine.response.preview import Preview
from engine.usecases.actions import propose_action as proposals
from engine.usecases.actions.act_now import act_now
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.approve_action import approve_action, execute_action
from engine.usecases.actions.carry_out import ActionReceipt
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.propose_action import Because
from engine.usecases.actions.reject_action import reject_action
from engine.usecases.actions.undo_action import undo_action


def can_approve(approver: str) -> bool:
    """Whether the person here may approve what needs this role: the rule that the use case goes by."""
    role = people.person().role
    return role is not None and may_approve(role, Role(approver))


@command("preview_action")
def preview(t: Words, kind: ActionKind, params: Mapping[str, Any]) -> Preview | Told:
    """What it would do; nothing is written."""
    found: list[Preview] = []
    told = attempt(t, lambda: found.append(proposals.preview_action(room(), kind, params)), "")
    return found[0] if found else told


@command("act_now")
def act(t: Words, kind: ActionKind, params: Mapping[str, Any], *, why: str, seen: Preview, cause: str = "") -> Told:
    """Do what was looked at, or put it before whoever may approve so much."""
    because = Because(why, cause)
    found: list[ActionReceipt] = []
    told = attempt(
        t,
        lambda: found.append(act_now(room(), kind, params, because=because, seen=seen, actor=operator(), role=_role())),
        "",
    )
    if not found:
        return told
    [receipt] = found
    if receipt.state is ActionState.PROPOSED:
        needs = t.of("role", approver(kind, seen))
        return Told(done=True, text=t("inbox.waits_now", id=receipt.action_id, role=needs))
    return _executed(t, receipt, t("inbox.executed_now", id=receipt.action_id))


def approver(kind: ActionKind, seen: Preview) -> Role:
    """The least role that may approve what such a preview puts at stake."""
    return load_action_policy().approver(seen.stake_cents, KINDS[kind].reversibility)


@command("renew_action")
def renew(t: Words, action_id: str) -> Told:
    """Plan a card anew."""
    return attempt(
        t, lambda: proposals.renew_action(room(), action_id, actor=operator()), t("inbox.renewed_now", id=action_id)
    )


@command("approve_action")
def approve(t: Words, action_id: str, *, seen: str) -> Told:
    """Approve the card that was looked at, and carry it out."""
    return _done(
        t,
        lambda: approve_action(room(), action_id, actor=operator(), role=_role(), seen=seen),
        action_id,
        "executed_now",
    )


@command("carry_out_action")
def carry_out(t: Words, action_id: str) -> Told:
    """Carry out what is approved."""
    return _done(t, lambda: execute_action(room(), action_id, actor=operator()), action_id, "executed_now")


@command("reject_action")
def reject(t: Words, action_id: str, *, reason: str) -> Told:
    """Say no."""
    return attempt(
        t,
        lambda: reject_action(room(), action_id, actor=operator(), reason=reason),
        t("inbox.rejected_now", id=action_id),
    )


@command("undo_action")
def undo(t: Words, action_id: str, *, reason: str) -> Told:
    """Take it back."""
    return _done(t, lambda: undo_action(room(), action_id, actor=operator(), reason=reason), action_id, "undone_now")


def _role() -> Role:
    """The role of whoever clicked; a command runs for nobody without one."""
    return people.person().role or Role.ANALYST


def _done(t: Words, act: Any, action_id: str, text: str) -> Told:
    found: list[ActionReceipt] = []
    told = attempt(t, lambda: found.append(act()), "")
    if not found:
        return told
    [receipt] = found
    if receipt.refused:
        return Told(done=False, text=t("inbox.failed_now", id=action_id, why=sentences.said(t, receipt.refused)))
    words = {"executed_now": t("inbox.executed_now", id=action_id), "undone_now": t("inbox.undone_now", id=action_id)}
    return _executed(t, receipt, words[text])


def _executed(t: Words, receipt: ActionReceipt, done: str) -> Told:
    apart = otherwise(t, [(one.figure, one.promised, one.happened) for one in receipt.differences])
    return Told(done=True, text=" ".join(part for part in (done, figures(t, receipt.happened), apart) if part))
