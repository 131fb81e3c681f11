"""What the room does by itself about unhappy buyers: proposes what to give them, learns what breaks, and proposes how
to keep it whole. It approves and pays nothing."""

from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.learn_damage import learn_damage
from engine.usecases.floor.record_packing import record_packing
from engine.usecases.making_good.propose_compensations import propose_compensations
from engine.usecases.making_good.propose_improvements import propose_improvements
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def compensate(room: Room) -> JobResult:
    """Propose a remedy for every open, sorted ticket that has none."""
    run = propose_compensations(room.database, actor="compensations")
    if not run.proposed and not run.withdrawn:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{len(run.proposed)} compensations proposed, {run.withdrawn} withdrawn")


def keep_packing(room: Room) -> JobResult:
    """Keep what released parcels were to be packed in."""
    kept = record_packing(room.database, load_floor_policy(), actor="packing")
    return JobResult(Outcome.DONE, f"packing of {kept} parcels kept") if kept else JobResult(Outcome.IDLE)


def learn_what_breaks(room: Room) -> JobResult:
    """Learn from delivered parcels and tickets what breaks."""
    before = room.database.last_version("learn_damage")
    routes = learn_damage(room.database, actor="learn_damage", now=room.now())
    if room.database.last_version("learn_damage") == before:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"what breaks is known anew on {routes} routes")


def suggest_changes(room: Room) -> JobResult:
    """Propose changes where goods break too often."""
    run = propose_improvements(room.database, actor="improvements", now=room.now())
    if not run.proposed and not run.withdrawn:
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE, f"{run.over} routes over their limit: {run.proposed} changes proposed, {run.withdrawn} withdrawn"
    )
