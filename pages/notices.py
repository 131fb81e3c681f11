"""Notices: what people were told, what waits and what failed, how the channels fare, and what each notice says."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.actions import notice_board, notice_desk
from dashboard.views.notices import NoticesView

t = state.language()
view = NoticesView.read(st.query_params)


def draw() -> None:
    """One refresh of what moves by itself."""
    board, now = reads.notices(), reads.now()
    ages.strip(t, board.stamp, now)
    notice_board.figures(t, board)


def health() -> None:
    """One refresh of the channels."""
    notice_board.channels(t, reads.notices(), reads.now())


if reads.notices().channels.is_empty():
    notice_board.nothing(t)
panels.live(t, draw)
notice_desk.choices(t, view)
notice_desk.told()
if view.panel == "outbox":
    notice_desk.outbox(t, reads.notices(), view)
elif view.panel == "channels":
    panels.live(t, health)
    notice_desk.test_message(t, reads.notices())
else:
    notice_board.templates(t, reads.notices(), view)
