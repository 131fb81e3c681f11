"""Keeps `due_at` of tickets in step with what they are about and with their moves."""

import polars as pl

from engine.aftersales.answer_times import due
from engine.aftersales.ticket_moves import MOVES, stretches
from engine.model.frames import conform
from engine.model.tickets import TicketState
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.service.answer_times import load_answer_times


def set_clocks(tx: Transaction, ticket_ids: pl.DataFrame) -> None:
    """Work out anew by when these tickets (one column, ticket_id) are owed an answer; a waiting one owes none."""
    columns = ("ticket_id", "asked_at", "complaint", "claim", "state")
    tickets = tx.matching(tables.tickets, ticket_ids, *columns)
    told = tx.matching(tables.ticket_events, ticket_ids, "ticket_id", "version", "kind", "event_time")
    moved = told.filter(pl.col("kind").is_in(list(TicketState))).rename({"kind": "state", "event_time": "at"})
    owed = due(stretches(tickets, conform(moved, MOVES)), load_answer_times())
    running = pl.col("state") != TicketState.WAITING
    clocks = tickets.join(owed, on="ticket_id").select("ticket_id", due_at=pl.when(running).then("due_at"))
    tx.amend(tables.tickets, clocks, on=("ticket_id",))
