"""Complaint model: who labels tickets, how good it is, its words and corrections, what it asks; a box to try a text."""

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import label_questions, ticket_model_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.ticket_model(), reads.now()
    ages.strip(t, board.stamp, now)
    ticket_model_board.figures(t, board, now)
    ticket_model_board.card(t, board, now)
    ticket_model_board.listens_to(t, board, now)
    ticket_model_board.corrections(t, board, now)


panels.live(t, draw)
label_questions.desk(t)
ticket_model_board.trial(t)
