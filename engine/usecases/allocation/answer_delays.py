"""What buyers answer, as the brand's gateway reports it: an accepted offer moves the promise and owes the compensation.

Every answer ends once: applied, repeated or refused with a sentence; a refused one does not stop its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from engine.errors import BadRequest
from engine.model.delays import DELAY_TRANSITIONS, DelayState
from engine.model.frames import INSTANT
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation.delay_records import Move, move_offers, offers_by_id
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace

ANSWERS = (DelayState.SENT, DelayState.ACCEPTED, DelayState.DECLINED)


@dataclass(frozen=True, slots=True)
class DelayAnswer:
    """`offer_id` was `answer` (sent: the buyer was asked; accepted or declined: the buyer answered) at `at`."""

    offer_id: str
    answer: str
    at: datetime

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadRequest(
                f"The answer to {self.offer_id} is {self.answer!r}: it must be one of {', '.join(ANSWERS)}."
            )


def answer_delays(work: Workplace, answers: Sequence[DelayAnswer], *, actor: str) -> AnswersReceipt:
    """Apply answers in one commit, in the order given. Repeating one changes nothing more."""
    refused: list[dict[str, str]] = []
    moves: dict[str, Move] = {}
    applied = repeated = 0
    with work.database.transaction(actor=actor, verb="answer_delays", subject=f"{len(answers)} answers") as tx:
        offers = offers_by_id(tx, [answer.offer_id for answer in answers])
        for answer in answers:
            offer, to = offers.get(answer.offer_id), DelayState(answer.answer)
            earlier = moves.get(answer.offer_id)
            state = earlier.to if earlier else DelayState(offer["state"]) if offer else None
            if offer is not None and _repeats(to, state):
                repeated += 1
            elif (no := _refusal(answer.offer_id, offer, to, state, now=tx.at)) is not None:
                refused.append({"offer_id": answer.offer_id, "error": no})
            else:
                assert offer is not None
                # Of several steps in one request the last is recorded: one fact an offer and commit.
                moves[answer.offer_id] = Move(offer, to, answer.at, "")
                applied += 1
        move_offers(tx, list(moves.values()))
        accepted = [move for move in moves.values() if move.to is DelayState.ACCEPTED]
        _move_promises(tx, accepted)
        _owe(tx, accepted)
        tx.note(applied=applied, repeated=repeated, refused=len(refused), accepted=len(accepted))
    return AnswersReceipt(len(answers), applied, repeated, tuple(refused))


def _repeats(to: DelayState, state: DelayState | None) -> bool:
    """The same again; or the report that the buyer was asked comes after the buyer's answer."""
    return to is state or (to is DelayState.SENT and state in (DelayState.ACCEPTED, DelayState.DECLINED))


def _refusal(
    offer_id: str, offer: dict[str, Any] | None, to: DelayState, state: DelayState | None, *, now: datetime
) -> str | None:
    if offer is None or state is None:
        return f"There is no offer {offer_id}."
    if state is DelayState.PROPOSED:
        return f"{offer_id} is not approved yet: no buyer can have answered it."
    if to not in DELAY_TRANSITIONS[state]:
        return f"{offer_id} is {state} already: it cannot become {to}."
    if to is not DelayState.ACCEPTED:
        return None
    if offer["expires_at"] <= now:
        return f"{offer_id} ran out at {offer['expires_at'].isoformat()}: the order keeps its promise."
    if offer["status"] != OrderStatus.RESERVED or offer["promise_at"] != offer["promise_before"]:
        return f"{offer['order_id']} has moved on ({offer['status']}): it no longer waits, and keeps its promise."
    return None


def _move_promises(tx: Transaction, accepted: Sequence[Move]) -> None:
    if not accepted:
        return
    moved = pl.DataFrame(
        [
            (m.at, m.offer["order_id"], m.offer["promise_before"], m.offer["promise_after"], m.offer["offer_id"])
            for m in accepted
        ],
        schema={
            "event_time": INSTANT,
            "order_id": pl.String,
            "promise_before": INSTANT,
            "promise_after": INSTANT,
            "offer_id": pl.String,
        },
        orient="row",
    )
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.promise_moves, moved.with_columns(ingest_time=now, actor=pl.lit(tx.actor)), stamp=True)
    tx.amend(tables.orders, moved.select("order_id", promise_at="promise_after"), on=("order_id",))


def _owe(tx: Transaction, accepted: Sequence[Move]) -> None:
    owed = pl.DataFrame(
        [(m.offer["offer_id"], m.offer["order_id"], m.offer["compensation_cents"], m.offer["form"]) for m in accepted],
        schema={"offer_id": pl.String, "order_id": pl.String, "cents": pl.Int64, "form": pl.String},
        orient="row",
    )
    tx.append(tables.delay_compensations, owed.with_columns(owed_at=pl.lit(tx.at).dt.cast_time_unit("us")), stamp=True)
