"""Tickets on both databases: in any order and as often as they like they are in the room once, with their goods."""

import random
from datetime import timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest

from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.orders.review_quarantine import correct_row
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.service.link_tickets import link_tickets
from engine.usecases.service.ticket_files import ticket_file
from tests.after_sales import asked, complain, moment, reads, ticket_id
from tests.worlds import OPENING, order, order_id, take

TICKET = "SELECT * EXCLUDE (version, ingest_time, state_at) FROM tickets ORDER BY ticket_id"
GOODS = "SELECT * EXCLUDE (version) FROM ticket_goods ORDER BY ticket_id, piece"


@pytest.fixture(autouse=True)
def a_classifier_that_abstains(monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch)


def events(room: Room, number: int = 1) -> list[str]:
    found = room.database.read(
        "SELECT kind FROM ticket_events WHERE ticket_id = $id ORDER BY version, kind", {"id": ticket_id(number)}
    )
    return [str(kind) for kind in found["kind"]]


def clean(room: Room) -> bool:
    return [check.name for check in verify(room.database).checks if check.breaches] == []


def test_a_ticket_finds_its_order_and_the_goods_it_is_about(room: Room) -> None:
    take(room, order(1, ("FAMILY", 1)), order(2, ("OIL", 2), ("RICE", 1)))
    allocate_waiting(room)
    complain(room, asked(1), asked(2, sku="OIL"), asked(3, order_no="N00000002", sku="NOBODY-SELLS-IT"))
    goods = room.database.read("SELECT ticket_id, sku, lot, qty, node, region FROM ticket_goods ORDER BY ALL").rows()
    assert [(ticket[-1], sku, lot, qty) for ticket, sku, lot, qty, _, _ in goods] == [
        ("1", "GRAIN", "GRAIN-1", 1), ("1", "OIL", "OIL-1", 2), ("1", "RICE", "RICE-1", 1), ("2", "OIL", "OIL-1", 2),
        ("3", "OIL", "OIL-1", 2), ("3", "RICE", "RICE-1", 1),
    ]  # fmt: skip
    assert {row[-1] for row in goods} == {"310104"}
    [ticket] = room.database.read(TICKET).head(1).to_dicts()
    assert (ticket["order_id"], ticket["buyer"], ticket["state"]) == (order_id(1), "赵1**|136****1", "open")
    assert ticket["due_at"] == OPENING + timedelta(minutes=10, hours=12 + 9), "12 h of the day, and a night between"
    assert clean(room)


def test_the_same_again_is_a_repeat_and_news_of_it_change_it(room: Room) -> None:
    take(room, order(1))
    assert complain(room, asked(1), asked(1)).repeated == 1
    version = room.database.data_version()
    assert complain(room, asked(1)).repeated == 1
    assert room.database.data_version() == version
    assert complain(room, asked(1, refund_yuan="29.00", refunded_at=moment(20))).recorded == 1
    [ticket] = room.database.read(TICKET).to_dicts()
    assert (ticket["refund_cents"], ticket["state"]) == (2900, "resolved")
    assert events(room) == ["received", "changed", "resolved"]
    complain(room, asked(1, text="", updated_at=moment(15)))
    assert room.database.read(TICKET).to_dicts() == [ticket], "an old report overrules nothing"
    assert clean(room)


def test_tickets_and_orders_in_any_order_and_twice_end_the_same(room: Room) -> None:
    """Nine reports of four tickets, shuffled with orders over many commits, against all at once in time's order."""
    reports = [
        asked(1), asked(1, sku="OIL", updated_at=moment(12)), asked(1, closed_at=moment(20)),
        asked(2), asked(2, claim="return", return_waybill_no="SF12345678", returned_at=moment(14)),
        asked(3), asked(3, text="换了个说法", updated_at=moment(13)), asked(4, order_no=None),
        asked(4, order_no="N00000002", updated_at=moment(18)),
    ]  # fmt: skip
    steps = [*reports, *random.Random(5).sample(reports, 5), None, None]
    random.Random(7).shuffle(steps)
    for step in steps:
        if step is None:
            take(room, order(1, ("OIL", 1), ("RICE", 1)), order(2))
            allocate_waiting(room)
            link_tickets(room, actor="test")
        else:
            complain(room, step)
    link_tickets(room, actor="test")
    shuffled = room.database.read(TICKET), room.database.read(GOODS)
    with room.database.transaction(actor="test", verb="forget") as tx:
        for table in (tables.tickets, tables.ticket_goods, tables.ticket_events, tables.ticket_reports):
            tx.execute(table.delete())
    complain(room, *reports)
    assert [frame.to_dicts() for frame in shuffled] == [room.database.read(q).to_dicts() for q in (TICKET, GOODS)]
    assert [row["state"] for row in shuffled[0].to_dicts()] == ["resolved", "open", "open", "open"]
    assert clean(room)


def test_a_ticket_that_came_first_finds_its_order_and_later_its_lot(room: Room) -> None:
    complain(room, asked(1))
    assert link_tickets(room, actor="test") == 0
    take(room, order(1))
    assert link_tickets(room, actor="test") == 1
    assert room.database.read("SELECT order_id, sku, lot FROM ticket_goods").rows() == [(order_id(1), "RICE", None)]
    assert link_tickets(room, actor="test") == 0
    allocate_waiting(room)
    assert link_tickets(room, actor="test") == 1
    assert room.database.read("SELECT sku, lot, node FROM ticket_goods").rows() == [("RICE", "RICE-1", "WH")]
    assert link_tickets(room, actor="test") == 0
    assert events(room) == ["received", "changed"]
    assert clean(room)


def test_a_bad_ticket_waits_in_the_quarantine_and_its_correction_is_taken(room: Room) -> None:
    bad = asked(1, claim="everything", asked_at="yesterday")
    receipt = complain(room, bad, asked(2))
    assert (receipt.recorded, receipt.refused) == (1, 1)
    [(row_id, fault, form)] = room.database.read("SELECT row_id, fault, format FROM quarantine").rows()
    assert fault.count("; ") == 1
    assert form == "canonical_tickets"
    assert correct_row(room, row_id, bad, actor="lin").accepted == 0
    assert correct_row(room, row_id, asked(1), actor="lin").accepted == 1
    assert room.database.read("SELECT state FROM quarantine").rows() == [("released",)]
    assert clean(room)


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_file_adds_up_however_it_is_cut(
    room: Room, tmp_path: Path, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.usecases.service.ticket_files.PIECE", 7 // pieces)
    path = tmp_path / "tickets.json"
    path.write_bytes(orjson.dumps({"tickets": [*(asked(n) for n in range(1, 8)), asked(1), {"ticket_no": "1"}]}))
    totals, [fault] = ticket_file(room, path, actor="import", progress=lambda _: None)
    assert totals == {"read": 9, "recorded": 7, "repeated": 1, "refused": 1}
    assert fault["row"] == 9
    again, _ = ticket_file(room, path, actor="import", progress=lambda _: None)
    assert again == {"read": 9, "recorded": 0, "repeated": 8, "refused": 1}
    assert room.database.read("SELECT count(*) AS n FROM quarantine").equals(pl.DataFrame({"n": [1]}))
