"""What the room does by itself with actions: carries out what needs nobody, ends what ran out, books arrivals."""

from engine.usecases.actions.approve_action import execute_unattended
from engine.usecases.actions.judge_actions import judge_actions
from engine.usecases.actions.reject_action import expire_actions
from engine.usecases.room.room import Room
from engine.usecases.stock.expected_stock import settle_expected
from jobs.runner import JobResult, Outcome

ACTOR = "actions"


def tend_actions(room: Room) -> JobResult:
    """Let go what the policy lets go without a person, and close what has run out."""
    tried = execute_unattended(room, actor=ACTOR)
    done = sum(not receipt.refused for receipt in tried)
    expired = expire_actions(room, actor=ACTOR)
    arrived = settle_expected(room, actor=ACTOR)
    judged = judge_actions(room, actor=ACTOR)
    if not (tried or expired or arrived or judged):
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{done} of {len(tried)} actions carried out without a person, {expired} expired, "
        f"{arrived} expected goods due, {judged} outcomes judged",
    )
