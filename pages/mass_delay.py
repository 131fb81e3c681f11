"""Mass delays: many late parcels with one cause, how much it explains, whom it holds up, what they may choose."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.road import mass_delay_board
from dashboard.views.partners import MassDelayView

t = state.language()
view = MassDelayView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.mass_delays(), reads.now()
    ages.strip(t, board.stamp, now)
    mass_delay_board.figures(t, board, now)
    mass_delay_board.incidents(t, board, now)


panels.live(t, draw)
board = reads.mass_delays()
if board.incidents.height:
    chosen = mass_delay_board.choice(t, board, view)
    incident = next(row for row in board.incidents.iter_rows(named=True) if row["incident_id"] == chosen)
    mass_delay_board.decide(t, board, incident)
    mass_delay_board.one(t, board, reads.held_up(chosen), incident)
