"""Planning prices of stock: what ages gets a credit, what is short gets a price, each against a sum written out."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.policy import CreditPolicy
from engine.rules.stock_prices import stock_prices

POLICY = CreditPolicy(
    near_expiry=True, near_expiry_days=10, near_expiry_loss=0.7, balance=False, balance_yuan=0.5, demand_days=7
)
BALANCE = replace(POLICY, near_expiry=False, balance=True)

Lot = tuple[str, str, str, int, int | None, float]


def lots(*rows: Lot) -> pl.DataFrame:
    """(node, sku, lot, units, sellable days, cost)."""
    schema = {
        "node": pl.String, "sku": pl.String, "lot": pl.String, "units": pl.Int64, "sellable_days": pl.Int64,
        "cost_yuan": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def demand(**per_day: float) -> pl.DataFrame:
    """Units of EGG a day by node."""
    rows = [(node, "EGG", units) for node, units in per_day.items()]
    return pl.DataFrame(rows, schema={"node": pl.String, "sku": pl.String, "per_day": pl.Float64}, orient="row")


def prices(found: pl.DataFrame) -> dict[str, float]:
    return dict(found.select("node", "yuan").rows())


def test_eggs_that_sell_in_time_get_no_credit() -> None:
    assert prices(stock_prices(lots(("WH", "EGG", "1", 50, 5, 20.0)), demand(WH=10), POLICY)) == {}


def test_eggs_with_twice_the_cover_that_they_have_days_get_half_of_what_they_would_lose() -> None:
    found = prices(stock_prices(lots(("WH", "EGG", "1", 100, 5, 20.0)), demand(WH=10), POLICY))
    assert found == {"WH": pytest.approx(-20 * 0.7 * 0.5)}


def test_what_nobody_asks_for_gets_the_whole_credit() -> None:
    assert prices(stock_prices(lots(("WH", "EGG", "1", 3, 5, 20.0)), demand(), POLICY)) == {"WH": pytest.approx(-14)}


def test_what_expires_first_stands_ahead_in_the_queue() -> None:
    # 20 units first, then 60 that have 6 days: 80 units of cover 8 days, so a quarter is left over.
    found = stock_prices(lots(("WH", "EGG", "2", 60, 6, 10.0), ("WH", "EGG", "1", 20, 3, 10.0)), demand(WH=10), POLICY)
    assert prices(found) == {"WH": pytest.approx(-10 * 0.7 * 0.25)}


def test_what_crosses_the_threshold_later_is_not_at_risk_yet() -> None:
    for days in (11, None):
        assert prices(stock_prices(lots(("WH", "EGG", "1", 1000, days, 20.0)), demand(WH=1), POLICY)) == {}


def test_a_place_with_too_much_gives_a_credit_and_one_with_too_little_asks_a_price() -> None:
    held = lots(("FULL", "EGG", "1", 300, None, 20.0), ("THIN", "EGG", "1", 100, None, 20.0))
    # The network has 400 units for 40 a day: 10 days. FULL has 30 days, THIN 100 / 30 days.
    found = prices(stock_prices(held, demand(FULL=10, THIN=30), BALANCE))
    assert found == {"FULL": pytest.approx(0.5 * (10 - 30) / 30), "THIN": pytest.approx(0.5 * (10 - 10 / 3) / 10)}


def test_a_place_nobody_buys_from_gives_the_whole_credit_and_a_sku_nobody_buys_has_no_price() -> None:
    held = lots(("IDLE", "EGG", "1", 10, None, 20.0), ("BUSY", "EGG", "1", 10, None, 20.0))
    assert prices(stock_prices(held, demand(BUSY=5), BALANCE))["IDLE"] == pytest.approx(-0.5)
    assert prices(stock_prices(held, demand(), BALANCE)) == {}


def test_both_prices_add_up_and_none_is_there_while_both_are_off() -> None:
    held = lots(("IDLE", "EGG", "1", 10, 5, 20.0), ("BUSY", "EGG", "1", 10, None, 20.0))
    found = prices(stock_prices(held, demand(BUSY=5), replace(POLICY, balance=True)))
    assert found["IDLE"] == pytest.approx(-14 - 0.5)
    assert stock_prices(held, demand(BUSY=5), replace(POLICY, near_expiry=False)).is_empty()


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("XYZ"), st.integers(1, 50), st.one_of(st.none(), st.integers(1, 30))),
        min_size=1,
        max_size=8,
    ),
    per_day=st.dictionaries(st.sampled_from("XYZ"), st.floats(0.1, 50)),
)
def test_a_credit_is_the_worst_lots_left_over_share(
    rows: list[tuple[str, int, int | None]], per_day: dict[str, float]
) -> None:
    held = [(node, "EGG", f"{i:02}", units, days, 10.0) for i, (node, units, days) in enumerate(rows)]
    expected: dict[str, float] = {}
    for node in {row[0] for row in held}:
        ahead, worst = 0, 0.0
        for _, _, _, units, days, cost in sorted(
            (row for row in held if row[0] == node), key=lambda row: (row[4] is None, row[4] or 0, row[2])
        ):
            ahead += units
            if days is not None and days <= 10:
                left_over = max(ahead - per_day.get(node, 0.0) * days, 0) / ahead
                worst = max(worst, cost * 0.7 * left_over)
        if worst > 0:
            expected[node] = pytest.approx(-worst)
    assert prices(stock_prices(lots(*held), demand(**per_day), POLICY)) == expected
