"""What the room does by itself about complaints that are one problem: looks at every new one, keeps incidents."""

from engine.usecases.incidents.find_incidents import find_incidents
from engine.usecases.incidents.follow_topics import follow_topics
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome

INCIDENTS = "incidents"


def watch_complaints(room: Room) -> JobResult:
    """Look at complaints that came since; open, fill and end incidents."""
    run = find_incidents(room, actor="incidents")
    if not (run.opened or run.over or run.tickets):
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE, f"{run.opened} incidents opened, {run.over} over, {run.tickets} more tickets in them"
    )


def watch_topics(room: Room) -> JobResult:
    """Look for words that many say; open, fill and end topics."""
    run = follow_topics(room, actor="topics")
    if not (run.opened or run.over or run.tickets):
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.opened} topics opened, {run.over} over, {run.tickets} more tickets in them")
