"""Weather and hubs: what stands in the way of parcels in the next two days, and a form to say how a hub stands."""

from dashboard import reads, road_reads, state
from dashboard.components import ages, panels
from dashboard.components.road import weather_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = road_reads.weather(), reads.now()
    ages.strip(t, board.stamp, now)
    weather_board.figures(t, board, now)
    weather_board.tables(t, board, now)


panels.live(t, draw)
weather_board.desk(t)
