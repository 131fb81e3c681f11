"""The classifier says what tickets are about: those that just came in, and by a job those that it has not read yet.

Outside the writer's lock, and in a commit of its own: no ticket is lost to a classifier. What a person said stands.
"""

from collections.abc import Sequence

import polars as pl

from engine.model.frames import INSTANT
from engine.model.tickets import DESK_OF, LabelBy, TicketDesk
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.incidents.complaint_bell import BELL
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.classify_tickets import label_texts
from engine.usecases.service.take_tickets import log
from engine.usecases.service.ticket_clocks import set_clocks

ROUND = 5_000
"""Tickets a commit: about a second of reading."""

CLASSIFIER = "classifier"
"""In whose name labels at intake stand in the audit."""

BY_LABEL = "by its label"
"""Why a ticket went to a desk, where nobody sent it there."""

DESKS = pl.DataFrame(
    [(complaint.value, desk.value) for complaint, desk in DESK_OF.items()], schema=["complaint", "to"], orient="row"
)

_UNREAD = """
    SELECT t.ticket_id FROM tickets t ANTI JOIN ticket_labels l ON l.ticket_id = t.ticket_id
    ORDER BY t.version DESC LIMIT $most
"""


def label_unread(work: Workplace, *, actor: str) -> int:
    """Label a round of tickets without any label, newest first; returns how many."""
    unread = work.database.read(_UNREAD, {"most": ROUND})["ticket_id"].to_list()
    return label_tickets(work, unread, actor=actor)


def label_tickets(work: Workplace, ticket_ids: Sequence[str], *, actor: str) -> int:
    """Label these tickets, but for those that a person labelled; returns how many were read."""
    read = 0
    for first in range(0, len(ticket_ids), ROUND):
        read += _labelled(work, ticket_ids[first : first + ROUND], actor=actor)
    return read


def _labelled(work: Workplace, ticket_ids: Sequence[str], *, actor: str) -> int:
    texts = work.database.read(
        "SELECT ticket_id, CASE WHEN said = '' THEN coalesce(reason, '') ELSE said END AS words FROM tickets "
        "WHERE ticket_id IN (SELECT unnest($ids::VARCHAR[])) AND labelled_by IS DISTINCT FROM 'operator'",
        {"ids": list(ticket_ids)},
    )
    if texts.is_empty():
        return 0
    found = pl.concat([texts, label_texts(work, texts["words"].to_list())], how="horizontal")
    with work.database.transaction(actor=actor, verb="label_tickets", subject=f"{texts.height} tickets") as tx:
        standing = tx.matching(tables.tickets, texts.select("ticket_id"), "ticket_id", "labelled_by", "desk")
        machine = standing.filter(pl.col("labelled_by").ne_missing(LabelBy.OPERATOR.value))
        said = found.join(machine.select("ticket_id", "desk"), on="ticket_id", maintain_order="left")
        keep_labels(tx, said, by=LabelBy.CLASSIFIER)
        tx.ring(BELL)
        tx.note(unsure=said["complaint"].null_count())
    return said.height


def keep_labels(tx: Transaction, said: pl.DataFrame, *, by: LabelBy) -> None:
    """Store what was said of tickets: ticket_id, complaint, desk (as it stands), confidence, evidence and model."""
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    who = {"labelled_by": pl.lit(by.value), "actor": pl.lit(tx.actor)}
    labels = said.select("ticket_id", "complaint", "confidence", "model", "evidence", at=at.cast(INSTANT), **who)
    tx.append(tables.ticket_labels, labels, stamp=True)
    sure = pl.col("complaint").is_not_null()
    placed = said.join(DESKS, on="complaint", how="left")
    went = pl.col("to").fill_null(TicketDesk.SERVICE.value)
    if by is LabelBy.CLASSIFIER:  # what somebody sent to a desk stays there; a person's label says where it belongs
        placed = placed.join(_sent(tx, said), on="ticket_id", how="left")
        went = pl.when("sent").then("desk").otherwise(went)
    placed = placed.with_columns(went=went)
    now = placed.select(
        "ticket_id", "complaint", confidence=pl.when(sure).then("confidence"), labelled_by=pl.lit(by.value), desk="went"
    )
    tx.amend(tables.tickets, now, on=("ticket_id",))
    moved = placed.filter(pl.col("went") != pl.col("desk"))
    for (desk,), group in moved.group_by("went"):
        log(tx, group.select("ticket_id", event_time=at.cast(INSTANT)), str(desk), BY_LABEL)
    set_clocks(tx, said.select("ticket_id"))


def _sent(tx: Transaction, said: pl.DataFrame) -> pl.DataFrame:
    """ticket_id, sent: tickets that somebody sent to a desk."""
    told = tx.matching(tables.ticket_events, said.select("ticket_id"), "ticket_id", "kind", "reason")
    by_hand = told.filter(pl.col("kind").is_in(list(TicketDesk)) & (pl.col("reason") != BY_LABEL))
    return by_hand.select("ticket_id", sent=pl.lit(value=True)).unique()
