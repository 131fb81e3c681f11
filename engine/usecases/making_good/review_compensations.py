"""Somebody looks at proposed compensations: lets them go to the gateway within their budgets, or drops them.

What a budget cannot pay any more stays proposed, and is told; the rest goes through. Two people who approve at once
cannot exceed a budget: it is looked at inside the commit, and only one commit happens at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import NotAllowed, NotFound
from engine.model.compensation import CompensationState
from engine.model.roles import Role
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.making_good.compensation_records import (
    Move,
    budgets,
    compensations_by_id,
    grow_budget,
    keep_budgets,
    move_compensations,
)

MAY_ALL = frozenset({Role.MANAGER, Role.ADMIN})
"""Roles that may approve whatever is proposed, and set budgets."""


@dataclass(frozen=True, slots=True)
class CompensationReview:
    """Decided; left proposed because their budget is used up; left because a manager must agree. Cents now charged."""

    done: int
    over_budget: int = 0
    for_manager: int = 0
    cents: int = 0


def approve_compensations(
    database: Database, ids: Sequence[str], *, actor: str, role: Role, reason: str = ""
) -> CompensationReview:
    """Let proposals go, in the order given. Raises NotFound, and NotAllowed where nothing at all could be approved."""
    _check_may_decide(role)
    chosen = _chosen(ids)
    with database.transaction(actor=actor, verb="approve_compensations", subject=_subject(chosen)) as tx:
        rows = _proposed(tx, chosen)
        left = keep_budgets(tx, [row["budget_key"] for row in rows])
        moves, over, manager = [], [], []
        for row in rows:
            if row["approver"] == Role.MANAGER and role not in MAY_ALL:
                manager.append(row)
            elif row["cost_cents"] > left[row["budget_key"]]:
                over.append(row)
            else:
                left[row["budget_key"]] -= row["cost_cents"]
                moves.append(Move(row, CompensationState.APPROVED, tx.at, reason.strip()))
        if not moves:
            raise NotAllowed(_refusal(over, left))
        move_compensations(tx, moves)
        cents = sum(move.row["cost_cents"] for move in moves)
        tx.note(
            approved=[move.row["compensation_id"] for move in moves][:100], done=len(moves), cents=cents,
            over_budget=len(over), for_manager=len(manager), role=role.value, reason=reason.strip(), left=left,
        )  # fmt: skip
    return CompensationReview(len(moves), len(over), len(manager), cents)


def reject_compensations(
    database: Database, ids: Sequence[str], *, actor: str, role: Role, reason: str
) -> CompensationReview:
    """Drop proposals; nothing is proposed for their tickets again unless somebody asks for it."""
    _check_may_decide(role)
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the compensation.")
    chosen = _chosen(ids)
    with database.transaction(actor=actor, verb="reject_compensations", subject=_subject(chosen)) as tx:
        rows = _proposed(tx, chosen)
        move_compensations(tx, [Move(row, CompensationState.REJECTED, tx.at, reason.strip()) for row in rows])
        tx.note(rejected=[row["compensation_id"] for row in rows][:100], done=len(rows), reason=reason.strip())
    return CompensationReview(len(rows))


def withdraw_compensations(database: Database, ids: Sequence[str], *, actor: str, reason: str) -> CompensationReview:
    """Take back approved compensations that the gateway has not fetched or reported on; the budget has them back.

    Those that were sent meanwhile stay, and are not counted.
    """
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the compensation.")
    chosen = _chosen(ids)
    with database.transaction(actor=actor, verb="withdraw_compensations", subject=_subject(chosen)) as tx:
        rows = [row for row in _known(tx, chosen) if row["state"] == CompensationState.APPROVED]
        move_compensations(tx, [Move(row, CompensationState.WITHDRAWN, tx.at, reason.strip()) for row in rows])
        tx.note(withdrawn=len(rows), of=len(chosen), reason=reason.strip())
    return CompensationReview(len(rows))


def set_compensation_budget(database: Database, key: str, cents: int, *, actor: str, role: Role, reason: str) -> None:
    """Set what a budget holds; from then on it no longer follows the rules. Not below what is committed already."""
    if role not in MAY_ALL:
        raise NotAllowed("Only a manager may set a compensation budget.")
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the compensation.")
    with database.transaction(actor=actor, verb="set_compensation_budget", subject=key) as tx:
        known = budgets(tx, [key])
        if key not in known:
            raise NotFound(f"There is no compensation budget {key}: it is opened by the first proposal.")
        before, committed = known[key]
        if cents < committed:
            raise NotAllowed(f"{key} has committed ¥{committed / 100:.2f} already: its budget cannot be less.")
        grow_budget(tx, key, cents - before, cents=before, committed=committed, reason=reason.strip(), set_by="person")
        tx.note(before=before, after=cents, reason=reason.strip())


def _check_may_decide(role: Role) -> None:
    if role is Role.ANALYST:
        raise NotAllowed("An analyst reads everything and decides nothing.")


def _chosen(ids: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise NotAllowed("Choose at least one compensation.")
    return chosen


def _subject(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{len(ids)} compensations"


def _known(tx: Transaction, ids: Sequence[str]) -> list[dict[str, Any]]:
    found = compensations_by_id(tx, ids)
    if missing := sorted(set(ids) - set(found)):
        raise NotFound(f"There is no compensation {missing[0]}.")
    return [found[each] for each in ids]


def _proposed(tx: Transaction, ids: Sequence[str]) -> list[dict[str, Any]]:
    rows = _known(tx, ids)
    for row in rows:
        if row["state"] != CompensationState.PROPOSED:
            raise NotAllowed(
                f"{row['compensation_id']} is {row['state']} already: somebody was faster. Reload the page."
            )
    return rows


def _refusal(over: Sequence[dict[str, Any]], left: dict[str, int]) -> str:
    if not over:
        return "A manager must agree to what was chosen."
    key = over[0]["budget_key"]
    return f"The budget {key} has ¥{left[key] / 100:.2f} left: too little for what was chosen. A manager can raise it."
