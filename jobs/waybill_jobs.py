"""What the room does by itself about waybills: weighs when to upload them, and proposes. It uploads none."""

from engine.usecases.room import Room
from engine.usecases.time_waybills import time_waybills
from jobs.runner import JobResult, Outcome

PULSE = 500.0
"""Rows a second from which on buyers who wait for a yes come first; a round takes the interpreter for a second."""


def propose_uploads(room: Room) -> JobResult:
    """Weigh every parcel without a waybill anew; not while a pulse comes in."""
    if room.desk.rows_per_second() > PULSE:
        return JobResult(Outcome.IDLE)
    timing = time_waybills(room, actor="waybills")
    if timing is None:
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{timing.parcels} parcels in {timing.groups} groups weighed, "
        f"{max(timing.now_yuan - timing.best_yuan, 0):.0f} yuan less expected than with an upload at once",
    )
