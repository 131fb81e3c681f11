"""Tickets that were sorted: taken in by their door, and labelled by a person as the desk would."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from engine.model.tickets import DESK_OF, Complaint
from engine.store import tables
from engine.usecases.room.room import Room
from tests.after_sales import complain


def sorted_tickets(room: Room, told: Mapping[Complaint | None, list[dict[str, Any]]]) -> None:
    """Take tickets in and say of each what it is about; None: nobody is sure."""
    assert complain(room, *(ticket for each in told.values() for ticket in each)).refused == 0
    label(room, {
        f"{ticket['platform']}:{ticket['ticket_no']}": complaint
        for complaint, each in told.items() if complaint for ticket in each
    })  # fmt: skip


def label(room: Room, complaints: Mapping[str, Complaint]) -> None:
    """A person says what these tickets are about."""
    rows = [(ticket, complaint.value, DESK_OF[complaint].value) for ticket, complaint in complaints.items()]
    said = pl.DataFrame(rows, schema=["ticket_id", "complaint", "desk"], orient="row")
    with room.database.transaction(actor="lin", verb="sort") as tx:
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.append(
            tables.ticket_labels,
            said.drop("desk").with_columns(
                at=at, labelled_by=pl.lit("operator"), evidence=pl.lit("[]"), actor=pl.lit("lin")
            ),
            stamp=True,
        )
        tx.amend(tables.tickets, said.with_columns(labelled_by=pl.lit("operator")), on=("ticket_id",))
