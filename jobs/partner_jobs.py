"""What the room does by itself about carriers, nodes and delays of many parcels: measures, warns, finds the cause."""

from engine.usecases.road.find_mass_delays import find_mass_delays
from engine.usecases.road.score_partners import score_partners
from engine.usecases.room.room import Room
from engine.usecases.steering.propose_switch import expire_switches, propose_for_warnings
from jobs.runner import JobResult, Outcome


def watch_partners(room: Room) -> JobResult:
    """Measure everybody against the service standards; raise and clear warnings; propose switches, close old ones."""
    run = score_partners(room.database, now=room.now(), actor="partners")
    closed = expire_switches(room, actor="partners")
    proposed = propose_for_warnings(room, actor="partners")
    if not (run.written or closed or proposed):
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{run.scores} scores, {run.raised} warnings raised, {run.cleared} warnings cleared, "
        f"{proposed} switches proposed, {closed} expired",
    )


def watch_mass_delays(room: Room) -> JobResult:
    """Look for common causes of late parcels; open, follow and end incidents."""
    run = find_mass_delays(room.database, now=room.now(), actor="mass_delay")
    if not (run.opened or run.parcels or run.over):
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{run.late} late parcels: {run.opened} incidents opened, {run.over} over, {run.parcels} more parcels held up",
    )
