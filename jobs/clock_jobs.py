"""What the room does by itself about promise clocks: keeps their book, and warns before they run out."""

from engine.usecases.clocks.kept_clocks import kept_book
from engine.usecases.clocks.settle_alarms import settle_alarms
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def keep_clocks(room: Room) -> JobResult:
    """The book as of the last commit. Writes nothing, so it is idle in the sense of a run."""
    kept_book(room.database, room.platforms, now=room.now(), fresh=True)
    return JobResult(Outcome.IDLE)


def warn_of_clocks(room: Room) -> JobResult:
    """Raise, escalate and clear alarms of penalty clocks."""
    run = settle_alarms(room)
    if not run.any:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.raised} alarms raised, {run.escalated} escalated, {run.cleared} cleared")
