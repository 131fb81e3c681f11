"""What the room does by itself about unhappy buyers: proposes what to give them. It approves and pays nothing."""

from engine.usecases.propose_compensations import propose_compensations
from engine.usecases.room import Room
from jobs.runner import JobResult, Outcome


def compensate(room: Room) -> JobResult:
    """Propose a remedy for every open, sorted ticket that has none."""
    run = propose_compensations(room.database, actor="compensations")
    if not run.proposed and not run.withdrawn:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{len(run.proposed)} compensations proposed, {run.withdrawn} withdrawn")
