"""The room writes the report of a show by itself: when it has ended, and again when its parcels had their time."""

from engine.settings import JobSettings
from engine.usecases.reports.write_report import write_due_report
from engine.usecases.room.room import Room
from jobs.runner import Job, JobResult, Outcome


def write_one(room: Room) -> JobResult:
    """Make one that is due."""
    made = write_due_report(room, actor="reports")
    if made is None:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"report {made.report_no} of {made.show_id}")


def report_job(settings: JobSettings) -> Job:
    """The job with its cadence."""
    return Job(
        "reports",
        write_one,
        settings.reports_seconds,
        "直播结束时和结束 48 小时后写履约报告",
        "Writes the fulfilment report of a show at its end, and again 48 hours later",
        in_calm=True,
    )
