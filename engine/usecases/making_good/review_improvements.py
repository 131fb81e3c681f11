"""Somebody decides on proposed changes of packaging and carrier, and ends those that are in force.

An approved change works from the next wave and the next allocation on; what is packed or planned stays as it is.
"""

from collections.abc import Sequence

from engine.errors import NotAllowed, NotFound
from engine.model.improvements import IMPROVEMENT_TRANSITIONS, ImprovementState
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.making_good.improvement_records import Move, improvements_by_id, move_improvements

VERBS = {
    ImprovementState.APPROVED: "approve_improvements",
    ImprovementState.REJECTED: "reject_improvements",
    ImprovementState.ENDED: "end_improvements",
}


def approve_improvements(database: Database, ids: Sequence[str], *, actor: str, reason: str = "") -> int:
    """Put changes in force; one of the same kind, article and route that is in force already ends."""
    return _move(database, ids, ImprovementState.APPROVED, actor=actor, reason=reason)


def reject_improvements(database: Database, ids: Sequence[str], *, actor: str, reason: str) -> int:
    """Drop proposals."""
    return _move(database, ids, ImprovementState.REJECTED, actor=actor, reason=reason)


def end_improvements(database: Database, ids: Sequence[str], *, actor: str, reason: str) -> int:
    """Take changes out of force again."""
    return _move(database, ids, ImprovementState.ENDED, actor=actor, reason=reason)


def _move(database: Database, ids: Sequence[str], to: ImprovementState, *, actor: str, reason: str) -> int:
    chosen, reason = list(dict.fromkeys(ids)), reason.strip()
    if not chosen:
        raise NotAllowed("Choose at least one change.")
    if to is not ImprovementState.APPROVED and not reason:
        raise NotAllowed("Say why in a few words: the decision is kept with the change.")
    subject = chosen[0] if len(chosen) == 1 else f"{len(chosen)} changes"
    with database.transaction(actor=actor, verb=VERBS[to], subject=subject) as tx:
        return move_within(tx, chosen, to, reason=reason)


def move_within(tx: Transaction, chosen: Sequence[str], to: ImprovementState, *, reason: str) -> int:
    """The same inside a commit of the caller's."""
    rows = improvements_by_id(tx, chosen)
    if missing := sorted(set(chosen) - set(rows)):
        raise NotFound(f"There is no change {missing[0]}.")
    for row in rows.values():
        if to not in IMPROVEMENT_TRANSITIONS[ImprovementState(row["state"])]:
            raise NotAllowed(f"{row['improvement_id']} is {row['state']} already. Reload the page.")
    moves = [Move(row, to, reason) for row in rows.values()]
    if to is ImprovementState.APPROVED:
        routes = {(row["kind"], row["sku"], row["carrier"], row["area"]) for row in rows.values()}
        if len(routes) < len(rows):
            raise NotAllowed("Two of these changes are of one kind, article and route: choose one of them.")
        standing = tx.rows(
            "SELECT improvement_id, kind, sku, carrier, area, state FROM improvements WHERE state = 'approved'"
        )
        names = ("improvement_id", "kind", "sku", "carrier", "area", "state")
        moves += [
            Move(dict(zip(names, row, strict=True)), ImprovementState.ENDED, "replaced")
            for row in standing
            if row[1:5] in routes
        ]
    move_improvements(tx, moves)
    tx.note(changes=chosen[:100], after=to.value, reason=reason, replaced=len(moves) - len(chosen))
    return len(chosen)
