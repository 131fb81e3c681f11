"""Show after show: what became of what the report before called for, and everybody's share by one measure."""

import polars as pl
import streamlit as st

from dashboard import report_reads
from dashboard.boards.reports import Reports
from dashboard.components import grid
from dashboard.views.reports import ReportView
from dashboard.wording import NOTHING, Words, plain
from engine.reports.lists import Column, Kind
from engine.reports.over_time import MEASURES, Measure, Scored, Whom, followed, scorecard
from engine.reports.told_apart import Score
from engine.reports.words import ReportWords, share
from engine.usecases.reports.kept_reports import Kept
from engine.usecases.reports.report_words import report_words

HEIGHT = 620
FOLLOWED_HEIGHT = 260


def over_time(t: Words, board: Reports, view: ReportView) -> None:
    """The newest report of each of the last shows."""
    r, kept = report_words(t.language), report_reads.newest(board)
    if len(kept) < 2:
        st.caption(t("report.one_show"))
        return
    _followed(t, r, kept)
    who, by = st.columns(2)
    with who:
        whom = Whom(
            st.segmented_control(
                t("report.whom"), list(Whom), default=Whom(view.whom), key="report_whom", required=True,
                format_func=lambda one: t.of("report_whom", one), on_change=_keep,
            )
        )  # fmt: skip
    with by:
        measures = {measure.key: measure for measure in MEASURES[whom]}
        key: str = st.selectbox(
            t("report.measure"), list(measures), key=f"report_measure_{whom}", width=320,
            format_func=lambda one: _called(r, whom, measures[one]),
        )  # fmt: skip
    _table(t, r, kept, whom, scorecard([one.report for one in kept], whom, key))


def _keep() -> None:
    st.query_params["whom"] = str(st.session_state["report_whom"])


def _called(r: ReportWords, whom: Whom, measure: Measure) -> str:
    return r.of("kpi", measure.key) if whom is Whom.ANCHORS else r.of("col", measure.part)


def _followed(t: Words, r: ReportWords, kept: tuple[Kept, ...]) -> None:
    """Of the last two shows: changes that the earlier report called for, and their figures since."""
    before, now = kept[-2].report, kept[-1].report
    names = {"before": r.name(before.show, "title"), "now": r.name(now.show, "title")}
    st.markdown(f"**{plain(t('report.followed', **names))}**")
    rows = [
        {
            "change": r.change(one.change), "figure": r.of("kpi", one.change.figure), "before": r.figure(one.before),
            "now": f"{r.figure(one.now)} {r.stands_on(one.now)}".strip(), "told": t.of("report_told", one.told.value),
        }
        for one in followed(before, now)
    ]  # fmt: skip
    if not rows:
        st.caption(t("report.nothing_called"))
        return
    columns = {
        "change": grid.text(t("report.called_for"), width=620),
        "figure": grid.text(t("report.figure"), width=160),
        "before": grid.text(t("report.then"), width=120),
        "now": grid.text(t("report.since"), width=280),
        "told": grid.text(t("report.told"), width=130),
    }
    grid.show(t, pl.DataFrame(rows), columns, key="report-followed", height=FOLLOWED_HEIGHT)


def _table(t: Words, r: ReportWords, kept: tuple[Kept, ...], whom: Whom, rows: tuple[Scored, ...]) -> None:
    names = {f"show{at}": r.name(one.report.show, "title") for at, one in enumerate(kept)}
    listed = [
        {
            "name": r.cell(Column("name", Kind.NAME), row.name) if isinstance(row.name, list) else row.name,
            **{f"show{at}": _score(score) for at, score in enumerate(row.scores)},
            "told": t.of("report_told", row.told.value),
        }
        for row in rows
    ]
    columns = {
        "name": grid.text(t.of("report_whom", whom), width=170),
        **{name: grid.text(title, width=165) for name, title in names.items()},
        "told": grid.text(t("report.last_two"), width=130),
    }
    frame = pl.DataFrame(listed, schema=dict.fromkeys(columns, pl.String))
    grid.show(t, frame, columns, key=f"report-over-time-{whom}", height=HEIGHT)
    st.caption(t("report.over_time_how"))


def _score(score: Score | None) -> str:
    if score is None:
        return NOTHING
    return f"{share(score.value)} ({score.part:,.0f} / {score.whole:,.0f})"
