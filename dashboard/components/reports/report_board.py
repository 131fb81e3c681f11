"""Reports: which show and which of its reports, the doors out, and the report itself as it would be printed."""

from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard import report_reads
from dashboard.boards.reports import Reports
from dashboard.commands import reports as report_commands
from dashboard.components import grid, outcomes
from dashboard.permits import Told, permit
from dashboard.views.reports import ReportView
from dashboard.wording import LANGUAGES, Words, plain, words
from engine.usecases.reports.appeal_pack import fines
from engine.usecases.reports.kept_reports import Kept
from engine.usecases.reports.report_files import report_archive, report_html

PAPER_HEIGHT = 1180
"""Pixels: a page of A4 at the width of the column, so that reading is turning pages."""
APPEALS_HEIGHT = 460
MOST_ROWS = 200
"""Rows of the pack on the page; the file has all."""
_TOLD = "report_told"


def choose(t: Words, board: Reports, view: ReportView) -> tuple[str, int]:
    """The show and the number of the report to read; 0 where the show has none yet."""
    shows = {row["show_id"]: row for row in board.shows.iter_rows(named=True)}
    which, number, go = st.columns([2.4, 2.6, 1.4], vertical_alignment="bottom")
    listed = list(shows)
    reported = next((at for at, row in enumerate(shows.values()) if row["reports"]), 0)
    show_id: str = which.selectbox(
        t("report.show"), listed, index=listed.index(view.show) if view.show in shows else reported, key="report_show",
        format_func=lambda one: _show_line(t, shows[one]), on_change=_keep, args=("show", ("no", "other", "figure")),
    )  # fmt: skip
    kept = report_reads.kept_of(show_id)
    numbers = kept["report_no"].to_list()
    chosen = view.no if view.no in numbers else (numbers[0] if numbers else 0)
    if numbers:
        rows = {row["report_no"]: row for row in kept.iter_rows(named=True)}
        chosen = number.selectbox(
            t("report.which"), numbers, index=numbers.index(chosen), key=f"report_no_{show_id}_{len(numbers)}",
            format_func=lambda one: _report_line(t, rows[one]), on_change=_keep_no, args=(show_id, len(numbers)),
        )  # fmt: skip
    pressed = go.button(
        t("report.make"), type="primary", icon=":material/post_add:", key="report-make", width="stretch",
        **permit(t, "write_report", help=t("report.make_help")),
    )  # fmt: skip
    if pressed:
        st.session_state[_TOLD] = report_commands.write_report(t, show_id)
        st.query_params.pop("no", None)
        st.rerun()
    _told()
    return show_id, chosen


def _show_line(t: Words, row: dict[str, Any]) -> str:
    day = t.stamp(row["starts_at"])[:16] if row["starts_at"] else t("report.always")
    return f"{t.name(row, 'title')} · {day} · {t('report.orders', n=t.count(row['orders']))}"


def _report_line(t: Words, row: dict[str, Any]) -> str:
    why = t.of("report_occasion", row["occasion"])
    return t("report.line", no=row["report_no"], at=t.stamp(row["made_at"])[:16], why=why, by=row["made_by"])


def _keep(name: str, drop: tuple[str, ...]) -> None:
    for other in drop:
        st.query_params.pop(other, None)
    st.query_params[name] = st.session_state[f"report_{name}"]


def _keep_no(show_id: str, kept: int) -> None:
    st.query_params["show"] = show_id
    st.query_params["no"] = str(st.session_state[f"report_no_{show_id}_{kept}"])


def _told() -> None:
    outcomes.tell(_TOLD)


def panels(t: Words, view: ReportView) -> str:
    """Which panel is open."""
    chosen: str = st.segmented_control(
        t("report.panel"), view.PANELS, default=view.panel, format_func=lambda one: t(f"report_panel.{one}"),
        key="report_panel", required=True, on_change=_keep, args=("panel", ()), label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def doors(t: Words, kept: Kept) -> None:
    """Print in either language, and everything as one file."""
    here = f"/floor/reports/{quote(kept.show_id, safe='')}/{kept.report_no}"
    with st.container(horizontal=True, gap="small", key="report-doors"):
        for language in LANGUAGES:
            label = t("report.print", language=words(language)("language.name"))
            st.link_button(label, f"{here}?lang={language}", icon=":material/print:")
        st.download_button(
            t("report.download"), lambda: report_archive(kept), f"{kept.show_id}-{kept.report_no}.zip",
            "application/zip", icon=":material/download:", key="report-download", on_click="ignore",
        )  # fmt: skip


def sheet(t: Words, kept: Kept) -> None:
    """The report as it would be printed: our own page, every value in it escaped, and nothing in it may run."""
    # Without a base of its own a link to a place in the sheet would open the whole room inside the frame.
    html = report_html(kept, t.language).replace("<head>", '<head><base href="about:srcdoc">', 1)
    st.iframe(html, height=PAPER_HEIGHT)


def appeals(t: Words, board: Reports, show_id: str) -> None:
    """What can be appealed against, and the file for it."""
    rows = report_reads.appeals(board, show_id)
    broken = rows.filter(pl.col("appeal_state") == "broken")
    figures = (
        ("fined", t.count(broken["order_no"].n_unique())),
        ("fined_yuan", t.money(round(fines(rows) * 100))),
        ("about_to", t.count(rows.filter(pl.col("appeal_state") == "running")["order_no"].n_unique())),
        ("exempt", t.count(rows.filter(pl.col("appeal_state") == "exempt")["order_no"].n_unique())),
    )
    for column, (key, value) in zip(st.columns(4), figures, strict=True):
        column.metric(t(f"report_appeals.{key}"), value, border=True)
    shown = rows.head(MOST_ROWS).with_columns(
        *grid.beijing("deadline", "appeal_until", "picked_up_at"),
        grid.mapped(t, "clock", "clock"),
        grid.mapped(t, "report_appeal_state", "appeal_state"),
        grid.mapped(t, "stage", "stage"),
    )
    columns = {
        "order_no": grid.text(t("report_appeal_col.order_no"), width=170),
        "clock": grid.text(t("report_appeal_col.clock"), width=170),
        "appeal_state": grid.text(t("report_appeal_col.state"), width=110),
        "deadline": grid.moment(t("report_appeal_col.deadline"), form="MM-DD HH:mm", width=105),
        "appeal_until": grid.moment(t("report_appeal_col.until"), form="MM-DD HH:mm", width=105),
        "yuan": grid.number(t("report_appeal_col.yuan"), form="%.2f", width=90),
        "stage": grid.text(t("report_appeal_col.stage"), width=110),
        "waybill_no": grid.text(t("report_appeal_col.waybill"), width=150),
        "carrier": grid.text(t("report_appeal_col.carrier"), width=80),
        "node": grid.text(t("report_appeal_col.node"), width=100),
        "scans": grid.text(t("report_appeal_col.scans"), width=420),
    }
    grid.show(t, shown, columns, key="report-appeals", height=APPEALS_HEIGHT)
    days, hours = board.policy.times.appeal_days, board.policy.times.soon_hours
    st.caption(t("report.appeals_note", days=f"{days:g}", hours=f"{hours:g}"))
    if st.button(t("report.appeals_make", n=t.count(rows.height)), icon=":material/gavel:", key="appeals-make",
                 **permit(t, "export_appeals", disabled=rows.is_empty())):  # fmt: skip
        made = report_commands.export_appeals(t, show_id)
        if isinstance(made, Told):
            st.error(plain(made.text))
        else:
            st.download_button(
                t("report.appeals_get", n=t.count(made.rows)), made.data, made.name, "text/csv",
                icon=":material/download:", key="appeals-get", on_click="ignore",
            )  # fmt: skip
