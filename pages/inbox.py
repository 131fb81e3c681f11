"""Inbox: actions that wait for a yes or a no, what became of others, and the form to ask for one by hand."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.actions import action_form, action_history, inbox_board
from dashboard.views.actions import InboxView

t = state.language()
view = inbox_board.my_desk(InboxView.read(st.query_params))


def draw() -> None:
    """One refresh of what waits."""
    board, now = reads.inbox(), reads.now()
    ages.strip(t, board.stamp, now)
    inbox_board.figures(t, board, now)


def lists() -> None:
    """The cards, or what became of them."""
    board, now = reads.inbox(), reads.now()
    inbox_board.told(now)
    if view.panel == "cards":
        inbox_board.cards(t, board, view, now)
    elif view.panel == "done":
        action_history.table(t, board)


panels.live(t, draw)
inbox_board.choices(t, view)
panels.live(t, lists)
if view.panel == "done":
    # Outside the part that refreshes: somebody is choosing.
    action_history.way_back(t, reads.inbox(), view, reads.now())
elif view.panel == "ask":
    action_form.form(t, reads.inbox(), view)
