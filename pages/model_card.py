"""Delay model: which model forecasts, its figures beside the baselines, how early it warns, whom it warns of."""

from dashboard import reads, road_reads, state
from dashboard.components import ages, panels
from dashboard.components.road import model_card_board, model_grounds

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = road_reads.model_card(), reads.now()
    ages.strip(t, board.stamp, now)
    model_card_board.figures(t, board, now)
    model_card_board.card(t, board, now)
    model_grounds.grounds(t, board, now)
    model_grounds.clauses(t, board, now)
    model_card_board.threatened(t, board, now)


panels.live(t, draw)
