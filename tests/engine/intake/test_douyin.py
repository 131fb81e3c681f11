"""Rows of a Douyin export become rows with the right fate, or faults with sentences that name column and value."""

from datetime import UTC, datetime

import orjson
import pytest

from engine.errors import BadFile
from engine.intake.douyin import parse_douyin
from engine.model.states import Fate
from tests.engine.intake.worlds import export

NOTHING_PAID = {"支付完成时间": "-"}

FATES = [
    ({"订单状态": "待发货"}, Fate.PAID),
    ({"订单状态": "备货中"}, Fate.PAID),
    ({"订单状态": "部分发货"}, Fate.PAID),
    ({"订单状态": "已发货"}, Fate.PAID),
    ({"订单状态": "已完成"}, Fate.PAID),
    ({"订单状态": "已完成", "售后状态": "部分退款成功"}, Fate.PAID),
    ({"订单状态": "已发货", "售后状态": "退款失败"}, Fate.PAID),
    ({"订单状态": "已关闭", "售后状态": "退款成功"}, Fate.REFUNDED),
    ({"订单状态": "已完成", "售后状态": "已全额退款"}, Fate.REFUNDED),
    ({"订单状态": "售后关闭"}, Fate.REFUNDED),
    ({"订单状态": "已关闭"}, Fate.CANCELLED),
    ({"订单状态": "已取消"}, Fate.CANCELLED),
    ({"订单状态": "已关闭", "取消原因": "买家未付款", **NOTHING_PAID}, Fate.UNPAID),
    ({"订单状态": "待支付", **NOTHING_PAID}, Fate.UNPAID),
    ({"订单状态": "已取消", "支付完成时间": ""}, Fate.UNPAID),
]

FAULTS = [
    ({"商品数量": "0"}, '商品数量 is "0": a quantity must be a whole number of at least 1'),
    ({"商品数量": "1.5"}, '商品数量 is "1.5": a quantity must be a whole number of at least 1'),
    ({"商品数量": "-2"}, '商品数量 is "-2": a quantity must be a whole number of at least 1'),
    ({"商品数量": "10000"}, '商品数量 is "10000": more than 9999 units in one line'),
    ({"商品数量": "-"}, "商品数量 is empty: how many were sold?"),
    ({"主订单编号": ""}, "主订单编号 is empty: without it the row belongs to no order"),
    ({"主订单编号": "12 34"}, '主订单编号 is "12 34": an order number is 6 to 64 letters and digits'),
    ({"主订单编号": "12345"}, '主订单编号 is "12345": an order number is 6 to 64 letters and digits'),
    (
        {"主订单编号": "6.91785E+18"},
        '主订单编号 is "6.91785E+18": a spreadsheet made a number of it and lost its last digits; export it as text',
    ),
    (
        {"子订单编号": "6.9178502799e+19"},
        '子订单编号 is "6.9178502799e+19": a spreadsheet made a number of it and lost its last digits; '
        "export it as text",
    ),
    ({"商家编码": "-"}, "商家编码 is empty: without a merchant code nobody knows what to pack"),
    ({"订单应付金额": "-3.00"}, '订单应付金额 is "-3.00": an amount must not be negative'),
    ({"订单应付金额": "39.905"}, '订单应付金额 is "39.905": an amount is written like 1,234.50, in yuan'),
    ({"订单应付金额": "1,23"}, '订单应付金额 is "1,23": an amount is written like 1,234.50, in yuan'),
    ({"商品单价": "free"}, '商品单价 is "free": an amount is written like 1,234.50, in yuan'),
    ({"订单应付金额": "-", "商品单价": "-"}, "订单应付金额 and 商品单价 are empty: what was paid?"),
    ({"订单提交时间": "-"}, "订单提交时间 is empty: when was the order placed?"),
    (
        {"订单提交时间": "yesterday"},
        '订单提交时间 is "yesterday": a time is written like 2026-11-11 20:15:00, Beijing time',
    ),
    (
        {"支付完成时间": "2026-11-31 20:14:20"},
        '支付完成时间 is "2026-11-31 20:14:20": a time is written like 2026-11-11 20:15:00, Beijing time',
    ),
    ({"支付完成时间": "2026-11-11 20:14:14"}, '支付完成时间 is "2026-11-11 20:14:14": that is before 订单提交时间'),
    ({"承诺发货时间": "soon"}, '承诺发货时间 is "soon": a time is written like 2026-11-11 20:15:00, Beijing time'),
    (
        {"订单提交时间": "1999-01-01 00:00:00", "支付完成时间": "1999-01-01 00:00:00"},
        '订单提交时间 is "1999-01-01 00:00:00": only the years 2015 to 2100 are taken; '
        '支付完成时间 is "1999-01-01 00:00:00": only the years 2015 to 2100 are taken',
    ),
    ({"省": "-"}, "省 is empty: where should the parcel go?"),
    ({"订单状态": "-"}, "订单状态 is empty: is the order paid, closed or refunded?"),
    ({"订单状态": "飞走了"}, '订单状态 is "飞走了": this status is not known'),
    ({"售后状态": "飞走了"}, '售后状态 is "飞走了": this after-sales status is not known'),
    (
        {"订单状态": "已发货", **NOTHING_PAID},
        '订单状态 is "已发货": but 支付完成时间 is empty; was the order paid or not?',
    ),
    ({"订单状态": "待支付"}, '订单状态 is "待支付": but 支付完成时间 is given; was the order paid or not?'),
    (
        {"订单状态": "已关闭", "取消原因": "买家未付款"},
        '订单状态 is "已关闭": but 支付完成时间 is given; was the order paid or not?',
    ),
    ({"详细地址": "x" * 501}, "详细地址 has more than 500 characters"),
    ({"街道": "陆家嘴\x00街道"}, "街道 holds a control character: it was damaged"),
]


@pytest.mark.parametrize(("cells", "fate"), FATES)
def test_the_fate_follows_from_payment_time_and_the_two_statuses(cells: dict[str, str], fate: Fate) -> None:
    parsed = parse_douyin(export(cells))
    assert parsed.faults.is_empty()
    assert parsed.rows["fate"].to_list() == [fate]
    assert (parsed.rows["paid_at"].null_count() == 1) == (fate == Fate.UNPAID)


@pytest.mark.parametrize(("cells", "sentence"), FAULTS)
def test_a_wrong_cell_gets_its_sentence_and_the_next_row_goes_on(cells: dict[str, str], sentence: str) -> None:
    parsed = parse_douyin(export(cells, {"主订单编号": "'6917850279910009999"}))
    assert parsed.faults["fault"].to_list() == [sentence]
    assert parsed.faults["row"].to_list() == [2]
    assert parsed.rows["row"].to_list() == [3]
    assert parsed.read == 2


def test_every_fault_of_a_row_is_told_and_the_row_is_kept_as_it_came() -> None:
    parsed = parse_douyin(export({"商品数量": "0", "省": "", "订单状态": "?"}))
    [fault] = parsed.faults.to_dicts()
    assert fault["fault"].count("; ") == 2
    assert fault["order_id"] == "douyin:6917850279910006064"
    raw = orjson.loads(fault["raw"])
    assert (raw["商品数量"], raw["主订单编号"]) == ("0", "'6917850279910006064")


def test_a_row_becomes_values_in_cents_and_utc() -> None:
    [row] = parse_douyin(export({"订单应付金额": "1,059.80", "承诺发货时间": "2026-11-13 20:14:20"})).rows.to_dicts()
    assert row["order_no"] == "6917850279910006064"
    assert row["line_key"] == "69178502799100060641"
    assert row["amount_cents"] == 105_980
    assert row["paid_at"] == datetime(2026, 11, 11, 12, 14, 20, tzinfo=UTC)
    assert row["promise_at"] == datetime(2026, 11, 13, 12, 14, 20, tzinfo=UTC)
    assert (row["show_id"], row["adcode"], row["anchor"]) == (None, None, "粮油小杨")


def test_without_an_amount_the_unit_price_counts_for_each_unit() -> None:
    assert parse_douyin(export({"订单应付金额": "-"})).rows["amount_cents"].to_list() == [5_980]
    table = export({}).drop("订单应付金额")
    assert parse_douyin(table).rows["amount_cents"].to_list() == [5_980]


def test_columns_are_found_by_name_in_any_order_and_under_either_header() -> None:
    table = export({}).rename({"选购商品": "商品名称", "商家编码": "货号", "商品单价": "商品金额"})
    shuffled = table.select("row", *sorted(c for c in table.columns if c != "row"))
    assert parse_douyin(shuffled).rows.equals(parse_douyin(export({})).rows)


def test_a_sub_order_is_told_apart_by_its_sku_where_it_has_no_number() -> None:
    assert parse_douyin(export({}).drop("子订单编号")).rows["line_key"].to_list() == ["RICE-5"]


def test_a_needed_column_that_lacks_or_comes_twice_is_named() -> None:
    with pytest.raises(BadFile, match="no column 支付完成时间"):
        parse_douyin(export({}).drop("支付完成时间"))
    with pytest.raises(BadFile, match="省 appears twice"):
        parse_douyin(export({"省 (2)": "北京"}))
