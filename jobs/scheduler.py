"""The clock of the jobs: APScheduler in the background, each job once at a time, missed ticks made up once.

On PostgreSQL several processes may run; a tick belongs to the one that gets the job's advisory lock.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from engine.errors import WarRoomError
from engine.usecases.room.room import Room
from jobs.runner import Job, Runner

_LOG = logging.getLogger("warroom.jobs")


def build_scheduler(room: Room, runner: Runner, jobs: Sequence[Job]) -> BackgroundScheduler:
    """A scheduler with these jobs, not yet started."""
    # It would warn at every tick that finds the run before still busy, which max_instances=1 is there for.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    )
    for job in jobs:
        scheduler.add_job(
            run_if_ours,
            "interval",
            args=(room, runner, job),
            seconds=job.seconds,
            # The first proof and the first plan at once, not a cadence later.
            next_run_time=room.now() + timedelta(seconds=job.rest),
            id=job.name,
            name=job.purpose_en,
            replace_existing=True,
        )
    return scheduler


def run_if_ours(room: Room, runner: Runner, job: Job) -> bool:
    """Run `job` unless another process is at it; says whether it ran here."""
    try:
        with room.database.try_own(job.name) as ours:
            if ours:
                runner.run(job)
            return ours
    except WarRoomError as refusal:
        _LOG.warning("The job %s could not start: %s", job.name, refusal)
        return False
