"""Damage rates: much history counts, little history leans on the level above, and the range says how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.floor.damage import DamageHistory, DamageRate, Shipped
from engine.floor.policy import PackagingPolicy

POLICY = PackagingPolicy(prior_units=100, unknown_share=0.05, unknown_units=20, interval=0.9)


def rate(*rows: Shipped, packaging: str = "glass", material: str = "BOX", area: str = "510104") -> DamageRate:
    return DamageHistory(rows, POLICY).rate(packaging, material, carrier="ZTO", area=area)


def row(shipped: int, damaged: int, **changes: str) -> Shipped:
    plain = {"packaging": "glass", "carrier": "ZTO", "destination": "51", "material": "BOX"} | changes
    return Shipped(**plain, shipped=shipped, damaged=damaged)


def test_a_route_with_much_history_speaks_for_itself() -> None:
    found = rate(row(100_000, 8_000))
    assert found.share == pytest.approx(0.08, abs=0.0005)
    assert found.low < 0.08 < found.high
    assert found.high - found.low < 0.004
    assert found.units == 100_000


def test_without_any_history_the_policy_speaks_and_is_not_sure() -> None:
    found = rate()
    assert found.share == pytest.approx(0.05)
    assert found.units == 0
    assert found.high - found.low > 0.05


def test_a_new_route_leans_on_what_the_carrier_does_elsewhere() -> None:
    others = row(5_000, 1_000, destination="44")
    assert rate(others, area="650100").share == pytest.approx(0.2, abs=0.01)
    assert rate(others, area="650100").units == 0


def test_three_broken_of_three_is_not_all() -> None:
    elsewhere = row(10_000, 100, destination="44")
    found = rate(elsewhere, row(3, 3))
    assert 0.01 < found.share < 0.06


def test_what_riders_do_is_no_proof_for_a_long_lane() -> None:
    riders = row(5_000, 10, carrier="OWN", destination="3101")
    lane = row(300, 45, destination="44")
    assert rate(riders, lane).share > 0.1  # a pooled mean would be 1 %


def test_an_untried_material_leans_on_the_goods_mean() -> None:
    assert rate(row(50_000, 5_000), material="NEW").share == pytest.approx(0.1, abs=0.01)


def test_the_finest_destination_counts() -> None:
    rows = (row(10_000, 100, destination="51"), row(10_000, 3_000, destination="510104"))
    assert rate(*rows).share > 0.25
    assert rate(*rows, area="510105").share < 0.05


def test_a_rule_for_everywhere_is_used_where_nothing_finer_is() -> None:
    assert rate(row(10_000, 2_000, destination="*"), area="120101").units == 10_000


@given(st.lists(st.builds(row, st.integers(1, 500), st.just(0), destination=st.sampled_from(["51", "44", "*"])).flatmap(
    lambda r: st.integers(0, r.shipped).map(lambda damaged: r._replace(damaged=damaged))), max_size=6))  # fmt: skip
def test_the_range_is_a_range_of_shares_around_the_expectation(rows: list[Shipped]) -> None:
    found = rate(*rows)
    assert 0 <= found.low <= found.high <= 1
    assert 0 < found.share < 1
    assert found.low < found.share + 1e-9  # a skewed range may end below its mean, never begin above it


@given(st.integers(1, 2_000), st.integers(0, 2_000), st.integers(1, 50))
def test_a_route_lies_between_its_own_share_and_the_level_above(shipped: int, damaged: int, elsewhere: int) -> None:
    own = min(damaged, shipped) / shipped
    other = row(2_000, elsewhere, destination="44")
    without = rate(row(1, 0, destination="12"), other).share
    found = rate(row(shipped, min(damaged, shipped)), other).share
    low, high = sorted((own, without))
    assert low - 0.06 <= found <= high + 0.06  # the level above moves a little with the route itself
