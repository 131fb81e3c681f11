"""An operator sends tickets to a desk; the machine leaves them there."""

from collections.abc import Sequence

import polars as pl

from engine.model.tickets import TicketDesk
from engine.store import tables
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.chosen_tickets import chosen
from engine.usecases.service.take_tickets import log


def assign_tickets(
    work: Workplace, ticket_ids: Sequence[str], desk: TicketDesk, *, actor: str, reason: str = ""
) -> AnswersReceipt:
    """Send them there; those that are there already stay, and count as repeated."""
    with work.database.transaction(actor=actor, verb="assign_tickets", subject=f"{len(ticket_ids)} tickets") as tx:
        tickets, refused = chosen(tx, ticket_ids, "desk")
        going = tickets.filter(pl.col("desk") != desk.value)
        tx.amend(tables.tickets, going.select("ticket_id", desk=pl.lit(desk.value)), on=("ticket_id",))
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        log(tx, going.select("ticket_id", event_time=at), desk, reason.strip())
        tx.note(to=desk.value, reason=reason.strip(), before=going.rows(), refused=refused)
    repeated = tickets.height - going.height
    return AnswersReceipt(tickets.height + len(refused), going.height, repeated, tuple(refused))
