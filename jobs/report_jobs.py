"""The room writes the report of a show by itself: when it has ended, and again when its parcels had their time."""

from engine.settings import JobSettings
from engine.usecases.room import Room
from engine.usecases.write_report import write_due_reports
from jobs.runner import Job, JobResult, Outcome


def write_reports(room: Room) -> JobResult:
    """Make what is due."""
    made = write_due_reports(room, actor="reports")
    if not made:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, "; ".join(f"report {one.report_no} of {one.show_id}" for one in made))


def report_job(settings: JobSettings) -> Job:
    """The job with its cadence."""
    return Job(
        "reports",
        write_reports,
        settings.reports_seconds,
        "直播结束时和结束 48 小时后写履约报告",
        "Writes the fulfilment report of a show at its end, and again 48 hours later",
        in_calm=True,
    )
