"""After-sales tickets of the small world, as platforms would tell of them."""

from datetime import timedelta
from typing import Any

from engine.usecases.ingest_tickets import ingest_tickets
from engine.usecases.intake_desk import IntakeRequest
from engine.usecases.receipts import RowsReceipt
from engine.usecases.room import Room
from tests.worlds import OPENING


def asked(number: int, *, minute: float = 10, **changes: Any) -> dict[str, Any]:
    """A canonical ticket: a refund of the order of the same number, asked for `minute` minutes into the show."""
    return {
        "platform": "douyin",
        "ticket_no": f"A{number:0>8}",
        "order_no": f"N{number:0>8}",
        "claim": "refund",
        "text": "瓶子漏了，箱子里全是油",
        "asked_at": moment(minute),
    } | changes


def moment(minute: float) -> str:
    """So many minutes into the show."""
    return (OPENING + timedelta(minutes=minute)).isoformat()


def ticket_id(number: int) -> str:
    return f"douyin:A{number:0>8}"


def complain(room: Room, *tickets: dict[str, Any]) -> RowsReceipt:
    """Take them in as one request; every row ends once."""
    [receipt] = ingest_tickets(room, [IntakeRequest("canonical", "test", list(tickets))])
    assert receipt.read == len(tickets) == receipt.recorded + receipt.repeated + receipt.refused
    return receipt
