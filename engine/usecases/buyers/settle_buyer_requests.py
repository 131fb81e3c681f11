"""A desk answers what buyers asked for: done or declined, each request once, a wrong one without its neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from engine.errors import BadRequest
from engine.model.buyers import REQUEST_TRANSITIONS, RequestState
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace

ANSWERS = (RequestState.DONE, RequestState.DECLINED)
Move = tuple[Mapping[str, Any], RequestState, datetime, str]
"""A request (request_id, order_id, state), the state it goes to, when, and why."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Request `request_id` was answered with `answer` at `at`."""

    request_id: str
    answer: str
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadRequest(
                f"The answer to {self.request_id} is {self.answer!r}: it must be one of {', '.join(ANSWERS)}."
            )


def settle_buyer_requests(work: Workplace, answers: Sequence[Settlement], *, actor: str) -> AnswersReceipt:
    """Answer requests in one commit, the first answer to each counts. Repeating one changes nothing more."""
    refused: list[dict[str, str]] = []
    moves: dict[str, Move] = {}
    repeated = 0
    subject = f"{len(answers)} answers"
    with work.database.transaction(actor=actor, verb="settle_buyer_requests", subject=subject) as tx:
        ids = list(dict.fromkeys(answer.request_id for answer in answers))
        keys = pl.DataFrame({"request_id": ids}, schema={"request_id": pl.String})
        found = tx.matching(tables.buyer_requests, keys, "request_id", "order_id", "state")
        known = {row["request_id"]: row for row in found.iter_rows(named=True)}
        for answer in answers:
            row, to = known.get(answer.request_id), RequestState(answer.answer)
            if row is None:
                refused.append({"request_id": answer.request_id, "error": f"There is no request {answer.request_id}."})
                continue
            earlier = moves.get(answer.request_id)
            state = earlier[1] if earlier else RequestState(row["state"])
            if state is to:
                repeated += 1
            elif to not in REQUEST_TRANSITIONS[state]:
                error = f"{answer.request_id} is {state} already: it cannot become {to}."
                refused.append({"request_id": answer.request_id, "error": error})
            else:
                moves[answer.request_id] = (row, to, answer.at, answer.reason)
        move_requests(tx, list(moves.values()))
        tx.note(applied=len(moves), repeated=repeated, refused=len(refused))
    return AnswersReceipt(len(answers), len(moves), repeated, tuple(refused))


def move_requests(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move each request once: an event each and the state beside it, in this commit. That it is legal is asserted."""
    if not moves:
        return
    assert all(to in REQUEST_TRANSITIONS[RequestState(row["state"])] for row, to, _, _ in moves)
    told = pl.DataFrame(
        [(row["request_id"], row["order_id"], to.value, at, reason) for row, to, at, reason in moves],
        schema={
            "request_id": pl.String,
            "order_id": pl.String,
            "kind": pl.String,
            "event_time": INSTANT,
            "reason": pl.String,
        },
        orient="row",
    )
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.buyer_request_events, told.with_columns(ingest_time=now, actor=pl.lit(tx.actor)), stamp=True)
    tx.amend(tables.buyer_requests, told.select("request_id", state="kind", state_at=now), on=("request_id",))
