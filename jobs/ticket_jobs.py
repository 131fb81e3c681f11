"""What the room does by itself for after-sales tickets: finds orders, has unread ones labelled."""

from engine.usecases.room.room import Room
from engine.usecases.service.label_tickets import CLASSIFIER, label_unread
from engine.usecases.service.link_tickets import link_tickets
from jobs.runner import JobResult, Outcome


def tend_tickets(room: Room) -> JobResult:
    """Link tickets to orders and lots that came after them; let the classifier read what it has not read."""
    linked = link_tickets(room, actor="tickets")
    read = label_unread(room, actor=CLASSIFIER)
    if not linked and not read:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{linked} tickets found their order, {read} were read by the classifier")
