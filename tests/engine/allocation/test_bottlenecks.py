"""A plan is read for where it is tight: whose parcels pass there, whom it stopped, how much would have to leave."""

from dataclasses import replace

import polars as pl
import pytest

from engine.allocation.bottlenecks import prices_of, relief_of, usage_of
from engine.allocation.plan import PARCELS, PICKS, REASONS, UNSERVED, Plan, summarise

PRICES = {"throughput": {"WH": 4.0, "DP": 1.5, "ST": 0.0}, "capacity": {"ZTO": 2.0}, "stock": {"WH|RICE": 9.0}}


def plan(prices: dict[str, dict[str, float]] | None = PRICES) -> Plan:
    """o1 alone in a parcel, o2 and o3 share one, o4 in two parcels of its own; o5 to o7 unserved."""
    parcels = [
        ("p1", ["o1"], "WH", "ZTO"),
        ("p2", ["o2", "o3"], "WH", "ZTO"),
        ("p3", ["o4"], "DP", "SF"),
        ("p4", ["o4"], "WH", "ZTO"),
    ]
    packed = pl.DataFrame(
        [(p, orders, node, carrier, "ambient", 1.0, 5.0) for p, orders, node, carrier in parcels],
        schema=PARCELS,
        orient="row",
    )
    picks = pl.DataFrame(
        [(o, p, sku, 1, n, "L", c) for p, orders, n, c in parcels for o in orders for sku in ("RICE", "OIL")],
        schema=PICKS,
        orient="row",
    )
    unserved = pl.DataFrame(
        [("o5", "nodes_full", ""), ("o6", "carriers_full", ""), ("o7", "out_of_stock", "")],
        schema=UNSERVED,
        orient="row",
    )
    summary = summarise(
        method="test",
        orders=7,
        parcels=packed,
        unserved=unserved,
        reasons=pl.DataFrame(schema=REASONS),
        unserved_yuan=200,
        relaxations=(),
    )
    summary = replace(summary, shadow_prices=prices)
    return Plan(picks=picks, parcels=packed, unserved=unserved, reasons=pl.DataFrame(schema=REASONS), summary=summary)


def test_only_throughput_and_carriers_that_are_short_have_a_price() -> None:
    assert prices_of(plan()) == {("throughput", "WH"): 4.0, ("throughput", "DP"): 1.5, ("capacity", "ZTO"): 2.0}
    assert prices_of(plan(None)) == {}


def test_an_order_passes_where_its_own_parcels_pass_and_shared_parcels_leave_anyway() -> None:
    usage = set(usage_of(plan(), prices_of(plan())).rows())
    assert {row for row in usage if row[0] in ("o1", "o2", "o3", "o4")} == {
        ("o1", "throughput", "WH", 1),
        ("o1", "capacity", "ZTO", 1),
        ("o4", "throughput", "WH", 1),
        ("o4", "throughput", "DP", 1),
        ("o4", "capacity", "ZTO", 1),
        ("o4", "capacity", "SF", 1),
    }


def test_an_order_that_was_stopped_is_set_down_at_the_cheapest_place_that_stopped_it() -> None:
    usage = usage_of(plan(), prices_of(plan())).filter(pl.col("order_id").is_in(["o5", "o6", "o7"]))
    assert usage.rows() == [("o5", "throughput", "DP", 1), ("o6", "capacity", "ZTO", 1)]
    assert usage_of(plan(None), {}).filter(pl.col("order_id") == "o5").is_empty()


def test_relief_is_a_share_of_what_passes_and_all_that_was_stopped() -> None:
    relief = relief_of(plan(), usage_of(plan(), prices_of(plan())), share=0.1)
    assert relief == {
        ("throughput", "WH"): pytest.approx(0.3),
        ("throughput", "DP"): pytest.approx(1.1),
        ("capacity", "ZTO"): pytest.approx(1.3),
        ("capacity", "SF"): pytest.approx(0.1),
    }
