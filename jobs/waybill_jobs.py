"""What the room does by itself about waybills: weighs when to upload them, and proposes. It uploads none."""

from engine.usecases.clocks.time_waybills import time_waybills
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def propose_uploads(room: Room) -> JobResult:
    """Weigh every parcel without a waybill anew."""
    timing = time_waybills(room, actor="waybills")
    if timing is None:
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{timing.parcels} parcels in {timing.groups} groups weighed, "
        f"{max(timing.now_yuan - timing.best_yuan, 0):.0f} yuan less expected than with an upload at once",
    )
