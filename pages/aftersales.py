"""After-sales: how many complaints wait and how long, what they are about, which are one problem, what it costs."""

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import aftersales_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.after_sales(), reads.now()
    ages.strip(t, board.stamp, now)
    aftersales_board.figures(t, board, now)
    aftersales_board.upper(t, board, now)
    aftersales_board.lower(t, board, now)


panels.live(t, draw)
