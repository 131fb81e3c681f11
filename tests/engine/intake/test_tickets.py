"""After-sales rows of every kind, in both formats and all kinds of files: taken as meant, or refused in words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import polars as pl
import pytest

from engine.errors import BadFile
from engine.intake.files import read_table
from engine.intake.ticket_fields import LONGEST_WORDS, ParsedTickets
from engine.intake.ticket_files import parse_tickets, rows_as_table, ticket_format

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EXPORT = {
    "售后单号": "'7294417900011223344", "主订单编号": "6931500012345678901", "子订单编号": "6931500012345678902",
    "商家编码": "OIL-5L", "售后类型": "退货退款", "售后申请时间": "2026-11-13 09:15:03", "售后原因": "包装破损",
    "售后原因标签": "商品破损", "退款金额": "1,059.90", "退货物流单号": "'SF1234567890123", "退货发货时间": "-",
    "同意售后申请时间": "2026-11-13 10:00:00", "商家退款时间": "-", "用户到账时间": "-", "售后关闭时间": "-",
    "仲裁状态": "无", "纠纷责任方": "-", "售后完结时间": "-", "用户售后说明": "一打开全是油😭，<b>箱子</b>都湿了",
    "售后备注": "已联系\"买家\"",
}  # fmt: skip
ASKED = datetime(2026, 11, 13, 1, 15, 3, tzinfo=UTC)


def export(*changes: dict[str, str]) -> ParsedTickets:
    return parse_tickets(rows_as_table([EXPORT | change for change in changes]), "douyin", now=NOW)


def canonical(**changes: Any) -> ParsedTickets:
    ticket = {"platform": "other", "ticket_no": "T00001", "claim": "words", "asked_at": "2026-11-13T09:15:03+08:00"}
    return parse_tickets(rows_as_table([ticket | changes]), "canonical", now=NOW)


def fault(parsed: ParsedTickets) -> str:
    assert parsed.rows.is_empty()
    [sentence] = parsed.faults["fault"].to_list()
    return str(sentence)


def test_a_row_of_the_douyin_export_is_one_ticket() -> None:
    [ticket] = export({}).rows.to_dicts()
    assert (ticket["ticket_no"], ticket["order_no"]) == ("7294417900011223344", "6931500012345678901")
    assert (ticket["claim"], ticket["reason"], ticket["sku"]) == ("return", "包装破损 / 商品破损", "OIL-5L")
    assert ticket["text"] == EXPORT["用户售后说明"]
    assert (ticket["asked_at"], ticket["told_at"]) == (ASKED, datetime(2026, 11, 13, 2, 0, tzinfo=UTC))
    assert (ticket["refund_cents"], ticket["return_waybill_no"]) == (105_990, "SF1234567890123")
    assert [ticket[name] for name in ("returned_at", "refunded_at", "closed_at", "buyer")] == [None] * 4
    assert orjson.loads(ticket["details"]) == {
        "售后原因标签": "商品破损", "同意售后申请时间": "2026-11-13 10:00:00", "仲裁状态": "无",
        "售后备注": "已联系\"买家\"",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "claim"),
    [("未发货仅退款", "refund"), ("已发货仅退款", "refund"), ("极速退款", "refund"), ("退货退款", "return"),
     ("换货", "exchange"), ("维修", "exchange"), ("补寄", "reship"), ("价保", "refund")],
)  # fmt: skip
def test_each_after_sales_type_is_the_claim_it_means(word: str, claim: str) -> None:
    assert export({"售后类型": word}).rows["claim"].to_list() == [claim]


def test_refund_and_end_are_found_under_either_of_their_headers() -> None:
    late = "2026-11-15 12:00:00"
    rows = export({"用户到账时间": late}, {"售后完结时间": late}, {"售后关闭时间": late}).rows
    at = datetime(2026, 11, 15, 4, 0, tzinfo=UTC)
    assert rows["refunded_at"].to_list() == [at, None, None]
    assert rows["closed_at"].to_list() == [None, at, at]
    assert rows["told_at"].to_list() == [at] * 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"售后单号": "7.29441790001122e+18"}, "lost its last digits"),
        ({"售后单号": "-"}, "nobody can tell two tickets apart"),
        ({"售后类型": "换人"}, '售后类型 is "换人": this after-sales type is not known'),
        ({"售后类型": ""}, "what does the buyer ask for"),
        ({"售后申请时间": "13/11/2026"}, "a time is written like"),
        ({"售后申请时间": "2027-11-13 09:15:03"}, "that has not come yet"),
        ({"商家退款时间": "2026-11-12 09:15:03"}, "that is before 售后申请时间"),
        ({"退款金额": "-5"}, "must not be negative"),
        ({"用户售后说明": "a\x00b"}, "control character"),
        ({"用户售后说明": "长" * (LONGEST_WORDS + 1)}, f"more than {LONGEST_WORDS} characters"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_in_words(change: dict[str, str], sentence: str) -> None:
    assert sentence in fault(export(change))


def test_all_that_is_wrong_with_a_row_is_told_at_once_and_its_neighbour_is_taken() -> None:
    parsed = export({"售后类型": "换人", "退款金额": "viel"}, {"售后单号": "7294417900011223345"})
    assert (parsed.read, parsed.rows.height) == (2, 1)
    [row] = parsed.faults.to_dicts()
    assert row["fault"].count("; ") == 1
    assert row["order_id"] == "douyin:6931500012345678901"
    assert orjson.loads(row["raw"])["售后类型"] == "换人"


def test_ten_thousand_characters_emoji_and_traditional_words_are_kept_as_they_came() -> None:
    words = "收到嘅時候已經爛晒😭" * 1_000
    assert export({"用户售后说明": words}).rows["text"].to_list() == [words]


def test_a_canonical_ticket_may_say_little_and_may_say_as_of_when() -> None:
    [ticket] = canonical().rows.to_dicts()
    assert (ticket["text"], ticket["order_no"], ticket["told_at"]) == ("", None, ASKED)
    [ticket] = canonical(
        updated_at="2026-11-14T09:00:00+08:00", buyer={"name": "赵**", "phone": "136****1"}, refund_yuan=5.5
    ).rows.to_dicts()
    assert ticket["told_at"] == datetime(2026, 11, 14, 1, 0, tzinfo=UTC)
    assert (ticket["buyer"], ticket["refund_cents"]) == ("赵**|136****1", 550)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"platform": "taobao"}, "it is one of douyin"),
        ({"claim": "money"}, "it is one of refund"),
        ({"ticket_no": 2**60}, "so large a number must be sent as text"),
        ({"asked_at": None}, "when did the buyer ask"),
    ],
)
def test_a_canonical_ticket_that_says_something_unknown_is_refused(change: dict[str, Any], sentence: str) -> None:
    assert sentence in fault(canonical(**change))


@pytest.mark.parametrize("kind", ["utf-8-sig", "gb18030", "xlsx", "json"])
def test_every_kind_of_file_tells_the_same(kind: str, tmp_path: Path) -> None:
    rows = pl.DataFrame([EXPORT | {"用户售后说明": "全是油,\n湿了"}])
    path = tmp_path / f"after.{kind if kind in ('xlsx', 'json') else 'csv'}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (rows.columns, rows.row(0)):
            book.active.append(row)
        book.save(path)
    elif kind == "json":
        path.write_bytes(orjson.dumps({"tickets": rows.to_dicts()}))
    else:
        path.write_bytes(rows.write_csv().encode(kind))
    table = read_table(path)
    parsed = parse_tickets(table, ticket_format(table.columns), now=NOW)
    [ticket] = parsed.rows.to_dicts()
    assert (ticket["text"], ticket["ticket_no"], ticket["asked_at"]) == (
        "全是油,\n湿了", "7294417900011223344", ASKED,
    )  # fmt: skip


def test_a_file_of_something_else_and_an_export_without_a_column_are_refused() -> None:
    with pytest.raises(BadFile, match="no after-sales tickets"):
        ticket_format(["主订单编号", "商家编码"])
    with pytest.raises(BadFile, match="no column 售后类型"):
        parse_tickets(rows_as_table([{"售后单号": "1", "售后申请时间": "-"}]), "douyin", now=NOW)
