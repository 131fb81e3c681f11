"""Tickets: the queue of the service desk. Filter it, choose one or many, say what they are about, answer, send on."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import ticket_desk
from dashboard.views.tickets import TicketsView

t = state.language()
view = TicketsView.read(st.query_params)


def draw() -> None:
    """What refreshes; the queue stays as it was laid while somebody chooses."""
    board, now = reads.tickets(view), reads.now()
    ages.strip(t, board.stamp, now)
    ticket_desk.figures(t, board, now)
    moved = ticket_desk.changed(board, view)
    if moved and st.button(t("tickets.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew", shortcut="L"):
        ticket_desk.lay_anew()
        st.rerun()


panels.live(t, draw)
ticket_desk.filters(t, view)
ticket_desk.told()
ticket_desk.desk(t, reads.tickets(view), view, reads.now())
