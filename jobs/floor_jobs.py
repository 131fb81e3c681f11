"""What the room does by itself for the floor: releases the waves that the policy lets go."""

from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.release_waves import release_due
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def release_due_waves(room: Room) -> JobResult:
    """Send to the floor what the policy lets go by itself."""
    releases = release_due(room.database, load_floor_policy(), actor="waves")
    if not releases:
        return JobResult(Outcome.IDLE)
    waves, parcels = sum(len(r.wave_ids) for r in releases), sum(r.parcels for r in releases)
    return JobResult(Outcome.DONE, f"{waves} waves with {parcels} parcels released at {len(releases)} nodes")
