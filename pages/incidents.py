"""Complaint incidents: many complaints with one cause, whom it concerns, what is to come, what may be done about it."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import incident_board, incident_card
from dashboard.views.incidents import IncidentView

t = state.language()
view = IncidentView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.incidents(), reads.now()
    ages.strip(t, board.stamp, now)
    incident_board.figures(t, board, now)
    incident_board.listed(t, board, now)
    incident_board.floor(t, board, now)


panels.live(t, draw)
board = reads.incidents()
if board.incidents.height:
    chosen = incident_board.choice(t, board, view)
    incident = next(row for row in board.incidents.iter_rows(named=True) if row["incident_id"] == chosen)
    found = reads.one_incident(chosen)
    incident_card.one(t, board, found, incident, reads.now())
    incident_card.decide(t, board, incident)
    incident_card.lists(t, board, found, incident, view)
