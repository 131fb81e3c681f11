"""An operator looks at proposed offers to wait: lets them go to the gateway, or drops them. And what ran out is closed.

Between the laying of the list and the click an order may have been planned, cancelled or have too little time left:
such an offer is closed instead, and the rest goes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.errors import NotAllowed, NotFound
from engine.model.delays import OPEN, DelayState
from engine.model.states import OrderStatus
from engine.store.transaction import Transaction
from engine.usecases.allocation.delay_records import Move, move_offers, offers_by_id, stagger_policy
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class DelayReview:
    """Offers that were approved or rejected, and offers that were closed because they no longer stand."""

    done: int
    gone: int


def approve_delays(work: Workplace, offer_ids: Sequence[str], *, actor: str, reason: str = "") -> DelayReview:
    """Let proposed offers go: the gateway may fetch them; allocation leaves their orders alone until they expire."""
    return _review(work, offer_ids, DelayState.APPROVED, actor=actor, verb="approve_delays", reason=reason.strip())


def reject_delays(work: Workplace, offer_ids: Sequence[str], *, actor: str, reason: str) -> DelayReview:
    """Drop proposed offers; their orders are not asked again."""
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the offer.")
    return _review(work, offer_ids, DelayState.REJECTED, actor=actor, verb="reject_delays", reason=reason.strip())


def _review(
    work: Workplace, offer_ids: Sequence[str], to: DelayState, *, actor: str, verb: str, reason: str
) -> DelayReview:
    chosen = list(dict.fromkeys(offer_ids))
    if not chosen:
        raise NotAllowed("Choose at least one offer.")
    subject = chosen[0] if len(chosen) == 1 else f"{len(chosen)} offers"
    with work.database.transaction(actor=actor, verb=verb, subject=subject) as tx:
        return review_within(tx, chosen, to, reason=reason)


def review_within(tx: Transaction, chosen: Sequence[str], to: DelayState, *, reason: str) -> DelayReview:
    """The same inside a commit of the caller's."""
    offers = offers_by_id(tx, chosen)
    if missing := set(chosen) - set(offers):
        raise NotFound(f"There is no offer {min(missing)}.")
    least = timedelta(minutes=stagger_policy().least_answer_minutes)
    moves = []
    for offer in offers.values():
        if offer["state"] != DelayState.PROPOSED:
            raise NotAllowed(f"{offer['offer_id']} is {offer['state']} already: somebody was faster. Reload the page.")
        gone = _gone(offer, now=tx.at, least=least if to is DelayState.APPROVED else timedelta())
        moves.append(Move(offer, gone or to, tx.at, "" if gone else reason))
    move_offers(tx, moves)
    done = [move.offer["offer_id"] for move in moves if move.to is to]
    tx.note(reason=reason, before=DelayState.PROPOSED.value, after=to.value, offers=done[:100], done=len(done))
    return DelayReview(len(done), len(moves) - len(done))


def _gone(offer: dict[str, Any], *, now: datetime, least: timedelta) -> DelayState | None:
    """How an open offer ends by itself, if it does: its order moved on, or too little time is left to answer."""
    if offer["status"] != OrderStatus.RESERVED or offer["promise_at"] != offer["promise_before"]:
        return DelayState.WITHDRAWN
    return DelayState.EXPIRED if offer["expires_at"] <= now + least else None


def close_delays(work: Workplace) -> int:
    """Close open offers that ran out or whose order moved on; returns how many. Allocation does not wait for this:
    it looks at the time itself."""
    states = ", ".join(f"'{state}'" for state in sorted(OPEN))
    over = work.database.read(
        f"SELECT d.offer_id FROM delay_offers d JOIN orders o ON o.order_id = d.order_id WHERE d.state IN ({states}) "
        "AND (d.expires_at <= $now OR o.status <> 'reserved' OR o.promise_at <> d.promise_before)",
        {"now": work.now()},
    )["offer_id"].to_list()
    if not over:
        return 0
    with work.database.transaction(actor="stagger", verb="close_delays", subject=f"{len(over)} offers") as tx:
        # As this transaction sees them: an answer may have come in between.
        still = [offer for offer in offers_by_id(tx, over).values() if offer["state"] in OPEN]
        ends = [(offer, _gone(offer, now=tx.at, least=timedelta())) for offer in still]
        moves = [Move(offer, to, tx.at) for offer, to in ends if to is not None]
        move_offers(tx, moves)
        tx.note(**{to.value: sum(m.to is to for m in moves) for to in (DelayState.EXPIRED, DelayState.WITHDRAWN)})
    return len(moves)
