"""What became of approved compensations, as the brand's gateway reports it: sent to the platform, paid, or failed.

Every answer ends once: applied, repeated or refused with a sentence; a refused one does not stop its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.errors import BadRequest
from engine.model.compensation import COMPENSATION_TRANSITIONS, CompensationState
from engine.store.database import Database
from engine.usecases.making_good.compensation_records import Move, compensations_by_id, move_compensations
from engine.usecases.room.receipts import AnswersReceipt

ANSWERS = (CompensationState.SENT, CompensationState.PAID, CompensationState.FAILED)


@dataclass(frozen=True, slots=True)
class CompensationAnswer:
    """`compensation_id` was `answer` (sent, paid, failed) at `at`; `reason` where the platform gave one."""

    compensation_id: str
    answer: str
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadRequest(
                f"The answer to {self.compensation_id} is {self.answer!r}: it must be one of {', '.join(ANSWERS)}."
            )


def answer_compensations(database: Database, answers: Sequence[CompensationAnswer], *, actor: str) -> AnswersReceipt:
    """Apply answers in one commit, in the order given; of several steps of one compensation the last is recorded."""
    refused: list[dict[str, str]] = []
    moves: dict[str, Move] = {}
    applied = repeated = 0
    with database.transaction(actor=actor, verb="answer_compensations", subject=f"{len(answers)} answers") as tx:
        known = compensations_by_id(tx, [answer.compensation_id for answer in answers])
        for answer in answers:
            row, to = known.get(answer.compensation_id), CompensationState(answer.answer)
            if row is None:
                refused.append(_no(answer, f"There is no compensation {answer.compensation_id}."))
                continue
            earlier = moves.get(answer.compensation_id)
            state = earlier.to if earlier else CompensationState(row["state"])
            if to is state or (
                to is CompensationState.SENT and state in (CompensationState.PAID, CompensationState.FAILED)
            ):
                repeated += 1
            elif state is CompensationState.PROPOSED:
                refused.append(
                    _no(answer, f"{answer.compensation_id} is not approved yet: nothing may be paid for it.")
                )
            elif to not in COMPENSATION_TRANSITIONS[state]:
                refused.append(_no(answer, f"{answer.compensation_id} is {state} already: it cannot become {to}."))
            else:
                moves[answer.compensation_id] = Move(row, to, answer.at, answer.reason)
                applied += 1
        move_compensations(tx, list(moves.values()))
        tx.note(applied=applied, repeated=repeated, refused=len(refused))
    return AnswersReceipt(len(answers), applied, repeated, tuple(refused))


def _no(answer: CompensationAnswer, error: str) -> dict[str, str]:
    return {"compensation_id": answer.compensation_id, "error": error}
