"""An operator moves tickets between states: waits for the buyer, resolves, opens again; one or many at once."""

from collections.abc import Sequence

import polars as pl

from engine.model.tickets import TICKET_TRANSITIONS, TicketState
from engine.store import tables
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.chosen_tickets import chosen
from engine.usecases.service.take_tickets import log
from engine.usecases.service.ticket_clocks import set_clocks


def move_tickets(
    work: Workplace, ticket_ids: Sequence[str], to: TicketState, *, actor: str, reason: str = ""
) -> AnswersReceipt:
    """Move those that may go there; the receipt says which may not and why. A repeat is no move."""
    with work.database.transaction(actor=actor, verb="move_tickets", subject=f"{len(ticket_ids)} tickets") as tx:
        tickets, refused = chosen(tx, ticket_ids, "state")
        there = pl.col("state") == to.value
        may = pl.col("state").is_in([state for state, following in TICKET_TRANSITIONS.items() if to in following])
        for name, state in tickets.filter(~there & ~may).select("ticket_id", "state").iter_rows():
            refused.append({"ticket_id": name, "error": f"Ticket {name} is {state}: it cannot become {to}."})
        going = tickets.filter(~there & may)
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.amend(tables.tickets, going.select("ticket_id", state=pl.lit(to.value), state_at=at), on=("ticket_id",))
        log(tx, going.select("ticket_id", event_time=at), to, reason.strip())
        if to is not TicketState.RESOLVED:  # by when an answer was owed stays to be seen beside when it was given
            set_clocks(tx, going.select("ticket_id"))
        tx.note(to=to.value, reason=reason.strip(), moved=going["ticket_id"].to_list(), refused=refused)
    repeated = tickets.filter(there).height
    return AnswersReceipt(going.height + repeated + len(refused), going.height, repeated, tuple(refused))
