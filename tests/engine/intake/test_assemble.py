"""Rows become whole orders or go to quarantine with their siblings, and every row read ends in exactly one place."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadBrand
from engine.intake.assemble import AHEAD, Catalogue, assemble, fingerprints
from engine.intake.canonical import parse_canonical_orders
from engine.intake.douyin import parse_douyin
from engine.intake.files import parse_table
from engine.model.frames import LINES, ORDERS, conform
from engine.model.states import SHELF, Fate
from tests.engine.intake.worlds import CATALOGUE, EXPORT_ROW, GAZETTEER, NOW, ORDER, SHOWS, export, gathered

OTHER = "'6917850279910007777"
SECOND = {"子订单编号": "'69178502799100060642", "商家编码": "OIL-5", "订单应付金额": "79.90", "商品数量": "1"}


def order(**fields: Any) -> dict[str, Any]:
    return {**deepcopy(ORDER), **fields}


def test_two_sub_orders_make_one_order_with_their_sums() -> None:
    batch = gathered(parse_douyin(export({}, SECOND)))
    [made] = batch.orders.to_dicts()
    assert made["order_id"] == "douyin:6917850279910006064"
    assert (made["rows"], made["row"], made["units"], made["amount_cents"]) == (2, 2, 3, 5980 + 7990)
    assert made["list_cents"] == 2 * 2990 + 7990
    assert made["buyer"] == "赵**|136****6276"
    assert made["adcode"] == "310115"
    assert made["show_id"] == "evening"
    assert made["promise_at"] == made["paid_at"] + timedelta(hours=48)
    assert batch.lines["line_no"].to_list() == [1, 2]
    conform(batch.orders, ORDERS)
    conform(batch.lines, LINES)


def test_a_kit_becomes_its_components_and_keeps_its_amount_once() -> None:
    batch = gathered(parse_douyin(export({"商家编码": "KIT-HOME", "商品数量": "3"}, SECOND)))
    assert batch.lines.drop("order_id").rows() == [
        (1, "KIT-HOME", 3, "KIT-HOME", "RICE-5", 3, 5980),
        (2, "KIT-HOME", 3, "KIT-HOME", "OIL-5", 6, 0),
        (3, "OIL-5", 1, None, "OIL-5", 1, 7990),
    ]
    assert batch.orders["list_cents"].to_list() == [3 * 17990 + 7990]


def test_a_list_sum_with_an_unpriced_line_is_unknown() -> None:
    batch = gathered(parse_douyin(export({"商家编码": "SOY-1"}, SECOND)))
    assert batch.orders["list_cents"].to_list() == [0]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"商家编码": "RICE-99"}, 'merchant code is "RICE-99": the brand has no such SKU or kit'),
        ({"省": "火星省"}, 'province is "火星省": no province of that name is known'),
        (
            {"支付完成时间": "2027-11-11 20:14:20"},
            'paid_at is "2027-11-11 20:14:20": that is more than a day ahead; '
            "check the clock and the time zone of the source",
        ),
    ],
)
def test_what_brand_map_and_clock_do_not_know_is_a_fault(cells: dict[str, str], sentence: str) -> None:
    batch = gathered(parse_douyin(export(cells, {"主订单编号": OTHER})))
    assert batch.faults.select("row", "fault").rows() == [(2, sentence)]
    assert orjson.loads(batch.faults["raw"][0]) == {**EXPORT_ROW, **cells}
    assert batch.orders["row"].to_list() == [3]


def test_a_payment_just_within_a_day_ahead_is_taken() -> None:
    paid = (NOW + AHEAD).isoformat()
    assert gathered(parse_canonical_orders([order(paid_at=paid)])).orders.height == 1


def test_a_line_too_large_to_count_is_a_fault() -> None:
    catalogue = Catalogue(frozenset({"A"}), {"PALLET": (("A", 300_000),)})
    parsed = parse_canonical_orders([order(lines=[{"sku": "PALLET", "qty": 9999, "amount_yuan": 1}])])
    batch = assemble(parsed, catalogue=catalogue, gazetteer=GAZETTEER, now=NOW, promise_hours=48, shows=SHOWS)
    assert batch.faults["fault"].to_list() == [
        'quantity is "9999": with its kit exploded it is more than can be counted'
    ]


def test_one_faulty_row_sends_its_siblings_to_quarantine() -> None:
    batch = gathered(parse_douyin(export({}, {**SECOND, "商品数量": "0"}, {"主订单编号": OTHER})))
    fault = '商品数量 is "0": a quantity must be a whole number of at least 1'
    assert batch.faults.select("row", "fault").rows() == [(2, f"row 3 of the same order: {fault}"), (3, fault)]
    assert batch.orders["order_no"].to_list() == [OTHER[1:]]
    batch = gathered(parse_douyin(export({}, {**SECOND, "商家编码": "?"})))
    assert [text.startswith("row 3 of the same order: merchant code") for text in batch.faults["fault"]] == [
        True,
        False,
    ]


def test_a_repeated_row_is_a_duplicate() -> None:
    batch = gathered(parse_douyin(export({}, SECOND, {}, {})))
    assert batch.duplicates["row"].sort().to_list() == [2, 4]
    assert batch.orders["rows"].to_list() == [2]
    assert batch.faults.is_empty()


def test_the_status_that_is_further_along_counts_wherever_it_stands() -> None:
    refunded = {"订单状态": "已关闭", "售后状态": "退款成功"}
    unpaid = {"订单状态": "待支付", "支付完成时间": "-"}
    for rows, fate in (
        (({}, refunded), Fate.REFUNDED),
        ((refunded, {}), Fate.REFUNDED),
        ((unpaid, {}), Fate.PAID),
        ((unpaid, {}, refunded), Fate.REFUNDED),
    ):
        batch = gathered(parse_douyin(export(*rows)))
        assert batch.orders["fate"].to_list() == [fate]
        assert batch.duplicates.height == len(rows) - 1


def test_two_contents_for_one_line_are_both_faults() -> None:
    batch = gathered(parse_douyin(export({}, {"商品数量": "3"}, {"主订单编号": OTHER})))
    sentence = "rows 2, 3 are about the same thing but differ in goods, quantity or amount"
    assert batch.faults["fault"].to_list() == [sentence, sentence]
    assert batch.orders["row"].to_list() == [4]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"支付完成时间": "2026-11-11 20:14:21"}, "payment time"),
        ({"街道": "别的街道"}, "street"),
        ({"订单状态": "已取消"}, "status"),
        ({"收件人": "张**", "区": "静安区"}, "district, receiver"),
    ],
)
def test_rows_of_one_order_that_disagree_are_faults(cells: dict[str, str], what: str) -> None:
    batch = gathered(parse_douyin(export({}, {**SECOND, **cells})))
    assert batch.faults["fault"].to_list() == [f"rows 2, 3 belong to one order but differ in {what}"] * 2


def test_one_place_under_two_spellings_is_no_disagreement() -> None:
    batch = gathered(parse_douyin(export({"省": "上海", "区": "浦东"}, SECOND)))
    assert batch.orders["district"].to_list() == ["浦东新区"]


def test_a_whole_order_told_again_is_a_duplicate_and_told_otherwise_a_fault() -> None:
    lines = [{"sku": "OIL-5", "qty": 1, "amount_yuan": 79.9}, *ORDER["lines"]]
    turned = lines[::-1]
    batch = gathered(parse_canonical_orders([order(lines=lines), order(lines=turned)]))
    assert batch.duplicates.rows() == [(1, "douyin:6917850279910006064")]
    assert batch.orders["rows"].to_list() == [1]
    batch = gathered(parse_canonical_orders([order(lines=lines), order(), order(order_no="K-0000001")]))
    sentence = "rows 1, 2 are about the same thing but differ in goods, quantity or amount"
    assert batch.faults["fault"].to_list() == [sentence, sentence]
    assert batch.orders["order_no"].to_list() == ["K-0000001"]


def test_an_order_told_whole_and_line_by_line_is_a_fault() -> None:
    line = {**order(), **ORDER["address"], "address": None, "receiver": "赵**", "phone": "136****6276",
            "sku": "OIL-5", "qty": 1, "amount_yuan": 1}  # fmt: skip
    line = {name: value for name, value in line.items() if name not in ("lines", "buyer")}
    batch = gathered(parse_canonical_orders([order(), line]))
    assert batch.orders.is_empty()
    assert "one is a whole order, another a single line" in batch.faults["fault"][0]


@pytest.mark.parametrize(
    ("fields", "show_id"),
    [
        ({}, "evening"),
        ({"paid_at": "2026-11-11T22:10:00+08:00"}, "encore"),  # both are on air: the latest begun counts
        ({"paid_at": "2026-11-11T22:30:00+08:00"}, "evening"),  # the end belongs to nobody
        ({"paid_at": "2026-11-11T23:00:00+08:00"}, SHELF),
        ({"platform": "kuaishou"}, "kuai"),
        ({"platform": "other"}, SHELF),
        ({"platform": "other", "show_id": "kuai"}, "kuai"),
        ({"show_id": SHELF}, SHELF),
        ({"status": "unpaid", "paid_at": None}, "evening"),
    ],
)
def test_the_show_on_air_at_the_payment_sold_it(fields: dict[str, Any], show_id: str) -> None:
    assert gathered(parse_canonical_orders([order(**fields)])).orders["show_id"].to_list() == [show_id]


def test_a_show_that_is_not_planned_is_a_fault() -> None:
    batch = gathered(parse_canonical_orders([order(show_id="matinee")]))
    assert batch.faults["fault"].to_list() == ['show_id is "matinee": no such show is planned']


def test_anonymous_buyers_are_never_taken_for_one() -> None:
    batch = gathered(parse_canonical_orders([order(buyer=None), order(buyer={}, order_no="K-0000001")]))
    assert batch.orders["buyer"].to_list() == ["order:6917850279910006064", "order:K-0000001"]


def test_a_promise_of_the_order_goes_before_the_rooms() -> None:
    promised = order(promise_at="2026-11-12T10:00:00+08:00")
    unpaid = order(order_no="K-0000001", status="unpaid", paid_at=None)
    batch = gathered(parse_canonical_orders([promised, unpaid]), promise_hours=24)
    assert batch.orders["promise_at"].to_list() == [datetime(2026, 11, 12, 2, tzinfo=UTC), None]


def test_the_fingerprint_is_of_the_lines_whatever_their_order_and_the_same_for_ever() -> None:
    lines = [{"sku": "OIL-5", "qty": 1, "amount_yuan": 79.9}, *ORDER["lines"]]
    other = [{**lines[0], "qty": 2}, lines[1]]
    orders = [order(lines=told, order_no=f"K-000000{n}") for n, told in enumerate((lines, lines[::-1], other))]
    first, turned, different = gathered(parse_canonical_orders(orders)).orders["fingerprint"].to_list()
    assert first == turned != different
    assert fingerprints(["RICE-5\x1fRICE-5\x1f2"]).to_list() == [0xB3BA17288C2FBA99 >> 1]  # as b2sum -l 64 says


def test_a_catalogue_that_contradicts_itself_is_refused() -> None:
    for kits, sentence in (
        ({"A": (("A", 1),)}, "A is a SKU and a kit"),
        ({"K": ()}, "Kit K has no components"),
        ({"K": (("B", 1),)}, "Kit K holds 1 of B"),
        ({"K": (("A", 0),)}, "Kit K holds 0 of A"),
    ):
        with pytest.raises(BadBrand, match=sentence):
            Catalogue(frozenset({"A"}), kits)


def test_nothing_comes_to_nothing() -> None:
    batch = gathered(parse_canonical_orders([]))
    assert (batch.orders.height, batch.lines.height, batch.faults.height, batch.read) == (0, 0, 0, 0)


# --- the accounting identity -----------------------------------------------------------------------------------
CHANGES: list[dict[str, str]] = [
    {},
    {"商品数量": "0"},
    {"商品数量": "7"},
    {"商家编码": "KIT-HOME"},
    {"商家编码": "nobody"},
    {"省": "火星省"},
    {"省": ""},
    {"街道": "别的街道"},
    {"订单状态": "飞走了"},
    {"订单状态": "已关闭", "售后状态": "退款成功"},
    {"订单状态": "待支付", "支付完成时间": "-"},
    {"支付完成时间": "2026-11-11 20:14:25"},
    {"主订单编号": "-"},
]
DRAWN_ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from([CHANGES[0]] * 12 + CHANGES)),
    min_size=1,
    max_size=14,
)


def drawn(rows: list[tuple[int, int, dict[str, str]]]) -> pl.DataFrame:
    return export(
        *[
            {"主订单编号": f"'69178502799{order:06}", "子订单编号": f"'69178502799{order:06}{sub}", **change}
            for order, sub, change in rows
        ]
    )


@settings(max_examples=60, deadline=None)
@given(DRAWN_ROWS)
def test_every_row_ends_once_however_rows_repeat_contradict_and_fail(
    rows: list[tuple[int, int, dict[str, str]]],
) -> None:
    batch = gathered(parse_table(drawn(rows)))
    duplicates, faulty = set(batch.duplicates["row"]), set(batch.faults["row"])
    assert duplicates.isdisjoint(faulty)
    assert int(batch.orders["rows"].sum()) + len(duplicates) + len(faulty) == len(rows) == batch.read
    assert set(batch.lines["order_id"]) == set(batch.orders["order_id"])
    assert set(batch.orders["order_id"]).isdisjoint(batch.faults["order_id"].drop_nulls())


@settings(max_examples=60, deadline=None)
@given(DRAWN_ROWS)
def test_an_order_of_sound_rows_is_made_of_all_its_lines_and_no_other_order_matters(
    rows: list[tuple[int, int, dict[str, str]]],
) -> None:
    batch = gathered(parse_table(drawn(rows)))
    made = {made["order_no"]: made for made in batch.orders.to_dicts()}
    for number in range(1, 5):
        mine = [(sub, change) for order, sub, change in rows if order == number and "主订单编号" not in change]
        if mine and all(change == {} for _, change in mine):
            subs = {sub for sub, _ in mine}
            assert made[f"69178502799{number:06}"]["rows"] == len(subs)
            assert made[f"69178502799{number:06}"]["units"] == 2 * len(subs)


@settings(max_examples=60, deadline=None)
@given(DRAWN_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(rows: list[tuple[int, int, dict[str, str]]], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    plain, mixed = (gathered(parse_table(drawn(told))).orders.drop("row").sort("order_id") for told in (rows, shuffled))
    assert plain.equals(mixed)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["RICE-5", "OIL-5", "nobody"]), st.sampled_from(Fate)), max_size=8
    )
)
def test_whole_orders_end_once_too(told: list[tuple[int, str, Fate]]) -> None:
    orders = [
        order(
            order_no=f"K-000000{number}",
            status=fate,
            paid_at=None if fate is Fate.UNPAID else ORDER["paid_at"],
            lines=[{"sku": sku, "qty": 1, "amount_yuan": 5}, {"sku": "SOY-1", "qty": 1, "amount_yuan": 5}],
        )
        for number, sku, fate in told
    ]
    batch = gathered(parse_canonical_orders(orders))
    assert int(batch.orders["rows"].sum()) + batch.duplicates.height + batch.faults.height == len(told)
    assert CATALOGUE.skus.issuperset(batch.lines["sku"])
    assert (batch.lines.group_by("order_id").len()["len"] == 2).all()
