"""Reports: what a show came to, as it was kept; where each number comes from; two shows side by side; appeals."""

import streamlit as st

from dashboard import report_reads, state
from dashboard.components.reports import report_board, report_compare, report_over_time, report_trace
from dashboard.views.reports import ReportView

t = state.language()
view = ReportView.read(st.query_params)
board = report_reads.reports()

if board.shows.is_empty():
    st.info(t("report.no_shows"), icon=":material/info:")
    st.stop()
show_id, number = report_board.choose(t, board, view)
panel = report_board.panels(t, view)
if panel == "appeals":
    report_board.appeals(t, board, show_id)
elif panel == "over_time":
    report_over_time.over_time(t, board, view)
elif number == 0:
    st.info(t("report.none_yet"), icon=":material/info:")
else:
    kept = report_reads.one(show_id, number)
    if panel == "trace":
        report_trace.trace(t, kept, view)
    elif panel == "compare":
        report_compare.compare(t, board, kept, view)
    else:
        report_board.doors(t, kept)
        report_board.sheet(t, kept)
