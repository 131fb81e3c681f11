"""Moves a show to another time: orders without a show of their own then count to it while its window is open."""

from datetime import datetime

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.frames import INSTANT
from engine.store import tables
from engine.usecases.room.workplace import Workplace


def schedule_show(work: Workplace, show_id: str, *, starts_at: datetime, ends_at: datetime, actor: str) -> None:
    """Set the window of a show. Raises NotFound, or NotAllowed for a window that is none or a show always open."""
    if ends_at <= starts_at:
        raise NotAllowed(f"The show {show_id} cannot end at {ends_at:%H:%M}, before it starts at {starts_at:%H:%M}.")
    with work.database.transaction(actor=actor, verb="schedule_show", subject=show_id) as tx:
        found = tx.rows("SELECT starts_at, ends_at FROM shows WHERE show_id = :show", {"show": show_id})
        if not found:
            raise NotFound(f"There is no show {show_id!r}.")
        [(before_start, before_end)] = found
        if before_start is None:
            raise NotAllowed(f"{show_id} is always open; it has no window to move.")
        window = pl.DataFrame(
            {"show_id": [show_id], "starts_at": [starts_at], "ends_at": [ends_at]},
            schema={"show_id": pl.String, "starts_at": INSTANT, "ends_at": INSTANT},
        )
        tx.amend(tables.shows, window, on=("show_id",))
        tx.note(before=[before_start, before_end], after=[starts_at, ends_at])
