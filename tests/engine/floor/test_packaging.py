"""The box whose own cost and expected damage are least together, within the customer's threshold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.floor.damage import DamageHistory, Shipped
from engine.floor.packaging import Advice, Content, Material, WhyNotIn, advise
from engine.floor.policy import PackagingPolicy

ALL = frozenset({"bag", "glass"})
POLICY = PackagingPolicy(prior_units=1, complaint_yuan=10, fill=0.8)
BOX = Material("BOX", 2.0, 20.0, 50.0, ALL, frozenset({"ambient"}))
FOAM = Material("FOAM", 6.0, 20.0, 50.0, ALL, frozenset({"ambient"}))
BAG = Material("BAG", 0.5, 10.0, 20.0, frozenset({"bag"}), frozenset({"ambient"}))
COOL = Material("COOL", 8.0, 10.0, 20.0, ALL, frozenset({"chilled"}))
SHELF = (BOX, FOAM, BAG, COOL)

OIL = Content("OIL", 1, 7.2, 7.6, "glass", 82.0)
SAUCE = Content("SAUCE", 1, 1.0, 1.0, "glass", 8.0)
RICE = Content("RICE", 1, 5.0, 6.0, "bag", 21.5)


def history(**shares: float) -> DamageHistory:
    """`glass_BOX=0.05`: of goods in glass, 5 % break in BOX."""
    rows = [
        Shipped(*name.split("_")[:1], "ZTO", "51", name.split("_")[1], 100_000, round(share * 100_000))
        for name, share in shares.items()
    ]
    return DamageHistory(rows, POLICY)


def advice(*contents: Content, layer: str = "ambient", again: float = 5.0, **shares: float) -> Advice:
    return advise(
        contents, layer=layer, carrier="ZTO", area="510104", again_yuan=again, materials=SHELF,
        history=history(**shares), policy=POLICY,
    )  # fmt: skip


def best(*contents: Content, **shares: float) -> str:
    found = advice(*contents, **shares).best
    assert found is not None
    return found.material


def test_dear_goods_get_the_better_box_and_cheap_ones_do_not() -> None:
    # A bottle of oil: 5 % x (82 + 15) = 4.85 saved of 0.5 %: 4.4 > 4 yuan more. A sauce: 5 % x 23 = 1.15 < 4.
    assert best(OIL, glass_BOX=0.05, glass_FOAM=0.005) == "FOAM"
    assert best(SAUCE, glass_BOX=0.05, glass_FOAM=0.005) == "BOX"


def test_a_box_above_the_threshold_is_not_taken_even_where_it_is_cheaper() -> None:
    found = advice(SAUCE, glass_BOX=0.09, glass_FOAM=0.01)
    assert [(option.material, option.over_limit) for option in found.options] == [("FOAM", False), ("BOX", True)]
    assert found.options[1].total_yuan < found.options[0].total_yuan


def test_where_everything_breaks_the_least_bad_is_taken_and_said() -> None:
    found = advice(SAUCE, glass_BOX=0.20, glass_FOAM=0.15)
    assert found.best is not None
    assert (found.best.material, found.best.over_limit) == ("FOAM", True)


def test_only_what_is_made_for_the_goods_and_keeps_them_cold_is_asked() -> None:
    found = advice(OIL, RICE)
    assert dict(found.out) == {"BAG": WhyNotIn.GOODS, "COOL": WhyNotIn.LAYER}
    assert best(RICE, bag_BAG=0.01, bag_BOX=0.01, bag_FOAM=0.01) == "BAG"
    cold = advice(SAUCE, layer="chilled")
    assert [option.material for option in cold.options] == ["COOL"]


def test_many_goods_take_several_boxes() -> None:
    found = advice(RICE._replace(qty=9), bag_BOX=0.001, bag_FOAM=0.001, bag_BAG=0.5)
    assert found.best is not None
    assert (found.best.material, found.best.pieces) == ("BOX", 3)  # 45 kg in boxes of 20 kg; 54 l in 40 l
    assert found.best.material_yuan == 6.0


def test_one_thing_that_fits_nothing_is_said() -> None:
    found = advice(OIL._replace(unit_l=41.0))  # 41 l into 80 % of 50 l
    assert found.best is None
    assert dict(found.out)["BOX"] is WhyNotIn.TOO_LARGE


def test_the_rate_that_is_told_is_that_of_the_goods_that_break_most() -> None:
    found = advice(OIL, RICE, glass_BOX=0.05, bag_BOX=0.001, glass_FOAM=0.04, bag_FOAM=0.001)
    assert found.best is not None
    assert found.best.packaging == "glass"
    assert found.best.rate.share == pytest.approx(0.05, abs=0.001)


@given(st.lists(st.sampled_from([OIL, SAUCE, RICE]), min_size=1, max_size=4, unique=True), st.integers(1, 4),
       st.floats(0, 30), st.floats(0.001, 0.3), st.floats(0.001, 0.3))  # fmt: skip
def test_nothing_allowed_is_cheaper_and_the_yuan_are_those_of_a_plain_sum(
    goods: list[Content], qty: int, again: float, box: float, foam: float
) -> None:
    contents = [content._replace(qty=qty) for content in goods]
    shares = {"glass_BOX": box, "glass_FOAM": foam, "bag_BOX": box / 2, "bag_FOAM": foam / 2}
    found = advice(*contents, again=again, **shares)
    for option in found.options:
        known = history(**shares)
        units = [
            (known.rate(c.packaging, option.material, carrier="ZTO", area="51").share, c.cost_yuan)
            for c in contents
            for _ in range(c.qty)
        ]
        whole = 1.0
        for share, _ in units:
            whole *= 1 - share
        expected = math.fsum(share * cost for share, cost in units) + (1 - whole) * (10 + again)
        assert option.damage_yuan == pytest.approx(expected)
        assert option.over_limit == (max(share for share, _ in units) > 0.08)
    within = [option for option in found.options if not option.over_limit]
    if within:
        assert found.options[0].total_yuan == min(option.total_yuan for option in within)
