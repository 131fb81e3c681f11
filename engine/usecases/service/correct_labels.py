"""An operator says what tickets are about. It stands, whatever the machine says later; the machine learns from it."""

from collections.abc import Sequence

import polars as pl

from engine.model.tickets import Complaint, LabelBy
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.chosen_tickets import chosen
from engine.usecases.service.label_tickets import keep_labels


def correct_labels(work: Workplace, ticket_ids: Sequence[str], complaint: Complaint, *, actor: str) -> AnswersReceipt:
    """Label them, and send each to the desk of its label. What a person labelled so already is repeated; what the
    machine labelled so is now a person's word, from which the next training learns as much as from a correction."""
    with work.database.transaction(actor=actor, verb="correct_labels", subject=f"{len(ticket_ids)} tickets") as tx:
        tickets, refused = chosen(tx, ticket_ids, "complaint", "labelled_by", "desk")
        same = (pl.col("complaint") == complaint.value) & (pl.col("labelled_by") == LabelBy.OPERATOR.value)
        corrected = tickets.filter(~same.fill_null(value=False))
        said = corrected.select(
            "ticket_id",
            "desk",
            complaint=pl.lit(complaint.value),
            confidence=pl.lit(None, dtype=pl.Float64),
            model=pl.lit(None, dtype=pl.String),
            evidence=pl.lit("[]"),
        )
        if said.height:
            keep_labels(tx, said, by=LabelBy.OPERATOR)
        before = corrected.select("ticket_id", "complaint", "labelled_by").rows()
        tx.note(to=complaint.value, before=before, refused=refused)
    repeated = tickets.height - corrected.height
    return AnswersReceipt(tickets.height + len(refused), corrected.height, repeated, tuple(refused))
