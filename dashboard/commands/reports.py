"""Clicks on the page of reports become use cases."""

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.reports import export_appeals as appealing
from engine.usecases.reports import write_report as writing


@command
def write_report(t: Words, show_id: str) -> Told:
    """Make the report of a show as of now."""
    made: list[writing.KeptReport] = []
    told = attempt(t, lambda: made.append(writing.write_report(room(), show_id, actor=operator())), "")
    return Told(done=True, text=t("report.made", no=made[0].report_no)) if made else told


@command
def export_appeals(t: Words, show_id: str) -> appealing.AppealFile | Told:
    """Take the appeal pack of a show out as a file."""
    found: list[appealing.AppealFile] = []
    told = attempt(
        t, lambda: found.append(appealing.export_appeals(room(), show_id, language=t.language, actor=operator())), ""
    )
    return found[0] if found else told
