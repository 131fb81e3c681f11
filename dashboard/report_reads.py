"""Readings of the page of reports: what there is, through the one cache; what is kept, which never changes."""

import polars as pl

from dashboard import reads
from dashboard.boards import reports as report_boards
from dashboard.runtime import room
from engine.store.screens import reports as report_screens
from engine.usecases.reports.appeal_pack import appeal_rows
from engine.usecases.reports.kept_reports import Kept


def reports() -> report_boards.Reports:
    """What there is to read."""
    return reads.shared("reports", report_boards.reports)


def one(show_id: str, report_no: int) -> Kept:
    """A report; read each time, because few look. Raises NotFound."""
    return report_boards.one(room().database, show_id, report_no)


def newest(board: report_boards.Reports) -> tuple[Kept, ...]:
    """The newest report of each of the last shows that have one, the oldest show first."""
    return reads.shared(
        f"reports.newest.{board.kept.height}", lambda database, _: report_boards.newest(database, board)
    )


def asked_again(sql: str) -> report_boards.AskedAgain | None:
    """What a question comes to now."""
    return report_boards.asked_again(room().database, sql)


def appeals(board: report_boards.Reports, show_id: str) -> pl.DataFrame:
    """What can be appealed against; judged each time, as of now."""
    here = room()
    return appeal_rows(here.database, here.platforms, board.policy, show_id, now=here.now())


def kept_of(show_id: str) -> pl.DataFrame:
    """The reports of one show, the newest first; asked each time, so that one just made is there."""
    return report_screens.kept_reports(room().database, show_id=show_id)
