"""The room's own format: nested, flat, or damaged; every order ends as rows or as one fault."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.intake.canonical import ORDER_SCHEMA, parse_canonical_orders, parse_canonical_table
from engine.intake.order_json import HEADERS
from engine.model.states import Fate, Platform
from tests.engine.intake.worlds import ORDER

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ORDER, "sku", "qty"]), inner),
    max_leaves=12,
)


def changed(**fields: Any) -> dict[str, Any]:
    return {**deepcopy(ORDER), **fields}


def line(**fields: Any) -> dict[str, Any]:
    return changed(lines=[{**ORDER["lines"][0], **fields}])


FAULTS = [
    (changed(platform="taobao"), 'platform is "taobao": it is one of douyin, kuaishou, channels, other'),
    (changed(platform=None), "platform is empty: it is one of douyin, kuaishou, channels, other"),
    (changed(order_no=None), "order_no is empty: without it the row belongs to no order"),
    (
        changed(order_no=6917850279910006064),
        'order_no is "6917850279910006064": so large a number must be sent as text, or it loses digits',
    ),
    (
        changed(order_no=6.917850279910006e18),
        'order_no is "6.917850279910006e+18": a spreadsheet made a number of it and lost its last digits; '
        "export it as text",
    ),
    (changed(status="gone"), 'status is "gone": it is one of unpaid, paid, cancelled, refunded'),
    (changed(paid_at=None), 'status is "paid": but paid_at is empty; was the order paid or not?'),
    (changed(status="unpaid"), 'status is "unpaid": but paid_at is given; was the order paid or not?'),
    (changed(lines=[]), "lines is empty or no list: an order has at least one line"),
    (changed(lines="two"), "lines is empty or no list: an order has at least one line"),
    (changed(lines=["two"]), "a line is no JSON object: a line has sku, qty and amount_yuan"),
    (changed(buyer="me"), "buyer is no JSON object"),
    (changed(anchor=["a"]), "anchor is a list or an object: a text or a number belongs there"),
    (changed(anchor="\ud800"), "anchor holds half a character: it was cut or damaged"),
    (changed(address={}), "address.province is empty: where should the parcel go?"),
    (line(qty=True), 'lines.qty is "true": a quantity must be a whole number of at least 1'),
    (line(qty=0), 'lines.qty is "0": a quantity must be a whole number of at least 1'),
    (line(amount_yuan=-1), 'lines.amount_yuan is "-1": an amount must not be negative'),
    (line(amount_yuan=float("nan")), 'lines.amount_yuan is "nan": an amount is written like 1,234.50, in yuan'),
    (line(amount_yuan=None), "lines.amount_yuan is empty: what was paid for this line?"),
    (line(sku=None), "lines.sku is empty: without a merchant code nobody knows what to pack"),
    ("an order", "this is not a JSON object: an order is one object with its lines inside"),
    (None, "this is not a JSON object: an order is one object with its lines inside"),
]


@pytest.mark.parametrize(("order", "sentence"), FAULTS)
def test_a_wrong_order_gets_its_sentence_and_the_next_goes_on(order: object, sentence: str) -> None:
    parsed = parse_canonical_orders([order, ORDER])
    assert parsed.faults["fault"].to_list() == [sentence]
    assert parsed.faults["row"].to_list() == [1]
    assert parsed.rows["row"].to_list() == [2]
    assert parsed.read == 2


def test_an_order_wrong_in_one_line_is_one_fault_and_gives_no_rows() -> None:
    lines = [{"sku": "RICE-5", "qty": 1, "amount_yuan": 1}, {"sku": "OIL-5", "qty": 0, "amount_yuan": 1}]
    parsed = parse_canonical_orders([changed(lines=lines, status="gone")])
    assert parsed.rows.is_empty()
    [fault] = parsed.faults.to_dicts()
    assert fault["fault"].count("status is") == 1
    assert "lines.qty" in fault["fault"]


def test_lines_of_an_order_share_its_row_and_are_told_apart_by_their_sku() -> None:
    lines = [{"sku": sku, "qty": 1, "amount_yuan": 10.5} for sku in ("RICE-5", "OIL-5", "RICE-5")]
    rows = parse_canonical_orders([changed(lines=lines)]).rows
    assert rows["row"].to_list() == [1, 1, 1]
    assert rows["line_key"].to_list() == ["RICE-5", "OIL-5", "RICE-5#2"]
    assert rows["amount_cents"].to_list() == [1050, 1050, 1050]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-11T20:14:20+08:00",
        "2026-11-11T12:14:20Z",
        "2026-11-11 20:14:20",
        "2026-11-11T20:14:20",
        "2026/11/11 20:14:20",
    ],
)
def test_a_time_means_its_zone_or_beijing(written: str) -> None:
    rows = parse_canonical_orders([changed(paid_at=written)]).rows
    assert rows["paid_at"].to_list() == [datetime(2026, 11, 11, 12, 14, 20, tzinfo=UTC)]


def test_an_order_cancelled_before_payment_is_an_unpaid_one() -> None:
    parsed = parse_canonical_orders([changed(status="cancelled", paid_at=None), changed(status="cancelled")])
    assert parsed.rows["fate"].to_list() == [Fate.UNPAID, Fate.CANCELLED]


def flat() -> dict[str, str | None]:
    return {
        "platform": "kuaishou", "order_no": "K-0000001", "created_at": "2026-11-11 20:14:15",
        "paid_at": "2026-11-11 20:14:20", "status": "paid", "province": "上海", "sku": "RICE-5", "qty": "2",
        "amount_yuan": "59.80", "receiver": "赵**", "address": "******",
    }  # fmt: skip


def test_a_flat_row_means_the_same_in_a_table_and_as_an_object() -> None:
    table = pl.DataFrame([{"row": 1, **flat()}])
    from_table, as_object = parse_canonical_table(table), parse_canonical_orders([flat()])
    assert from_table.faults.is_empty()
    assert from_table.rows.equals(as_object.rows)
    assert from_table.rows["receiver"].to_list() == ["赵**"]


def test_lines_that_come_as_json_text_are_read_as_lines() -> None:
    text = '[{"sku": "RICE-5", "qty": 2, "amount_yuan": "59.80"}]'
    assert parse_canonical_orders([changed(lines=text)]).rows.equals(parse_canonical_orders([ORDER]).rows)


@settings(deadline=None)
@given(st.lists(JSON, max_size=4))
def test_whatever_json_comes_in_each_entry_ends_as_rows_or_as_a_fault(entries: list[object]) -> None:
    parsed = parse_canonical_orders(entries)
    ended = sorted({*parsed.rows["row"], *parsed.faults["row"]})
    assert ended == list(range(1, len(entries) + 1))
    assert set(parsed.rows["row"]).isdisjoint(parsed.faults["row"])


def test_the_schema_names_the_fields_that_the_parser_reads() -> None:
    properties: Any = ORDER_SCHEMA["properties"]
    assert properties["platform"]["enum"] == list(Platform)
    assert properties["status"]["enum"] == list(Fate)
    named = {*properties, *properties["buyer"]["properties"], *properties["address"]["properties"]}
    named |= set(properties["lines"]["items"]["properties"])
    read = {name for names in HEADERS.values() for name in names}
    assert read - named == {"receiver", "line_no"}
