"""The common cause of a delay is found where it was planted: hub, carrier, region, weather, a carrier in a region."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bench.delay_worlds import KINDS, delay_world
from engine.logistics.contrast import Cause, ContrastRules, find_causes, most_frequent
from tests.reference.contrast import best_set_slowly

RULES = ContrastRules()


def world(*groups: tuple[int, int, dict[str, str]], pending: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Groups of (parcels, of them late, marks); `pending` more undecided parcels of the first group."""
    late: list[bool | None] = []
    marks: list[tuple[str, str, str]] = []
    for n, bad, shared in groups:
        for i in range(n):
            marks += [(f"P{len(late)}", dimension, value) for dimension, value in shared.items()]
            late.append(i < bad)
    for _ in range(pending):
        marks += [(f"P{len(late)}", dimension, value) for dimension, value in groups[0][2].items()]
        late.append(None)
    parcels = pl.DataFrame(
        {"parcel_id": [f"P{i}" for i in range(len(late))], "late": late, "usual": [0.05] * len(late)},
        schema={"parcel_id": pl.String, "late": pl.Boolean, "usual": pl.Float64},
    )
    return parcels, pl.DataFrame(marks, schema=["parcel_id", "dimension", "value"], orient="row")


def first(*groups: tuple[int, int, dict[str, str]], pending: int = 0) -> Cause:
    return find_causes(*world(*groups, pending=pending), RULES)[0]


def test_a_hub_that_serves_one_region_is_told_apart_from_the_region() -> None:
    hub = first(
        (100, 60, {"hub": "A", "region": "31"}), (100, 5, {"hub": "B", "region": "31"}),
        (400, 20, {"hub": "C", "region": "44"}),
    )  # fmt: skip
    assert hub.named == (("hub", "A"),)
    region = first(
        (100, 60, {"hub": "A", "region": "31"}), (100, 60, {"hub": "B", "region": "31"}),
        (400, 20, {"hub": "C", "region": "44"}),
    )  # fmt: skip
    assert region.named == (("region", "31"),)
    [rival] = [r for r in hub.rivals if r.named == (("region", "31"),)]
    assert rival.ratio > 4, "the region looks bad"
    assert rival.ratio_beside < 1.5, "and is not, beside its hub"


def test_a_hub_that_is_the_whole_region_cannot_be_told_apart_and_is_said_so() -> None:
    cause = first((100, 60, {"hub": "A", "region": "31"}), (400, 20, {"hub": "C", "region": "44"}))
    assert {cause.named, *cause.same} == {(("hub", "A"),), (("region", "31"),)}


def test_a_carrier_in_a_region_is_neither_the_carrier_nor_the_region() -> None:
    cause = first(
        (100, 60, {"carrier": "X", "region": "31"}), (300, 15, {"carrier": "X", "region": "44"}),
        (300, 15, {"carrier": "Y", "region": "31"}), (300, 15, {"carrier": "Y", "region": "44"}),
        pending=10,
    )  # fmt: skip
    assert cause.named == (("carrier", "X"), ("region", "31"))
    assert (cause.late, cause.decided, cause.late_share, cause.usual_share) == (60, 100, 0.6, 0.05)
    assert cause.explained == pytest.approx((60 - 100 * 0.05) / 105)
    assert cause.expected_further == pytest.approx(6.0)
    assert len(cause.parcels) == 60
    assert cause.p_value < 1e-9


def test_what_is_always_late_is_no_incident() -> None:
    parcels, marks = world((200, 60, {"region": "65"}), (2000, 100, {"region": "31"}))
    usual = parcels.with_columns(usual=pl.when(pl.int_range(pl.len()) < 200).then(pl.lit(0.3)).otherwise(pl.lit(0.05)))
    assert find_causes(usual, marks, RULES) == []
    assert find_causes(parcels, marks, RULES), "without knowing so, it would be one"


def test_two_causes_are_told_one_after_the_other_and_no_third() -> None:
    groups = [
        (150, 90, {"hub": "A", "carrier": "X"}), (150, 80, {"hub": "B", "carrier": "Y"}),
        (600, 30, {"hub": "C", "carrier": "X"}), (600, 30, {"hub": "D", "carrier": "Y"}),
    ]  # fmt: skip
    causes = find_causes(*world(*groups), RULES)
    assert [cause.named for cause in causes] == [(("hub", "A"),), (("hub", "B"),)]


def test_few_or_all_late_parcels_are_no_mass_delay() -> None:
    assert find_causes(*world((19, 19, {"hub": "A"}), (200, 0, {"hub": "B"})), RULES) == []
    assert find_causes(*world((100, 100, {"hub": "A"})), RULES) == []
    assert find_causes(*world((100, 0, {"hub": "A"})), RULES) == []


@pytest.mark.parametrize("kind", KINDS)
def test_planted_causes_are_found_and_nothing_is_found_where_nothing_is(kind: str) -> None:
    """Six worlds of each kind; `engine bench mass_delay` has the figures over thirty."""
    right = naive = 0
    for seed in range(100, 106):
        made = delay_world(kind, parcels=6000, seed=seed)
        causes = find_causes(made.parcels, made.marks, RULES)
        if made.planted is None:
            right += not causes
            continue
        right += bool(causes) and set(made.planted) in [set(n) for n in (causes[0].named, *causes[0].same)]
        naive += (most_frequent(made.parcels, made.marks),) == made.planted
    assert right >= 5
    assert naive == 0 or kind in ("carrier", "weather"), "what is most frequent is the largest carrier"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_scan_finds_the_set_that_a_walk_through_all_of_them_finds(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.tuples(st.booleans(), st.sampled_from("AB"), st.sampled_from("XYZ"), st.sampled_from("12"),
                      st.sampled_from([0.02, 0.1])),
            min_size=30, max_size=120,
        )
    )  # fmt: skip
    ids = [f"P{i}" for i in range(len(rows))]
    parcels = pl.DataFrame({"parcel_id": ids, "late": [r[0] for r in rows], "usual": [r[4] for r in rows]})
    marks = [
        (i, d, r[at]) for i, r in zip(ids, rows, strict=True) for d, at in (("hub", 1), ("carrier", 2), ("region", 3))
    ]
    rules = ContrastRules(alpha=1.0, min_parcels=1, least_ratio=1.0, most_causes=1)
    found = find_causes(parcels, pl.DataFrame(marks, schema=["parcel_id", "dimension", "value"], orient="row"), rules)
    slow = best_set_slowly(rows)
    assert (found == []) == (slow is None)
    if found and slow is not None:
        score, names = slow
        assert any(set(found[0].named) == set(name) for name in names), (found[0].named, score, names)
