"""System: do all promises hold, how old is each feed, what did jobs and people do."""

from dashboard import reads, state
from dashboard.components import panels
from dashboard.components.overview import engine_room
from dashboard.runtime import room

t = state.language()


def draw() -> None:
    """One refresh."""
    board = reads.system()
    engine_room.figures(t, board, reads.now(), where=room().database.where)
    engine_room.checks(t, board)
    engine_room.audit(t, board)


panels.live(t, draw)
