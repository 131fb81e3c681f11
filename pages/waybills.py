"""Waybills: when to upload each cohort's, what that saves, what is due now, and what is uploaded and not picked up."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.clocks import waybill_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.waybills(), reads.now()
    ages.strip(t, board.stamp, now)
    waybill_board.figures(t, board, now)
    waybill_board.proposals(t, board)


panels.live(t, draw)
words, door = st.columns([5.2, 1], vertical_alignment="center")
with words:
    st.caption(t("waybills.why"))
with door:
    st.download_button(
        t("waybills.csv"),
        data=reads.due_waybills_csv,
        file_name="waybills-due.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
curve, uploaded = st.columns([1.25, 1], gap="medium")
with curve:
    waybill_board.weighing(t, reads.waybills(), st.query_params.get(waybill_board.GROUP, ""))
with uploaded:
    waybill_board.uploaded(t, reads.waybills())
