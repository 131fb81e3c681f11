"""Which of the tickets that an operator chose are there, and which are not? Asked by whatever is done to many."""

from collections.abc import Sequence

import polars as pl

from engine.errors import NotAllowed
from engine.store import tables
from engine.store.transaction import Transaction

MOST = 10_000
"""Tickets handled at once; more than anybody can have looked at."""

Refused = dict[str, str]


def chosen(tx: Transaction, ticket_ids: Sequence[str], *columns: str) -> tuple[pl.DataFrame, list[Refused]]:
    """ticket_id and `columns` of those there are, in the order chosen, and a refusal for each that is not there.

    Raises NotAllowed where none or too many were chosen.
    """
    once = list(dict.fromkeys(ticket_ids))
    if not once:
        raise NotAllowed("Choose at least one ticket.")
    if len(once) > MOST:
        raise NotAllowed(f"{len(once)} tickets are chosen; {MOST} can be handled at once.")
    keys = pl.DataFrame({"ticket_id": once})
    found = keys.join(tx.matching(tables.tickets, keys, "ticket_id", *columns), on="ticket_id", maintain_order="left")
    absent = keys.join(found, on="ticket_id", how="anti", maintain_order="left")["ticket_id"]
    return found, [{"ticket_id": name, "error": f"There is no ticket {name}."} for name in absent]
