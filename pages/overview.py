"""The wall: the whole room at a glance, three meters away, without scrolling."""

from dashboard import reads, state
from dashboard.components import ages, empty, head, panels
from dashboard.components.overview import wall
from dashboard.runtime import room

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.overview(), reads.now()
    head.show_line(t, board.shows, now)
    if board.totals["orders"] == 0:
        empty.no_orders(t)
        ages.strip(t, board.stamp, now)
        return
    wall.draw(t, board, now, verify_seconds=room().settings.jobs.verify_seconds)


panels.live(t, draw)
