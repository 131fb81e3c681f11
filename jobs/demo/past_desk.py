"""What the after-sales desk did on the evenings before the demo: read what the classifier was unsure of, and answered.

As an operator does it, through the same use cases; the newest tickets are left to whoever opens the room.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.model.tickets import Complaint, TicketState
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.correct_labels import correct_labels
from engine.usecases.service.move_tickets import move_tickets

ACTOR = "past desk"
READ_HOURS, ANSWERED_HOURS = 6.0, 14.0
"""A ticket that nobody was sure of is read after so many hours, and every one is answered after so many: the time that
a desk of a few people needs on the day after a show."""
_OPEN = """
    SELECT ticket_id, ticket_no, complaint, asked_at FROM tickets WHERE state <> 'resolved' AND asked_at < $until
    ORDER BY ticket_id
"""


def tend_desk(work: Workplace, meant: Mapping[str, Complaint], at: datetime) -> int:
    """Label and answer what is due; `meant` says by ticket_no what a reader would understand. Returns tickets read."""
    unsure: dict[Complaint, list[str]] = defaultdict(list)
    answered = []
    until = at - timedelta(hours=READ_HOURS)
    for ticket_id, number, complaint, asked_at in work.database.read(_OPEN, {"until": until}).iter_rows():
        if complaint is None and number in meant:
            unsure[meant[number]].append(ticket_id)
        if asked_at < at - timedelta(hours=ANSWERED_HOURS):
            answered.append(ticket_id)
    for complaint in sorted(unsure):
        correct_labels(work, unsure[complaint], complaint, actor=ACTOR)
    if answered:
        move_tickets(work, answered, TicketState.RESOLVED, actor=ACTOR, reason="已答复买家")
    return sum(map(len, unsure.values()))
