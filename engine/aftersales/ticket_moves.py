"""When did a ticket's clock run? From its moves between states: it stands while the room waits for the buyer, ends with
the answer, and begins anew when the ticket is opened again."""

import polars as pl

from engine.aftersales.answer_times import STRETCHES
from engine.model.frames import INSTANT, Contract, conform
from engine.model.tickets import TicketState

MOVES: Contract = {
    # A ticket went to a state.
    "ticket_id": pl.String,
    "version": pl.Int64,  # of the commit: what came first
    "state": pl.String,  # TicketState
    "at": INSTANT,
}


def stretches(tickets: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """STRETCHES of tickets (ticket_id, asked_at, complaint, claim) with these MOVES, since each was last opened."""
    opened = tickets.select(
        "ticket_id", version=pl.lit(-1, dtype=pl.Int64), state=pl.lit(TicketState.OPEN.value), at="asked_at"
    )
    line = pl.concat([conform(opened, MOVES), conform(moves, MOVES)]).sort("ticket_id", "version")
    opens, before = pl.col("state") == TicketState.OPEN, pl.col("state").shift().over("ticket_id")
    anew = (opens & (before == TicketState.RESOLVED)).fill_null(value=False)
    cycles = line.with_columns(
        cycle=anew.cum_sum().over("ticket_id"),
        until=pl.max_horizontal(pl.col("at").shift(-1).over("ticket_id"), "at"),
        # Where the answer came, the clock is read as if it had not: so it tells whether the answer came in time.
        paused=pl.col("state").shift(-1).over("ticket_id") == TicketState.WAITING,
    )
    last = cycles.filter((pl.col("cycle") == pl.col("cycle").max().over("ticket_id")) & opens)
    timed = last.select("ticket_id", since="at", until=pl.when("paused").then("until"), order="version").join(
        tickets.select("ticket_id", "complaint", "claim"), on="ticket_id"
    )
    return conform(timed.sort("ticket_id", "order"), STRETCHES)
