"""A change does what it says to a copy of the problem, nothing else, and can be taken back."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.allocation.offers import OfferBook
from engine.allocation.planner import plan_batch
from engine.allocation.problem import CONTRACTS, Problem, check_problem
from engine.allocation.what_if import (
    NEW_LOT,
    Amount,
    Bound,
    CarrierCapacity,
    CarrierShare,
    Change,
    How,
    Merge,
    NodeClosed,
    NodeThroughput,
    Stock,
    Tariff,
    UnservedPrice,
    apply,
    figure,
)
from engine.errors import BadChange
from tests.engine.allocation.worlds import NOW, lot, node, offer, order, problems, quiet_night


def percent(value: float) -> Amount:
    return Amount(How.PERCENT, value)


def by(value: float) -> Amount:
    return Amount(How.BY, value)


def to(value: float) -> Amount:
    return Amount(How.TO, value)


def cell(problem: Problem, frame: str, key: str, name: str, column: str) -> object:
    return problem.frame(frame).filter(pl.col(key) == name)[column].item()


@pytest.mark.parametrize(
    ("amount", "after"),
    [(percent(-30), 70), (percent(12.6), 113), (by(-250), 0), (by(5), 105), (to(20), 20), (percent(-100), 0)],
)
def test_a_carrier_takes_more_or_less(amount: Amount, after: int) -> None:
    problem = quiet_night()
    change = CarrierCapacity("ZTO", amount)
    changed = apply(problem, [change])
    assert cell(changed, "carriers", "carrier", "ZTO", "capacity") == after
    assert cell(changed, "carriers", "carrier", "SF", "capacity") == 100
    assert (figure(problem, change), figure(changed, change)) == (100, after)


def test_half_a_parcel_is_rounded_up() -> None:
    problem = quiet_night(nodes=[node("shanghai", throughput=5), node("hefei"), node("chengdu")])
    changed = apply(problem, [NodeThroughput("shanghai", percent(-50))])
    assert cell(changed, "nodes", "node", "shanghai", "throughput") == 3


def test_a_carrier_gets_another_share() -> None:
    changed = apply(quiet_night(), [CarrierShare("SF", Bound.MOST, 0.2), CarrierShare("ZTO", Bound.LEAST, 0.6)])
    assert cell(changed, "carriers", "carrier", "SF", "max_share") == 0.2
    assert cell(changed, "carriers", "carrier", "ZTO", "min_share") == 0.6


def test_shares_that_cross_are_refused_only_when_all_changes_are_made() -> None:
    changes = [CarrierShare("SF", Bound.LEAST, 0.8), CarrierShare("SF", Bound.MOST, 0.5)]
    with pytest.raises(BadChange, match="min share of SF is 80% and its max share 50%"):
        apply(quiet_night(), changes)
    apply(quiet_night(), [*changes, CarrierShare("SF", Bound.LEAST, 0.5)])


def test_nothing_leaves_a_closed_node() -> None:
    problem = quiet_night()
    assert set(plan_batch(problem).picks["node"]) == {"shanghai"}
    changed = apply(problem, [NodeClosed("shanghai")])
    plan = plan_batch(changed)
    assert "shanghai" not in set(plan.picks["node"])
    assert plan.summary.served == 2


def test_a_tariff_rises_without_the_price_of_being_late() -> None:
    problem = quiet_night(offers=[offer("shanghai", "ZTO", fixed=4.0, per_kg=2.0, late=3.0)])
    changed = apply(problem, [Tariff("ZTO", percent(10))])
    assert changed.offers.select("fixed_yuan", "per_kg_yuan", "late_yuan").row(0) == pytest.approx((4.4, 2.2, 3.0))


def test_yuan_are_added_to_every_parcel() -> None:
    problem = quiet_night()
    before, after = plan_batch(problem), plan_batch(apply(problem, [Tariff("ZTO", by(0.5))]))
    assert after.summary.cost_yuan == pytest.approx(before.summary.cost_yuan + 0.5 * before.summary.parcels)


def test_a_regional_tariff_changes_that_region_only() -> None:
    offers = [offer("shanghai", "ZTO", fixed=4.0), offer("shanghai", "ZTO", region="3101", fixed=6.0)]
    problem = quiet_night(offers=offers, orders=[order("O1", ("rice", 1)), order("O2", ("rice", 1), region="510104")])
    changed = apply(problem, [Tariff("ZTO", by(1.0), "31")])
    assert prices(changed, ["310115", "319999", "510104"]) == {
        ("310115", "shanghai", "ambient", 0): (7.0, 1.0),  # its own longer prefix, dearer
        ("319999", "shanghai", "ambient", 0): (5.0, 1.0),  # a new offer for 31, from the one for everywhere
        ("510104", "shanghai", "ambient", 0): (4.0, 1.0),
    }
    assert figure(changed, Tariff("ZTO", by(1.0), "31")) - figure(problem, Tariff("ZTO", by(1.0), "31")) == 1.0


def test_optional_columns_of_offers_come_along() -> None:
    problem = quiet_night()
    problem = replace(problem, offers=problem.offers.with_columns(late_share=pl.lit(0.25)))
    changed = apply(problem, [Tariff("ZTO", by(1.0), "31")])
    assert changed.offers["late_share"].unique().to_list() == [0.25]


def test_missing_units_are_the_freshest() -> None:
    """Were they those next to expiry, a cut would take away what could not be shipped anyway and change nothing."""
    days = [NOW.date() + timedelta(days=n) for n in (400, 2)]
    lots = [
        lot("shanghai", "rice", 5, lot="fresh", expiry=days[0]),
        lot("shanghai", "rice", 5, lot="old", expiry=days[1]),
    ]
    problem = quiet_night(stock=lots)
    changed = apply(problem, [Stock("rice", "shanghai", by(-7))])
    assert dict(changed.stock.select("lot", "qty").iter_rows()) == {"fresh": 0, "old": 3}
    more = apply(problem, [Stock("rice", "shanghai", percent(50))])
    assert dict(more.stock.select("lot", "qty").iter_rows()) == {"fresh": 10, "old": 5}
    one = apply(problem, [Stock("rice", "shanghai", to(1), lot="old")])
    assert dict(one.stock.select("lot", "qty").iter_rows()) == {"fresh": 5, "old": 1}


def test_units_where_there_was_no_lot_are_a_fresh_one() -> None:
    problem = quiet_night()
    changed = apply(problem, [Stock("fish", "hefei", by(3))])
    [row] = changed.stock.filter(pl.col("node") == "hefei", pl.col("sku") == "fish").rows()
    assert row == ("hefei", "fish", NEW_LOT, None, 3)
    assert apply(problem, [Stock("fish", "hefei", by(-3))]).stock.height == problem.stock.height


def test_the_price_of_not_serving_and_merging_are_policy() -> None:
    changed = apply(quiet_night(), [UnservedPrice(percent(-50)), Merge(allowed=False)])
    assert (changed.policy.unserved_yuan, changed.policy.merge) == (100.0, False)


def test_changes_are_made_one_after_the_other() -> None:
    changed = apply(quiet_night(), [CarrierCapacity("SF", to(10)), CarrierCapacity("SF", percent(50))])
    assert cell(changed, "carriers", "carrier", "SF", "capacity") == 15


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (CarrierCapacity("UPS", to(1)), r"There is no carrier 'UPS'; there are SF, ZTO\."),
        (CarrierShare("UPS", Bound.MOST, 0.5), r"There is no carrier 'UPS'"),
        (NodeClosed("mars"), r"There is no node 'mars'; there are chengdu, hefei, shanghai\."),
        (NodeThroughput("mars", to(1)), r"There is no node 'mars'"),
        (Stock("rice", "mars", to(1)), r"There is no node 'mars'"),
        (Stock("gold", "hefei", to(1)), r"There is no sku 'gold'; there are fish, oil, rice\."),
        (Stock("rice", "hefei", to(1), lot="L9"), r"hefei has no lot 'L9' of rice; it has L1\."),
        (Stock("fish", "hefei", to(1), lot="L9"), r"hefei has no lot 'L9' of fish; it has no lot at all\."),
        (Tariff("UPS", percent(1)), r"There is no carrier 'UPS'"),
        (Tariff("ZTO", by(1), "99"), r"No order goes to a region that starts with '99'"),
        (
            Tariff("ZTO", by(-3.5)),
            r"the cheapest fixed price of ZTO is 3\.00 yuan, so take off at most that, not 3\.5\.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(change: Change, sentence: str) -> None:
    with pytest.raises(BadChange, match=sentence):
        apply(quiet_night(), [change])


def test_a_carrier_without_offers_has_no_tariff() -> None:
    problem = quiet_night(offers=[offer("shanghai", "ZTO")])
    with pytest.raises(BadChange, match=r"SF has no offer\."):
        apply(problem, [Tariff("SF", percent(1))])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: percent(-101),
        lambda: to(-1),
        lambda: by(float("nan")),
        lambda: by(1e13),
        lambda: CarrierShare("SF", Bound.MOST, 1.01),
        lambda: Tariff("SF", to(5)),
    ],
)
def test_an_amount_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(BadChange):
        wrong()  # type: ignore[operator]


# --- taken back ----------------------------------------------------------------------------------------------------


@st.composite
def changes_of(draw: st.DrawFn, problem: Problem) -> Change:
    """A change of any kind that fits the problem."""
    carrier = draw(st.sampled_from(problem.carriers["carrier"].to_list()))
    place = draw(st.sampled_from(problem.nodes["node"].to_list()))
    code = draw(st.sampled_from(problem.skus["sku"].to_list()))
    amount = draw(
        st.one_of(st.integers(-100, 300).map(percent), st.integers(-8, 8).map(by), st.integers(0, 12).map(to))
    )
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return CarrierCapacity(carrier, amount)
    if kind == 1:
        [(low, high)] = problem.carriers.filter(pl.col("carrier") == carrier).select("min_share", "max_share").rows()
        bound = draw(st.sampled_from(Bound))
        edge = draw(st.sampled_from([0.0, 0.25, 1.0]))
        return CarrierShare(carrier, bound, min(edge, high) if bound is Bound.LEAST else max(edge, low))
    if kind == 2:
        return NodeClosed(place)
    if kind == 3:
        return NodeThroughput(place, amount)
    if kind == 4 and problem.offers.filter(pl.col("carrier") == carrier).height:
        size = draw(st.one_of(st.integers(-90, 300).map(percent), st.integers(0, 9).map(by)))
        region = draw(st.sampled_from(["", *{r[:n] for r in problem.orders["region"] for n in (2, 4, 6)}]))
        return Tariff(carrier, size, region)
    if kind == 5:
        return UnservedPrice(amount)
    if kind == 6:
        return Merge(draw(st.booleans()))
    return Stock(code, place, amount)


def inverse(problem: Problem, change: Change) -> list[Change]:
    """The changes that take `change` back, when it was made on `problem`."""
    match change:
        case CarrierCapacity(carrier, _):
            return [CarrierCapacity(carrier, to(figure(problem, change)))]
        case CarrierShare(carrier, bound, _):
            return [CarrierShare(carrier, bound, figure(problem, change))]
        case NodeClosed(name) | NodeThroughput(name, _):
            return [NodeThroughput(name, to(figure(problem, change)))]
        case Tariff(carrier, size, region) if size.how is How.PERCENT:
            return [Tariff(carrier, percent(100 / (1 + size.value / 100) - 100), region)]
        case Tariff(carrier, size, region):
            return [Tariff(carrier, by(-size.value), region)]
        case Stock(code, place, _, _):
            here = problem.stock.filter(pl.col("node") == place, pl.col("sku") == code)
            if here.is_empty():
                return [Stock(code, place, to(0))]
            return [Stock(code, place, to(units), lot=name) for name, units in here.select("lot", "qty").iter_rows()]
        case UnservedPrice():
            return [UnservedPrice(to(figure(problem, change)))]
        case Merge():
            return [Merge(problem.policy.merge)]


def prices(problem: Problem, regions: list[str]) -> dict[tuple[str, str, str, int], tuple[float, float]]:
    """What each carrier asks of a parcel from each node to each region, in each layer."""
    names, carriers = problem.nodes["node"].to_list(), problem.carriers["carrier"].to_list()
    book = OfferBook(problem.offers, nodes=names, carriers=carriers)
    return {
        (region, name, layer, found.carrier): (found.flat_yuan, found.per_kg_yuan)
        for region in regions
        for layer in ("ambient", "chilled", "frozen")
        for i, name in enumerate(names)
        for found in book.offers(book.zone(region), layer, node=i)
    }


def same(problem: Problem, other: Problem) -> None:
    """Equal but for offers that say twice what one said, and for lots of nothing."""
    for name in set(CONTRACTS) - {"offers", "stock"}:
        assert_frame_equal(problem.frame(name), other.frame(name))
    full = pl.col("qty") > 0
    assert_frame_equal(problem.stock.filter(full), other.stock.filter(full))
    regions = [*problem.orders["region"], "310199", "319999", "119999"]
    before, after = prices(problem, regions), prices(other, regions)
    assert before.keys() == after.keys()
    for key, price in before.items():
        assert after[key] == pytest.approx(price, abs=1e-9)
    assert problem.policy == other.policy


@settings(deadline=None)  # the first use of Polars is slow
@given(st.data())
def test_a_change_and_its_inverse_give_the_same_problem(data: st.DataObject) -> None:
    problem = data.draw(problems())
    change = data.draw(changes_of(problem))
    frames = {name: problem.frame(name).clone() for name in CONTRACTS}
    changed = apply(problem, [change])
    check_problem(changed)
    for name, frame in frames.items():
        assert_frame_equal(problem.frame(name), frame)  # the original is not touched
    same(problem, apply(changed, inverse(problem, change)))
