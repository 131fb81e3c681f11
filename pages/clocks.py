"""Promise clocks: how far the shops are from a lock-out, what is about to be lost, who must act, what was promised."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.clocks import clock_board, exemption_desk, promise_desk, rule_replay

t = state.language()
view = state.ClocksView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.clocks(), reads.now()
    ages.strip(t, board.stamp, now)
    clock_board.rules_line(t, board)
    clock_board.gauges(t, board, now)
    clock_board.money_and_heat(t, board, now)


def lower() -> None:
    """The chosen lower panel, as far as it refreshes."""
    board = reads.clocks()
    if view.panel == "alarms":
        clock_board.alarms(t, board, reads.now())
    elif view.panel == "codes":
        clock_board.codes(t, board)
    elif view.panel == "promises":
        promise_desk.ledger(t, board)
    elif view.panel == "exemptions":
        exemption_desk.ledger(t, board)


panels.live(t, draw)
clock_board.choice(t, view)
promise_desk.told()
exemption_desk.told()
panels.live(t, lower)
if view.panel == "promises":
    promise_desk.form(t, reads.clocks(), reads.now())
    promise_desk.withdraw(t, reads.clocks())
elif view.panel == "exemptions":
    exemption_desk.form(t, reads.clocks(), reads.now())
    exemption_desk.withdraw(t, reads.clocks())
elif view.panel == "replay":
    rule_replay.desk(t, reads.clocks())
