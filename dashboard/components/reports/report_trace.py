"""Where a number of a report comes from: its definition, what it stands on, the question as it was asked, and as it is
answered now."""

import streamlit as st

from dashboard import report_reads
from dashboard.components import grid
from dashboard.views.reports import ReportView
from dashboard.wording import Words, plain
from engine.reports.kpis import KPI_OF
from engine.reports.paper import rule_lines
from engine.usecases.reports.kept_reports import Kept
from engine.usecases.reports.report_words import report_words

HEIGHT = 380


def trace(t: Words, kept: Kept, view: ReportView) -> None:
    """Choose a number, read all about it."""
    r, report = report_words(t.language), kept.report
    figures = {figure.key: figure for figure in report.figures if figure.key in KPI_OF}
    keys = list(figures)
    chosen: str = st.selectbox(
        t("report.figure"), keys, index=keys.index(view.figure) if view.figure in figures else 0, key="report_figure",
        format_func=lambda key: f"{r.of('chapter', KPI_OF[key].chapter.value)} · {r.of('kpi', key)}", width=420,
        on_change=_keep,
    )  # fmt: skip
    figure, kpi = figures[chosen], KPI_OF[chosen]
    value, about = st.columns([1, 2.4])
    value.metric(r.of("kpi", chosen), r.figure(figure), border=True)
    value.caption(plain(r.stands_on(figure)))
    lines = (
        (r("trace_what"), r.of("made_of", chosen)),
        (r("trace_source"), r.of("source", chosen)),
        (t("report.data"), t("report.data_of", version=t.count(report.data_version), at=r.moment(report.made_at))),
        (r("rules"), "; ".join(rule_lines(report, r))),
    )
    about.markdown("\n".join(f"- **{plain(label)}**: {plain(text)}" for label, text in lines))
    sql = report.questions[kpi.asks.value]
    st.code(sql, language="sql", wrap_lines=True)
    again = report_reads.asked_again(sql)
    if again is None:
        st.caption(t("report.not_again"))
        return
    st.caption(t("report.now", n=t.count(again.rows.height), left=t.count(again.left)))
    columns = {name: grid.text(name) for name in again.rows.columns}
    shown = again.rows.cast(dict.fromkeys(again.rows.columns, str))  # type: ignore[arg-type]
    grid.show(t, shown, columns, key=f"report-trace-{kpi.asks.value}", height=HEIGHT)
    with st.expander(t("report.definition")):
        st.code(again.definition, language="sql", wrap_lines=True)


def _keep() -> None:
    st.query_params["figure"] = st.session_state["report_figure"]
