"""Jobs that a commit starts at once: a notice was written, something may be worth an alert, a ticket was named. Their
cadence stays."""

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from engine.usecases.alerts.alert_bell import BELL as ALERTS_BELL
from engine.usecases.incidents.complaint_bell import BELL as COMPLAINTS_BELL
from engine.usecases.notices.notice_records import BELL as NOTICES_BELL
from engine.usecases.room.room import Room
from jobs.alert_jobs import ALERTS
from jobs.incident_jobs import INCIDENTS
from jobs.notice_jobs import NOTICES

BELLS = {NOTICES_BELL: NOTICES, ALERTS_BELL: ALERTS, COMPLAINTS_BELL: INCIDENTS}
"""Bell -> the job that it starts."""


def wake_when_rung(room: Room, scheduler: BackgroundScheduler) -> None:
    """Let commits start jobs; while one runs already, its cadence picks up what came meanwhile."""
    for bell, job in BELLS.items():
        room.database.listen(bell, lambda job=job: _wake(room, scheduler, job))  # type: ignore[misc]


def _wake(room: Room, scheduler: BackgroundScheduler, job: str) -> None:
    try:
        scheduler.modify_job(job, next_run_time=room.now())
    except JobLookupError:
        return  # the scheduler is stopping, and has no jobs any more
