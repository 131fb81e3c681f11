"""The appeal pack of a show as a file. It leaves the room with buyers' orders in it, so taking it is in the audit."""

from dataclasses import dataclass

from engine.usecases.reports.appeal_pack import appeal_csv, appeal_rows
from engine.usecases.reports.report_policy import load_report_policy
from engine.usecases.reports.report_words import report_words
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class AppealFile:
    """The file and its rows."""

    name: str
    data: bytes
    rows: int


def export_appeals(work: Workplace, show_id: str, *, language: str, actor: str) -> AppealFile:
    """As of now, worded in "zh" or "en". Raises NotFound."""
    now = work.now()
    rows = appeal_rows(work.database, work.platforms, load_report_policy(), show_id, now=now)
    text = appeal_csv(rows, report_words(language))
    with work.database.transaction(actor=actor, verb="export_appeals", subject=show_id) as tx:
        tx.note(rows=rows.height, language=language)
        tx.keep()
    return AppealFile(f"appeals-{show_id}-{now:%Y%m%d-%H%M}.csv", text.encode(), rows.height)
