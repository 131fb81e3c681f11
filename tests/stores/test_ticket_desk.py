"""The service desk on both databases: labels, moves, clocks and desks of tickets; a person's word stands."""

from datetime import datetime, timedelta

import pytest

from engine.errors import NotAllowed
from engine.model.tickets import Complaint, TicketDesk, TicketState
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.service.assign_tickets import assign_tickets
from engine.usecases.service.correct_labels import correct_labels
from engine.usecases.service.label_tickets import label_tickets, label_unread
from engine.usecases.service.move_tickets import move_tickets
from tests.after_sales import asked, complain, moment, reads, ticket_id
from tests.worlds import OPENING, Clock

ALL = [ticket_id(n) for n in (1, 2, 3)]


@pytest.fixture
def desk(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Three tickets of 20:10: damaged, bad, and one of which the classifier is not sure. It is 20:30."""
    reads(monkeypatch, damaged="漏", quality="坏")
    complain(room, asked(1), asked(2, text="坏的"), asked(3, text="你好"))
    return room


def of(room: Room, number: int, *names: str) -> tuple[object, ...]:
    [row] = room.database.read("FROM tickets WHERE ticket_id = $id", {"id": ticket_id(number)}).rows(named=True)
    return tuple(row[name] for name in names)


def owed(room: Room, number: int) -> datetime | None:
    return of(room, number, "due_at")[0]  # type: ignore[return-value]


def clean(room: Room) -> bool:
    return verify(room.database).clean


def test_a_ticket_is_labelled_when_it_comes_and_goes_to_its_desk_and_the_unsure_to_service(desk: Room) -> None:
    assert [of(desk, n, "complaint", "desk", "labelled_by", "confidence") for n in (1, 2, 3)] == [
        ("damaged", "packing", "classifier", 0.9),
        ("quality", "quality", "classifier", 0.9),
        (None, "service", "classifier", None),
    ]
    ten_past = OPENING + timedelta(minutes=10)
    assert owed(desk, 1) == ten_past + timedelta(hours=6 + 9), "six hours, and the night between"
    assert owed(desk, 2) == ten_past + timedelta(hours=2), "a bad lot does not wait for the morning"
    assert desk.database.read("SELECT evidence FROM ticket_labels LIMIT 1").item() == '[["漏", 1.5]]'
    assert label_unread(desk, actor="x") == 0
    assert clean(desk)


def test_what_a_person_says_stands_whatever_the_machine_says_later(desk: Room) -> None:
    receipt = correct_labels(desk, [*ALL, "douyin:nobody"], Complaint.QUALITY, actor="lin")
    assert (receipt.applied, receipt.repeated) == (3, 0), "agreeing with the machine is a person's word as well"
    assert receipt.refused == ({"ticket_id": "douyin:nobody", "error": "There is no ticket douyin:nobody."},)
    assert correct_labels(desk, ALL, Complaint.QUALITY, actor="lin").repeated == 3
    assert label_tickets(desk, ALL, actor="classifier") == 0
    complain(desk, asked(1, text="换个说法，漏了", updated_at=moment(20)))
    assert of(desk, 1, "complaint", "labelled_by", "confidence", "desk") == ("quality", "operator", None, "quality")
    assert clean(desk)


def test_news_in_the_buyers_words_are_read_again(desk: Room) -> None:
    complain(desk, asked(3, text="原来是漏了", updated_at=moment(20)))
    assert of(desk, 3, "complaint", "desk") == ("damaged", "packing")
    assert clean(desk)


def test_a_desk_chosen_by_hand_survives_a_new_label_of_the_machine(desk: Room) -> None:
    assert assign_tickets(desk, ALL, TicketDesk.SERVICE, actor="lin", reason="one voice").applied == 2
    complain(desk, asked(1, text="坏了", updated_at=moment(20)))
    assert of(desk, 1, "complaint", "desk") == ("quality", "service")
    assert clean(desk)


def test_waiting_for_the_buyer_stops_the_clock_and_opening_again_starts_it_where_it_stood(
    desk: Room, clock: Clock
) -> None:
    before = owed(desk, 1)
    move_tickets(desk, [ticket_id(1)], TicketState.WAITING, actor="lin", reason="asked for a photo")
    assert owed(desk, 1) is None
    clock.pass_(hours=1)
    move_tickets(desk, [ticket_id(1)], TicketState.OPEN, actor="lin")
    assert before is not None
    assert owed(desk, 1) == before + timedelta(hours=1)
    move_tickets(desk, [ticket_id(1)], TicketState.RESOLVED, actor="lin")
    clock.at = datetime.fromisoformat("2026-11-12T10:00:00+08:00")
    move_tickets(desk, [ticket_id(1)], TicketState.OPEN, actor="lin")
    assert owed(desk, 1) == clock.at + timedelta(hours=6), "opened again it has its whole time"
    assert clean(desk)


def test_many_at_once_are_told_exactly_what_happened(desk: Room) -> None:
    move_tickets(desk, [ticket_id(2)], TicketState.RESOLVED, actor="lin")
    receipt = move_tickets(desk, [*ALL, ALL[0], "douyin:nobody"], TicketState.WAITING, actor="lin")
    assert (receipt.read, receipt.applied, receipt.repeated) == (4, 2, 0)
    assert [entry["error"] for entry in receipt.refused] == [
        "There is no ticket douyin:nobody.",
        f"Ticket {ticket_id(2)} is resolved: it cannot become waiting.",
    ]
    assert move_tickets(desk, [ticket_id(1)], TicketState.WAITING, actor="lin").repeated == 1
    with pytest.raises(NotAllowed, match="at least one"):
        move_tickets(desk, [], TicketState.OPEN, actor="lin")
    [audit] = desk.database.read("SELECT count(*) AS n FROM audit WHERE verb = 'move_tickets'")["n"]
    assert audit == 2, "a repeat wrote nothing"
    assert clean(desk)
