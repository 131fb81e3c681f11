"""Sends what people are to be told."""

from engine.usecases.notices.dispatch_notices import dispatch_notices
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome

NOTICES = "notices"


def send_notices(room: Room) -> JobResult:
    """One run over the outbox."""
    run = dispatch_notices(room)
    if not run.any:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.sent} messages sent, {run.failed} failed, {run.refused} refused")
