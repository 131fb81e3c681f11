"""A kit is packed heavy to light, each temperature in its own box, and nothing of it is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from engine.floor.kits import Component, kit_boxes

RICE = Component("RICE", 1, 5.06, 6.2, "bag", "ambient")
OIL = Component("OIL", 2, 4.78, 6.4, "plastic", "ambient")
BEEF = Component("BEEF", 1, 1.55, 4.8, "foam", "frozen")


def test_the_heaviest_goes_to_the_bottom() -> None:
    [box] = kit_boxes("FAMILY", [OIL, RICE])
    assert [(step.number, step.sku, step.qty) for step in box.steps] == [(1, "RICE", 1), (2, "OIL", 2)]
    assert box.kg == 5.06 + 2 * 4.78


def test_of_equal_weight_the_larger_goes_first() -> None:
    [box] = kit_boxes("K", [OIL._replace(sku="SMALL", unit_l=1.0), OIL])
    assert [step.sku for step in box.steps] == ["OIL", "SMALL"]


def test_frozen_goods_have_a_box_of_their_own() -> None:
    boxes = kit_boxes("HOTPOT", [BEEF, RICE])
    assert [(box.layer, [step.sku for step in box.steps]) for box in boxes] == [
        ("ambient", ["RICE"]),
        ("frozen", ["BEEF"]),
    ]


@given(
    st.lists(
        st.builds(
            Component,
            st.text("ABC", min_size=1, max_size=3),
            st.integers(1, 9),
            st.integers(1, 30).map(float),
            st.integers(1, 30).map(float),
            st.sampled_from(["bag", "glass"]),
            st.sampled_from(["ambient", "chilled", "frozen"]),
        ),
        max_size=8,
        unique_by=lambda component: component.sku,
    )
)
def test_every_component_is_packed_once_and_nothing_heavy_on_something_light(components: list[Component]) -> None:
    boxes = kit_boxes("K", components)
    assert sorted((step.sku, step.qty) for box in boxes for step in box.steps) == sorted(
        (c.sku, c.qty) for c in components
    )
    for box in boxes:
        each = [step.kg / step.qty for step in box.steps]
        assert each == sorted(each, reverse=True)
        assert [step.number for step in box.steps] == list(range(1, len(each) + 1))
