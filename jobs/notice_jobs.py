"""Sends what people are to be told: on its own cadence, and at once when this process has written a notice."""

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from engine.usecases.dispatch_notices import dispatch_notices
from engine.usecases.notice_records import BELL
from engine.usecases.room import Room
from jobs.runner import JobResult, Outcome

NOTICES = "notices"


def send_notices(room: Room) -> JobResult:
    """One run over the outbox."""
    run = dispatch_notices(room)
    if not run.any:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.sent} messages sent, {run.failed} failed, {run.refused} refused")


def wake_when_written(room: Room, scheduler: BackgroundScheduler) -> None:
    """Let a commit that wrote a notice start the job; while it runs already, its cadence picks the notice up."""

    def wake() -> None:
        try:
            scheduler.modify_job(NOTICES, next_run_time=room.now())
        except JobLookupError:
            return  # the scheduler is stopping, and has no jobs any more

    room.database.listen(BELL, wake)
