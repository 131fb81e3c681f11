"""What the room does by itself for after-sales tickets: finds the orders of those that came first."""

from engine.usecases.link_tickets import link_tickets
from engine.usecases.room import Room
from jobs.runner import JobResult, Outcome


def find_orders(room: Room) -> JobResult:
    """Link tickets to orders and lots that came after them."""
    linked = link_tickets(room, actor="tickets")
    return JobResult(Outcome.DONE, f"{linked} tickets found their order") if linked else JobResult(Outcome.IDLE)
