"""The pick list takes every live unit once, from its bin, for its slots; cancelled lines are stops, never totals."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.floor.picks import Share, WaveLine, pick_list
from engine.floor.walk import Bin
from tests.reference.floor import walked

BINS = {"RICE": Bin(2, 1, 1), "OIL": Bin(1, 3, 1), "SALT": Bin(2, 4, 2)}


def line(slot: int, sku: str, qty: int = 1, *, lot: str = "L1", live: bool = True) -> WaveLine:
    return WaveLine(slot, f"p{slot}", f"o{slot}", sku, lot, qty, live)


def test_stops_are_in_walking_order_and_say_which_slot_gets_how_many() -> None:
    picks = pick_list([line(1, "RICE", 2), line(2, "OIL"), line(3, "RICE"), line(3, "RICE", 1)], BINS)
    assert [(stop.sku, stop.qty) for stop in picks.stops] == [("OIL", 1), ("RICE", 4)]
    assert picks.stops[1].shares == (Share(1, 2), Share(3, 2))


def test_two_lots_in_a_bin_are_two_stops() -> None:
    picks = pick_list([line(1, "RICE", lot="B"), line(2, "RICE", lot="A")], BINS)
    assert [stop.lot for stop in picks.stops] == ["A", "B"]


def test_goods_without_a_bin_come_last() -> None:
    picks = pick_list([line(1, "ANY"), line(1, "SALT")], BINS)
    assert [(stop.sku, stop.place) for stop in picks.stops] == [("SALT", BINS["SALT"]), ("ANY", None)]


def test_a_cancelled_line_is_a_stop_and_in_no_total() -> None:
    gone = line(2, "RICE", 5, live=False)
    picks = pick_list([line(1, "RICE", 2), gone], BINS)
    assert [stop.qty for stop in picks.stops] == [2]
    assert picks.stopped == (gone,)


LINES = st.lists(
    st.builds(
        line,
        st.integers(1, 6),
        st.sampled_from(["RICE", "OIL", "SALT", "ANY", "MORE"]),
        st.integers(1, 5),
        lot=st.sampled_from(["L1", "L2"]),
        live=st.booleans(),
    ),
    max_size=30,
)


@given(LINES)
def test_units_are_neither_lost_nor_taken_twice(lines: list[WaveLine]) -> None:
    picks = pick_list(lines, BINS)
    taken = Counter({(stop.sku, stop.lot, share.slot): share.qty for stop in picks.stops for share in stop.shares})
    wanted: Counter[tuple[str, str, int]] = Counter()
    for each in lines:
        if each.live:
            wanted[each.sku, each.lot, each.slot] += each.qty
    assert taken == wanted
    assert all(stop.qty == sum(share.qty for share in stop.shares) for stop in picks.stops)
    assert Counter(picks.stopped) == Counter(each for each in lines if not each.live)
    places = list(dict.fromkeys(tuple(stop.place) for stop in picks.stops if stop.place))
    assert places == walked(places, bays=9)
