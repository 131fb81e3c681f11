"""What the room does by itself about alerts: looks, settles, proposes."""

from engine.usecases.alerts.settle_alerts import watch_alerts
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome

ALERTS = "alerts"


def alert(room: Room) -> JobResult:
    """One look at every condition that is due."""
    run = watch_alerts(room)
    if not run.any:
        return JobResult(Outcome.IDLE)
    refused = f"; not proposed: {' '.join(run.refused)}" if run.refused else ""
    told = f"{run.raised} raised, {run.worse} worse, {run.cleared} cleared, {run.proposed} actions proposed{refused}"
    return JobResult(Outcome.DONE, told)
