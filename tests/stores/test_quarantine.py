"""Rows that could not be taken wait, are corrected or dropped, and are never lost; on both databases."""

import orjson
import pytest

from engine.errors import NotAllowed, NotFound
from engine.usecases.orders.ingest_orders import ingest_requests
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.orders.review_quarantine import correct_row, drop_row
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import order, statuses, take

HEADER = (
    "主订单编号 子订单编号 选购商品 商品数量 商家编码 商品单价 订单应付金额 收件人 收件人手机号 省 市 区 街道 详细地址 "
    "订单提交时间 支付完成时间 订单状态"
)


def export_row(number: str, sub: str, sku: str, qty: str = "1") -> dict[str, str]:
    cells = [f"'{number}", sub, "米", qty, sku, "30.00", "30.00", "赵**", "136****6276", "上海市", "上海市", "徐汇区",
             "天平路街道", "******", "2026-11-11 20:01:00", "2026-11-11 20:01:10", "待发货"]  # fmt: skip
    return dict(zip(HEADER.split(), cells, strict=True))


def export(room: Room, *rows: dict[str, str]) -> object:
    [receipt] = ingest_requests(room, [IntakeRequest("douyin", "file.csv", list(rows))])
    return receipt


def waiting(room: Room) -> list[tuple[object, ...]]:
    return room.database.read("SELECT row_id, fault FROM quarantine WHERE state = 'open' ORDER BY row").rows()


def test_a_corrected_row_goes_the_way_of_every_other(room: Room) -> None:
    take(room, order(1, ("RYCE", 2)))
    [(row_id, fault)] = waiting(room)
    assert "RYCE" in fault
    receipt = correct_row(room, row_id, order(1, ("RICE", 2)), actor="小王")
    assert receipt.accepted == 1
    assert statuses(room) == {"1": "reserved"}
    assert waiting(room) == []
    assert room.database.read("SELECT state, resolved_by FROM quarantine").rows() == [("released", "小王")]
    assert verify(room.database).clean


def test_a_correction_that_is_still_wrong_changes_nothing_and_says_what_is_wrong(room: Room) -> None:
    take(room, order(1, ("RYCE", 2)))
    [(row_id, _)] = waiting(room)
    before = room.database.data_version()
    receipt = correct_row(room, row_id, order(1, ("RICE", 0)), actor="小王")
    assert receipt.accepted == 0
    assert "quantity" in receipt.faults[0]["fault"]
    assert room.database.data_version() == before
    assert len(waiting(room)) == 1


def test_one_bad_row_keeps_its_order_together_and_correcting_it_frees_the_whole_order(room: Room) -> None:
    export(
        room,
        export_row("6917850279910006064", "1", "RICE"),
        export_row("6917850279910006064", "2", "OYL"),
        export_row("6917850279910006065", "3", "RICE"),
    )
    rows = waiting(room)
    assert len(rows) == 2, "the good row of the broken order waits with the bad one"
    bad = next(
        row_id
        for row_id, fault in rows
        if fault.startswith("merchant code") or ("OYL" in fault and "row" not in fault[:4])
    )
    receipt = correct_row(room, bad, export_row("6917850279910006064", "2", "OIL"), actor="小王")
    assert receipt.accepted == 2
    assert waiting(room) == []
    assert len(statuses(room)) == 2
    assert verify(room.database).clean


def test_a_dropped_row_is_kept_with_who_and_why(room: Room) -> None:
    take(room, order(1, ("RYCE", 2)))
    [(row_id, _)] = waiting(room)
    with pytest.raises(NotAllowed, match="why"):
        drop_row(room, row_id, actor="小王", reason=" ")
    drop_row(room, row_id, actor="小王", reason="test order of the agency")
    assert waiting(room) == []
    with pytest.raises(NotAllowed, match="dropped by 小王"):
        correct_row(room, row_id, order(1), actor="小李")
    assert "agency" in room.database.read("SELECT detail FROM audit WHERE verb = 'drop_row'").item()


def test_a_row_that_is_not_there_is_said_so(room: Room) -> None:
    with pytest.raises(NotFound):
        drop_row(room, "nowhere", actor="小王", reason="x")


def test_a_conflict_found_in_an_export_can_be_corrected_like_any_other(room: Room) -> None:
    """What waits is the order in the canonical format, whatever format brought it."""
    export(room, export_row("6917850279910006064", "1", "RICE"))
    export(room, export_row("6917850279910006064", "1", "OIL"))
    [(row_id, fault)] = waiting(room)
    assert "other lines" in fault
    [(form, raw)] = room.database.read("SELECT format, raw FROM quarantine").rows()
    assert form == "canonical"
    renamed = {**orjson.loads(raw), "order_no": "6917850279910006099"}
    assert correct_row(room, row_id, renamed, actor="小王").accepted == 1
    assert len(statuses(room)) == 2
