"""Live signals of a show (viewers, clicks) as they were reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.errors import BadRequest
from engine.model.frames import INSTANT
from engine.store import tables
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Signal:
    """At `at`, `viewers` were in the show and `clicks` went to its cart since the signal before."""

    show_id: str
    at: datetime
    viewers: int
    clicks: int

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise BadRequest(f"The signal of {self.show_id} has a time without a zone.")
        if self.viewers < 0 or self.clicks < 0:
            raise BadRequest(f"The signal of {self.show_id} counts below zero.")


def record_signals(work: Workplace, signals: Sequence[Signal], *, actor: str = "intake") -> None:
    """Append signals in one commit. Raises BadRequest for a show the room does not know."""
    known = set(work.masters().shows["show_id"])
    strangers = sorted({signal.show_id for signal in signals} - known)
    if strangers:
        raise BadRequest(f"There is no show {strangers[0]!r}.")
    frame = pl.DataFrame(
        [(s.show_id, s.at, s.viewers, s.clicks) for s in signals],
        schema={"show_id": pl.String, "event_time": INSTANT, "viewers": pl.Int64, "clicks": pl.Int64},
        orient="row",
    )
    with work.database.transaction(actor=actor, verb="record_signals", subject=f"{len(signals)} signals") as tx:
        tx.append(
            tables.live_signals,
            frame.with_columns(ingest_time=pl.lit(tx.at).dt.cast_time_unit("us")),
            stamp=True,
        )
