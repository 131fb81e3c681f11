"""What the room does by itself about carriers and nodes: measures them, and warns of those below a standard."""

from engine.usecases.room import Room
from engine.usecases.score_partners import score_partners
from jobs.runner import JobResult, Outcome


def watch_partners(room: Room) -> JobResult:
    """Measure everybody against the service standards; raise and clear warnings."""
    run = score_partners(room.database, now=room.now(), actor="partners")
    if not run.written:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.scores} scores, {run.raised} warnings raised, {run.cleared} warnings cleared")
