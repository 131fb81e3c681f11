"""The gate decides as a clerk with a ledger would, order by order, whatever comes and in whatever batches."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.orders.admission import Admission
from engine.orders.holds import MINUTE, HoldPolicy
from engine.orders.reservation import Key, Level, ReservationBook
from tests.engine.orders.arrivals import endings, line_frame, order_frame
from tests.reference.reservation import Arrival, Ending, SequentialAdmission

NOW = 100 * 24 * 60 * MINUTE
POOLS: dict[Key, int] = {("NIGHT", "RICE"): 12, ("NIGHT", "OIL"): 5, ("SHELF", "RICE"): 30}
QUOTAS: dict[Key, int] = {("NIGHT", "上海市"): 6, ("NIGHT", "浙江省"): 0}
POLICY = HoldPolicy(
    buyer_orders=2,
    buyer_minutes=60,
    address_orders=2,
    address_minutes=30,
    cities_without_districts=frozenset({"东莞市"}),
    max_amount_cents=20_000,
    max_units=6,
)
FREE = {"pools": POOLS, "quotas": QUOTAS}


class Room:
    """The gate and, in plain dictionaries, what the database would keep for it: balances and what orders hold."""

    def __init__(self, *, pools: dict[Key, int], quotas: dict[Key, int], policy: HoldPolicy = POLICY) -> None:
        self.pools, self.quotas = pools, quotas
        self.holding: dict[str, Arrival] = {}
        self.pool_reserved: Counter[Key] = Counter()
        self.quota_reserved: Counter[Key] = Counter()
        self.gate = Admission(self.book(), policy)

    def book(self) -> ReservationBook:
        return ReservationBook(
            {key: Level(quantity, self.pool_reserved[key]) for key, quantity in self.pools.items()},
            {key: Level(quantity, self.quota_reserved[key]) for key, quantity in self.quotas.items()},
        )

    def take(self, arrivals: list[Arrival]) -> list[Ending]:
        decided = self.gate.decide(order_frame(arrivals), line_frame(arrivals), now_us=NOW)
        pools, quotas = self.gate.book.take_touched()
        self.pool_reserved.update({key: value - self.pool_reserved[key] for key, value in pools.items()})
        self.quota_reserved.update({key: value - self.quota_reserved[key] for key, value in quotas.items()})
        told = endings(decided)
        for arrival, ending in zip(arrivals, told, strict=True):
            if ending.outcome in ("reserved", "held"):
                self.holding[arrival.order_id] = arrival
        for order_id, _ in decided.news.iter_rows():
            self.give_back(order_id)
        return told

    def change(self, order_id: str, kind: str) -> None:
        if order_id in self.gate.known:
            self.give_back(order_id)
        else:
            self.gate.early.setdefault(order_id, kind)

    def give_back(self, order_id: str) -> None:
        gone = self.holding.pop(order_id, None)
        if gone is None:
            return
        for sku, units in gone.lines:
            self.pool_reserved[gone.show, sku] -= units
        if (gone.show, gone.province) in self.quotas:
            self.quota_reserved[gone.show, gone.province] -= 1
        self.gate.book = self.book()


lines = st.lists(
    st.tuples(st.sampled_from(["RICE", "RICE", "OIL", "GOLD"]), st.integers(1, 4)), min_size=1, max_size=3
).map(tuple)
minutes = st.integers(-100, 20)
arrivals = st.builds(
    Arrival,
    order_id=st.integers(1, 14).map(lambda n: f"douyin:{n}"),
    lines=lines,
    fate=st.sampled_from(["paid"] * 8 + ["unpaid", "refunded", "cancelled"]),
    fingerprint=st.sampled_from([1] * 9 + [2]),
    show=st.sampled_from(["NIGHT", "NIGHT", "SHELF"]),
    province=st.sampled_from(["上海市", "浙江省", "江苏省"]),
    city=st.sampled_from(["上海市", "东莞市", None]),
    district=st.sampled_from(["浦东新区", "浦东新区", None, ""]),
    street=st.sampled_from(["张江镇", "张江镇", None, ""]),
    address=st.sampled_from(["******", None, "***1号仓", "2号仓", " * "]),
    buyer=st.sampled_from(["王**|138", "李**|139", "张**|150"]),
    created_us=minutes.map(lambda m: NOW + m * MINUTE - 3 * 24 * 60 * MINUTE),
    paid_us=minutes.map(lambda m: NOW + m * MINUTE),
    amount_cents=st.sampled_from([100, 2_999, 3_000, 9_900, 20_000, 20_001]),
    list_cents=st.sampled_from([0, 10_000]),
    units=st.integers(1, 8),
)
# A frame holds an order number once: assembling has settled what one batch says twice.
batches = st.lists(arrivals, min_size=1, max_size=8, unique_by=lambda a: a.order_id)
changes = st.tuples(st.integers(1, 14).map(lambda n: f"douyin:{n}"), st.sampled_from(["cancelled", "refunded"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(batches, changes), max_size=12))
def test_every_ending_equals_the_sequential_reference(steps: list[list[Arrival] | tuple[str, str]]) -> None:
    room = Room(**FREE)
    clerk = SequentialAdmission(POOLS, QUOTAS, POLICY)
    for step in steps:
        if isinstance(step, tuple):
            room.change(*step)
            clerk.change(*step)
            continue
        # The clerk sees a refund as soon as it is read; the room applies it after the batch. So a batch that
        # brings news of a known order is handed to both one order at a time.
        whole = all(a.fate == "paid" for a in step)
        for batch in [step] if whole else [[a] for a in step]:
            assert room.take(batch) == [clerk.arrive(a, now_us=NOW) for a in batch]
    for (show, sku), quantity in POOLS.items():
        assert room.pool_reserved[show, sku] == clerk.pool_taken(show, sku) <= quantity
    for (show, province), quantity in QUOTAS.items():
        assert room.quota_reserved[show, province] == clerk.quota_taken(show, province) <= quantity


@settings(max_examples=60, deadline=None)
@given(st.lists(arrivals, max_size=30), st.integers(1, 7))
def test_how_arrivals_are_cut_into_batches_changes_nothing(drawn: list[Arrival], size: int) -> None:
    queue = [replace(a, fate="paid", order_id=f"douyin:{n}") for n, a in enumerate(drawn)]
    whole, cut = Room(**FREE), Room(**FREE)
    told = [ending for first in range(0, len(queue), size) for ending in cut.take(queue[first : first + size])]
    assert told == whole.take(queue)
    assert cut.pool_reserved == whole.pool_reserved
    assert cut.quota_reserved == whole.quota_reserved


def arrival(number: int, **values: object) -> Arrival:
    return Arrival(f"douyin:{number}", **{"paid_us": NOW, "created_us": NOW, "buyer": f"{number}", **values})  # type: ignore[arg-type]


def outcomes(room: Room, *queue: Arrival) -> list[str | None]:
    return [ending.outcome for ending in room.take(list(queue))]


def test_scarce_stock_goes_to_those_who_stand_first_in_the_queue() -> None:
    room = Room(pools={("NIGHT", "RICE"): 3}, quotas={})
    queue = [arrival(n, lines=(("RICE", 1),)) for n in range(1, 6)]
    assert outcomes(room, *queue) == ["reserved"] * 3 + ["sold_out"] * 2


def test_a_large_order_that_does_not_fit_leaves_the_rest_to_a_small_one() -> None:
    room = Room(pools={("NIGHT", "RICE"): 3}, quotas={})
    queue = [arrival(1, lines=(("RICE", 2),)), arrival(2, lines=(("RICE", 2),)), arrival(3, lines=(("RICE", 1),))]
    assert outcomes(room, *queue) == ["reserved", "sold_out", "reserved"]


def test_a_kit_with_one_component_short_takes_nothing_of_the_others() -> None:
    room = Room(pools={("NIGHT", "RICE"): 5, ("NIGHT", "OIL"): 0}, quotas={("NIGHT", "上海市"): 1})
    kit, single = arrival(1, lines=(("RICE", 1), ("OIL", 1))), arrival(2, lines=(("RICE", 5),))
    assert outcomes(room, kit, single) == ["sold_out", "reserved"]


def test_a_sku_in_a_kit_and_alone_is_counted_once_with_the_sum() -> None:
    room = Room(pools={("NIGHT", "RICE"): 3}, quotas={})
    assert outcomes(room, arrival(1, lines=(("RICE", 2), ("RICE", 2)))) == ["sold_out"]
    assert outcomes(room, arrival(2, lines=(("RICE", 2), ("RICE", 1)))) == ["reserved"]


def test_a_full_province_is_refused_while_another_is_served() -> None:
    room = Room(pools={("NIGHT", "RICE"): 9}, quotas={("NIGHT", "上海市"): 1})
    told = room.take([arrival(1), arrival(2), arrival(3, province="江苏省")])
    assert [(e.outcome, e.rules) for e in told] == [("reserved", ()), ("sold_out", ("quota",)), ("reserved", ())]


def test_a_repeated_order_takes_nothing_more() -> None:
    room = Room(pools={("NIGHT", "RICE"): 2}, quotas={})
    ends = [room.take([arrival(1)])[0].end for _ in range(3)]
    assert ends == ["accepted", "duplicate", "duplicate"]
    assert room.pool_reserved["NIGHT", "RICE"] == 1


def test_one_number_with_other_lines_is_quarantined_with_a_sentence() -> None:
    room = Room(pools={("NIGHT", "RICE"): 9}, quotas={})
    room.take([arrival(1)])
    decided = room.gate.decide(order_frame([arrival(1, fingerprint=2)]), line_frame([arrival(1)]), now_us=NOW)
    assert decided.frame["end"].item() == "quarantined"
    assert "order douyin:1 was accepted before with other lines" in decided.frame["reason"].item()


def test_an_unpaid_order_holds_nothing_until_it_comes_back_paid() -> None:
    room = Room(pools={("NIGHT", "RICE"): 1}, quotas={})
    unpaid = arrival(1, fate="unpaid", paid_us=None)
    assert [room.take([unpaid])[0].end for _ in range(2)] == ["unpaid", "duplicate"]
    assert room.pool_reserved["NIGHT", "RICE"] == 0
    assert outcomes(room, arrival(1)) == ["reserved"]
    assert [e.end for e in room.take([unpaid])] == ["duplicate"]


@pytest.mark.parametrize("kind", ["cancelled", "refunded"])
def test_an_order_cancelled_before_it_arrived_takes_nothing(kind: str) -> None:
    room = Room(pools={("NIGHT", "RICE"): 1}, quotas={})
    room.change("douyin:1", kind)
    assert outcomes(room, arrival(1), arrival(2)) == [kind, "reserved"]


def test_a_refund_that_comes_with_a_repeated_order_is_news_and_frees_the_stock_once() -> None:
    room = Room(pools={("NIGHT", "RICE"): 1}, quotas={})
    room.take([arrival(1)])
    refunded = arrival(1, fate="refunded")
    decided = room.gate.decide(order_frame([refunded]), line_frame([refunded]), now_us=NOW)
    assert decided.news.rows() == [("douyin:1", "refunded")]
    assert [room.take([refunded])[0].end for _ in range(2)] == ["duplicate", "duplicate"]
    assert outcomes(room, arrival(2), arrival(3)) == ["reserved", "sold_out"]


def test_held_stock_is_accounted_for() -> None:
    room = Room(pools={("NIGHT", "RICE"): 1}, quotas={})
    assert outcomes(room, arrival(1, street=""), arrival(2)) == ["held", "sold_out"]
