"""Two reports side by side: every number of both, how far they are apart, and whether that is better or worse."""

import polars as pl
import streamlit as st

from dashboard import report_reads
from dashboard.boards.reports import Reports
from dashboard.components import grid
from dashboard.views.reports import ReportView
from dashboard.wording import Words
from engine.reports.kpis import KPIS
from engine.reports.over_time import score_of_figure
from engine.reports.paper import shown_beside
from engine.reports.told_apart import told_apart
from engine.usecases.reports.kept_reports import Kept
from engine.usecases.reports.report_words import report_words

HEIGHT = 900


def compare(t: Words, board: Reports, kept: Kept, view: ReportView) -> None:
    """Choose the other report, see both."""
    mine = f"{kept.show_id}/{kept.report_no}"
    rows = {f"{row['show_id']}/{row['report_no']}": row for row in board.kept.iter_rows(named=True)}
    others = [key for key in rows if key != mine]
    if not others:
        st.caption(t("report.nothing_beside"))
        return
    names = {
        key: f"{t.name(row, 'title')} · {t('report.line', no=row['report_no'], at=t.stamp(row['made_at'])[:16], why=t.of('report_occasion', row['occasion']), by=row['made_by'])}"  # noqa: E501
        for key, row in rows.items()
    }
    chosen: str = st.selectbox(
        t("report.beside"), others, index=others.index(view.other) if view.other in others else _default(others, kept),
        key="report_other", format_func=lambda key: names[key], width=640, on_change=_keep,
    )  # fmt: skip
    show_id, _, number = chosen.rpartition("/")
    _table(t, kept, report_reads.one(show_id, int(number)))


def _default(others: list[str], kept: Kept) -> int:
    """Another show's newest rather than this one's last version: shows are what is compared."""
    return next((at for at, key in enumerate(others) if key.rpartition("/")[0] != kept.show_id), 0)


def _keep() -> None:
    st.query_params["other"] = st.session_state["report_other"]


def _table(t: Words, kept: Kept, other: Kept) -> None:
    r = report_words(t.language)
    listed = []
    for kpi in KPIS:
        one, two = kept.report.figure(kpi.key), other.report.figure(kpi.key)
        if one is None or two is None:
            continue
        told = told_apart(score_of_figure(one), score_of_figure(two), kpi.better)
        listed.append(
            {
                "chapter": r.of("chapter", kpi.chapter.value), "figure": r.of("kpi", kpi.key), "one": r.figure(one),
                "on_one": r.stands_on(one), "two": r.figure(two), "on_two": r.stands_on(two),
                "apart": shown_beside(kpi.unit, two.value, one.value, r), "told": t.of("report_told", told.value),
            }
        )  # fmt: skip
    titles = [r("compare_value", show=r.name(each.report.show, "title"), no=each.report_no) for each in (kept, other)]
    columns = {
        "chapter": grid.text(t("report.chapter"), width=120),
        "figure": grid.text(t("report.figure"), width=190),
        "one": grid.text(titles[0], width=200),
        "on_one": grid.text(t("report.stands_on"), width=190),
        "two": grid.text(titles[1], width=200),
        "on_two": grid.text(t("report.stands_on"), width=190),
        "apart": grid.text(r("difference"), width=110),
        "told": grid.text(t("report.told"), width=110),
    }
    grid.show(t, pl.DataFrame(listed), columns, key="report-compare", height=HEIGHT)
