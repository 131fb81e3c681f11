"""Clicks on the queue of tickets become use cases. Each is told with exactly what happened."""

from collections.abc import Callable, Sequence

from dashboard import sentences
from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.model.tickets import Complaint, TicketDesk, TicketState
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.service.assign_tickets import assign_tickets
from engine.usecases.service.correct_labels import correct_labels
from engine.usecases.service.move_tickets import move_tickets

REFUSALS_SHOWN = 3


@command("label_ticket")
def label(t: Words, ticket_ids: Sequence[str], complaint: Complaint) -> Told:
    """Say what tickets are about."""
    return _many(t, lambda: correct_labels(room(), ticket_ids, complaint, actor=operator()))


@command("move_ticket")
def move(t: Words, ticket_ids: Sequence[str], to: TicketState, *, reason: str) -> Told:
    """Move tickets to a state."""
    return _many(t, lambda: move_tickets(room(), ticket_ids, to, actor=operator(), reason=reason))


@command("send_ticket")
def send(t: Words, ticket_ids: Sequence[str], desk: TicketDesk, *, reason: str) -> Told:
    """Send tickets to a desk."""
    return _many(t, lambda: assign_tickets(room(), ticket_ids, desk, actor=operator(), reason=reason))


def _many(t: Words, act: Callable[[], AnswersReceipt]) -> Told:
    found: list[AnswersReceipt] = []
    told = attempt(t, lambda: found.append(act()), "")
    if not found:
        return told
    [receipt] = found
    text = t("tickets.done", n=t.count(receipt.applied), same=t.count(receipt.repeated))
    if receipt.refused:
        why = " ".join(sentences.said(t, entry["error"]) for entry in receipt.refused[:REFUSALS_SHOWN])
        text += " " + t("tickets.refused", n=t.count(len(receipt.refused)), why=why)
    return Told(done=True, text=text, nothing=receipt.applied == 0)
