"""The rule order managers use today, one small story a test."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.feasibility import violations
from engine.allocation.plan import Alternative, Plan, RelaxedRule, WhyNot, WhyUnserved
from engine.allocation.problem import AllocationPolicy, Problem
from tests.engine.allocation.worlds import (
    HEFEI,
    NOW,
    SHANGHAI,
    carrier,
    lot,
    node,
    offer,
    order,
    problems,
    quiet_night,
    sku,
    world,
)
from tests.reference.allocation import keeps_every_rule


def plan_of(problem: Problem) -> Plan:
    plan = nearest_then_cheapest(problem)
    assert violations(problem, plan) == []
    return plan


def nodes_of(plan: Plan, order_id: str) -> list[str]:
    return plan.picks.filter(pl.col("order_id") == order_id)["node"].unique().sort().to_list()


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_plan_keeps_every_rule(problem: Problem) -> None:
    plan = nearest_then_cheapest(problem)
    assert violations(problem, plan) == []
    assert keeps_every_rule(problem, plan)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 1000))
def test_the_plan_does_not_depend_on_the_order_of_rows(problem: Problem, seed: int) -> None:
    shuffled = replace(
        problem,
        **{
            name: getattr(problem, name).sample(fraction=1.0, shuffle=True, seed=seed)
            for name in ("orders", "lines", "skus", "nodes", "stock", "offers", "carriers")
        },
    )
    first, second = nearest_then_cheapest(problem), nearest_then_cheapest(shuffled)
    assert first.picks.equals(second.picks)
    assert first.parcels.equals(second.parcels)
    assert first.unserved.equals(second.unserved)
    assert first.reasons.equals(second.reasons)
    assert first.summary == second.summary


@settings(max_examples=60, deadline=None)
@given(problems())
def test_an_unserved_order_could_not_have_been_shipped_with_what_was_left(problem: Problem) -> None:
    """What the plan left over, alone with one unserved order, still does not serve it (merging aside)."""
    problem = replace(problem, policy=replace(problem.policy, merge=False))
    plan = nearest_then_cheapest(problem)
    used = plan.picks.group_by("node", "sku", "lot").agg(pl.col("qty").sum().cast(pl.Int64).alias("used"))
    stock = problem.stock.join(used, on=["node", "sku", "lot"], how="left").with_columns(
        pl.col("qty") - pl.col("used").fill_null(0)
    )
    sent = plan.parcels.group_by("node").len("sent")
    nodes = problem.nodes.join(sent, on="node", how="left").with_columns(
        pl.col("throughput") - pl.col("sent").fill_null(0)
    )
    taken = plan.parcels.group_by("carrier").len("taken")
    carriers = problem.carriers.join(taken, on="carrier", how="left").with_columns(
        pl.col("capacity") - pl.col("taken").fill_null(0)
    )
    for order_id in plan.unserved["order_id"]:
        alone = replace(
            problem,
            orders=problem.orders.filter(pl.col("order_id") == order_id),
            lines=problem.lines.filter(pl.col("order_id") == order_id),
            stock=stock.drop("used"),
            nodes=nodes.drop("sent"),
            carriers=carriers.drop("taken"),
        )
        assert nearest_then_cheapest(alone).summary.served == 0


def test_a_quiet_night_ships_everything_from_the_nearest_node_with_the_cheapest_carrier() -> None:
    plan = plan_of(quiet_night())
    assert plan.parcels.to_dicts() == [
        {
            "parcel_id": "P0000001",
            "orders": ["O1"],
            "node": "shanghai",
            "carrier": "ZTO",
            "layer": "ambient",
            "kg": 5.0,
            "cost_yuan": 5.5,
        },
        {
            "parcel_id": "P0000002",
            "orders": ["O2"],
            "node": "shanghai",
            "carrier": "ZTO",
            "layer": "ambient",
            "kg": 12.0,
            "cost_yuan": 9.0,
        },
    ]
    assert plan.summary.cost_yuan == 14.5
    assert plan.summary.relaxations == ()


def test_the_baseline_proves_nothing_and_says_so() -> None:
    summary = plan_of(quiet_night()).summary
    assert summary.method == "nearest_then_cheapest"
    assert (summary.lower_bound_yuan, summary.gap, summary.shadow_prices, summary.seconds) == (None, None, None, None)


def test_scarce_stock_goes_to_the_earliest_paid_order() -> None:
    late, early = order("A", ("rice", 1), paid=9), order("B", ("rice", 1), paid=1)
    plan = plan_of(quiet_night(orders=[late, early], stock=[lot("shanghai", "rice", 1)]))
    assert plan.picks["order_id"].to_list() == ["B"]
    assert plan.unserved.rows() == [("A", WhyUnserved.OUT_OF_STOCK, "rice: 0 of 1")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=6), st.integers(1, 3))
def test_an_earlier_paid_order_never_loses_to_a_later_one_for_the_last_units(paid: list[int], units: int) -> None:
    orders = [order(f"O{i}", ("rice", 1), paid=seconds) for i, seconds in enumerate(paid)]
    plan = plan_of(quiet_night(orders=orders, stock=[lot("shanghai", "rice", units)]))
    queue = sorted((seconds, f"O{i}") for i, seconds in enumerate(paid))
    assert sorted(plan.picks["order_id"]) == sorted(name for _, name in queue[:units])


def test_a_farther_node_ships_when_the_nearest_is_out_and_the_room_can_say_why() -> None:
    plan = plan_of(
        quiet_night(orders=[order("O1", ("rice", 2))], stock=[lot("shanghai", "rice", 1), lot("hefei", "rice", 5)])
    )
    reason = plan.reasons.row(0, named=True)
    assert reason["node"] == "hefei"
    assert reason["km"] == pytest.approx(413, abs=5)
    assert reason["rejected"] == [
        Alternative("shanghai", None, None, WhyNot.SHORT_OF_STOCK, "rice: 1 of 2")._asdict(),
        Alternative("chengdu", None, None, WhyNot.LATER_IN_ORDER, "1659 km")._asdict(),
    ]


def test_priority_goes_before_distance() -> None:
    nodes = [node("a_store", at=HEFEI, priority=0), node("shanghai", at=SHANGHAI, priority=1)]
    stock = [lot("a_store", "rice", 5), lot("shanghai", "rice", 5)]
    offers = [offer("a_store", "ZTO"), offer("shanghai", "ZTO")]
    assert nodes_of(
        plan_of(quiet_night(orders=[order("O1", ("rice", 1))], nodes=nodes, stock=stock, offers=offers)), "O1"
    ) == ["a_store"]


def test_nodes_without_a_priority_column_go_by_distance_then_id() -> None:
    problem = quiet_night(
        nodes=[node("b"), node("a")],
        stock=[lot("b", "rice", 9), lot("a", "rice", 9), lot("b", "oil", 9), lot("a", "oil", 9)],
        offers=[offer("a", "SF"), offer("b", "SF")],
    )
    plan = plan_of(replace(problem, nodes=problem.nodes.drop("priority")))
    assert set(plan.parcels["node"]) == {"a"}


def test_the_whole_basket_at_one_farther_node_beats_a_split_over_two_near_ones() -> None:
    stock = [lot("shanghai", "rice", 9), lot("hefei", "oil", 9), lot("chengdu", "rice", 9), lot("chengdu", "oil", 9)]
    plan = plan_of(quiet_night(orders=[order("O1", ("rice", 1), ("oil", 1))], stock=stock))
    assert nodes_of(plan, "O1") == ["chengdu"]


def test_a_basket_that_no_node_holds_is_split_over_the_fewest_nodes() -> None:
    skus = [sku(name) for name in ("rice", "oil", "salt")]
    stock = [lot("shanghai", "rice", 9), lot("hefei", "oil", 9), lot("hefei", "rice", 9), lot("chengdu", "salt", 9)]
    plan = plan_of(quiet_night(orders=[order("O1", ("rice", 1), ("oil", 1), ("salt", 1))], skus=skus, stock=stock))
    assert nodes_of(plan, "O1") == ["chengdu", "hefei"]
    assert plan.reasons["nodes"].to_list() == [["hefei", "chengdu"]]
    assert plan.summary.split_orders == 1


def test_a_loose_line_may_be_torn_by_quantity_and_a_kit_may_not() -> None:
    stock = [lot("shanghai", "rice", 2), lot("hefei", "rice", 2)]
    loose = plan_of(quiet_night(orders=[order("O1", ("rice", 3))], stock=stock))
    assert loose.picks.select("node", "qty").rows() == [("shanghai", 2), ("hefei", 1)]
    kit = plan_of(quiet_night(orders=[order("O1", ("rice", 3, "K"))], stock=stock))
    assert kit.unserved.rows() == [("O1", WhyUnserved.KIT_NOT_TOGETHER, "K, ambient")]


def test_a_torn_line_joins_the_parcel_its_node_already_packs_for_the_order() -> None:
    stock = [lot("shanghai", "rice", 2), lot("shanghai", "oil", 1), lot("hefei", "rice", 1)]
    plan = plan_of(quiet_night(orders=[order("O1", ("rice", 3), ("oil", 1))], stock=stock))
    assert plan.parcels.select("node", "kg").rows() == [("shanghai", 12.0), ("hefei", 5.0)]


def test_the_layers_of_a_kit_may_leave_from_different_nodes() -> None:
    stock = [lot("shanghai", "fish", 1), lot("hefei", "rice", 1)]
    plan = plan_of(quiet_night(orders=[order("O1", ("rice", 1, "K"), ("fish", 1, "K"))], stock=stock))
    assert plan.parcels.sort("node").select("node", "layer").rows() == [("hefei", "ambient"), ("shanghai", "chilled")]


def test_mixed_layers_leave_in_one_parcel_each() -> None:
    plan = plan_of(quiet_night(orders=[order("O1", ("rice", 1), ("fish", 1))]))
    assert plan.parcels.select("node", "layer", "carrier").sort("layer").rows() == [
        ("shanghai", "ambient", "ZTO"),
        ("shanghai", "chilled", "SF"),
    ]


def test_two_orders_of_one_buyer_and_region_share_a_parcel_when_merging_is_on() -> None:
    orders = [
        order("O1", ("rice", 1), buyer="anna"),
        order("O2", ("oil", 1), buyer="anna", paid=5),
        order("O3", ("oil", 1), buyer="bo"),
    ]
    merged = plan_of(quiet_night(orders=orders))
    assert merged.parcels["orders"].to_list() == [["O1", "O2"], ["O3"]]
    assert merged.parcels["kg"].to_list() == [7.0, 2.0]
    apart = plan_of(quiet_night(orders=orders, policy=AllocationPolicy(now=NOW, merge=False)))
    assert apart.parcels["orders"].to_list() == [["O1"], ["O3"], ["O2"]]


def test_a_parcel_that_grows_by_merging_changes_to_the_carrier_now_cheapest() -> None:
    orders = [order("O1", ("rice", 1), buyer="anna"), order("O2", ("rice", 3), buyer="anna", paid=1)]
    offers = [offer("shanghai", "LIGHT", fixed=1, per_kg=2), offer("shanghai", "HEAVY", fixed=10, per_kg=0.5)]
    carriers = [carrier("LIGHT"), carrier("HEAVY")]
    plan = plan_of(quiet_night(orders=orders, offers=offers, carriers=carriers))
    assert plan.parcels.select("carrier", "kg", "cost_yuan").rows() == [("HEAVY", 20.0, 20.0)]


def test_a_merged_order_needs_no_further_place_at_a_full_node() -> None:
    orders = [order("O1", ("rice", 1), buyer="anna"), order("O2", ("rice", 1), buyer="anna", paid=1)]
    plan = plan_of(
        quiet_night(
            orders=orders,
            nodes=[node("shanghai", throughput=1)],
            stock=[lot("shanghai", "rice", 9)],
            offers=[offer("shanghai", "ZTO")],
        )
    )
    assert plan.parcels["orders"].to_list() == [["O1", "O2"]]


def test_a_full_node_passes_its_orders_on() -> None:
    nodes = [node("shanghai", throughput=1), node("hefei", at=HEFEI)]
    stock = [lot("shanghai", "rice", 9), lot("hefei", "rice", 9)]
    orders = [order("O1", ("rice", 1)), order("O2", ("rice", 1), paid=1)]
    plan = plan_of(
        quiet_night(orders=orders, nodes=nodes, stock=stock, offers=[offer("shanghai", "ZTO"), offer("hefei", "ZTO")])
    )
    assert plan.parcels["node"].to_list() == ["shanghai", "hefei"]
    assert plan.reasons["rejected"][1].to_list() == [
        Alternative("shanghai", None, None, WhyNot.NODE_FULL, "0 of 1 parcels")._asdict()
    ]


def test_a_carrier_without_places_gives_way_to_the_next_cheapest_and_capacity_is_never_relaxed() -> None:
    orders = [order(f"O{i}", ("rice", 1), paid=i) for i in range(3)]
    plan = plan_of(quiet_night(orders=orders, carriers=[carrier("ZTO", capacity=1), carrier("SF", capacity=1)]))
    assert plan.parcels["carrier"].to_list() == ["ZTO", "SF"]
    assert plan.unserved["reason"].to_list() == [WhyUnserved.CARRIERS_FULL]
    assert plan.summary.cost_yuan == 5.5 + 14.0 + 200.0


def test_a_max_share_holds_while_another_carrier_has_places() -> None:
    orders = [order(f"O{i}", ("rice", 1), paid=i) for i in range(10)]
    plan = plan_of(quiet_night(orders=orders, carriers=[carrier("ZTO", max_share=0.6), carrier("SF", max_share=0.5)]))
    assert plan.parcels["carrier"].value_counts().sort("carrier").rows() == [("SF", 4), ("ZTO", 6)]
    assert plan.summary.relaxations == ()


def test_a_max_share_gives_way_before_an_order_stays_unserved_and_the_summary_counts_it() -> None:
    orders = [order(f"O{i}", ("rice", 1), paid=i) for i in range(10)]
    plan = plan_of(quiet_night(orders=orders, carriers=[carrier("ZTO", max_share=0.6), carrier("SF", max_share=0.2)]))
    assert plan.summary.served == 10
    (relaxed,) = plan.summary.relaxations
    assert (relaxed.rule, relaxed.carrier, relaxed.parcels) == (RelaxedRule.MAX_SHARE, "ZTO", 2)
    assert (relaxed.share, relaxed.limit, relaxed.charged_yuan) == (0.8, 0.6, 0.0)


def test_a_share_with_one_place_left_gives_way_to_an_order_that_needs_two() -> None:
    """Five parcels expected, 20 % of them is one place; found by the left-over test above."""
    orders = [
        order("O1", ("rice", 9)),
        order("O2", ("rice", 1), ("fish", 1), paid=1),
        order("O3", ("rice", 1), ("fish", 9), paid=2),
    ]
    carriers = [carrier("ZTO", capacity=0), carrier("SF", capacity=2, max_share=0.2)]
    stock = [lot("shanghai", "rice", 1), lot("shanghai", "fish", 1)]
    plan = plan_of(quiet_night(orders=orders, carriers=carriers, stock=stock))
    assert plan.parcels["orders"].to_list() == [["O2"], ["O2"]]


def test_shares_count_the_parcels_planned_not_those_hoped_for() -> None:
    """Half the orders find no stock: the rule counts again, and ZTO keeps its 60 % of what really leaves."""
    orders = [order(f"O{i}", ("rice", 1), paid=i) for i in range(10)]
    carriers = [carrier("ZTO", max_share=0.6), carrier("SF", max_share=0.5)]
    plan = plan_of(quiet_night(orders=orders, stock=[lot("shanghai", "rice", 5)], carriers=carriers))
    assert plan.parcels["carrier"].value_counts().sort("carrier").rows() == [("SF", 2), ("ZTO", 3)]
    assert plan.summary.relaxations == ()


def test_a_min_share_is_reported_when_it_is_missed() -> None:
    orders = [order(f"O{i}", ("rice", 1), paid=i) for i in range(10)]
    plan = plan_of(quiet_night(orders=orders, carriers=[carrier("ZTO"), carrier("SF", min_share=0.25)]))
    (relaxed,) = plan.summary.relaxations
    assert (relaxed.rule, relaxed.carrier, relaxed.parcels) == (RelaxedRule.MIN_SHARE, "SF", 3)


def test_lots_leave_first_expired_first_out_and_near_expiry_ones_stay() -> None:
    stock = [
        lot("shanghai", "fish", 5, lot="never_expires"),
        lot("shanghai", "fish", 2, lot="late", expiry=date(2026, 12, 20)),
        lot("shanghai", "fish", 2, lot="early", expiry=date(2026, 11, 30)),
        lot("shanghai", "fish", 9, lot="near", expiry=date(2026, 11, 15)),
    ]
    skus = [sku("fish", layer="chilled", shelf_life=10)]
    plan = plan_of(quiet_night(orders=[order("O1", ("fish", 5))], skus=skus, stock=stock))
    assert plan.picks.select("lot", "qty").rows() == [("early", 2), ("late", 2), ("never_expires", 1)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stock": []}, WhyUnserved.OUT_OF_STOCK),
        ({"stock": [lot("shanghai", "rice", 9, expiry=NOW.date())]}, WhyUnserved.NEAR_EXPIRY),
        ({"stock": [lot("hefei", "rice", 9)], "skus": [sku("rice", layer="chilled")]}, WhyUnserved.WRONG_LAYER),
        ({"offers": []}, WhyUnserved.NO_OFFER),
        (
            {
                "nodes": [node("shanghai", throughput=0)],
                "stock": [lot("shanghai", "rice", 9)],
                "offers": [offer("shanghai", "SF")],
            },
            WhyUnserved.NODES_FULL,
        ),
        ({"carriers": [carrier("ZTO", capacity=0), carrier("SF", capacity=0)]}, WhyUnserved.CARRIERS_FULL),
        (
            {
                "orders": [order("O1", ("rice", 1), ("fish", 1))],
                "nodes": [node("shanghai", throughput=1)],
                "skus": [sku("rice"), sku("fish", layer="chilled")],
                "stock": [lot("shanghai", "rice", 1), lot("shanghai", "fish", 1)],
                "offers": [offer("shanghai", "SF"), offer("shanghai", "SF", layer="chilled")],
            },
            WhyUnserved.NOT_TOGETHER,
        ),
        (
            {
                "orders": [order("O1", ("rice", 1, "K"), ("oil", 1, "K"))],
                "stock": [lot("shanghai", "rice", 1), lot("hefei", "oil", 1)],
            },
            WhyUnserved.KIT_NOT_TOGETHER,
        ),
    ],
)
def test_each_reason_for_not_serving_is_told(changes: dict[str, list[dict[str, object]]], reason: WhyUnserved) -> None:
    rows = {
        "orders": [order("O1", ("rice", 1))],
        "skus": [sku("rice"), sku("oil")],
        "stock": [lot("shanghai", "rice", 9)],
    }
    plan = plan_of(quiet_night(**(rows | changes)))
    assert plan.unserved["reason"].to_list() == [reason]
    assert plan.summary.unserved_reasons == {reason: 1}
    assert plan.summary.cost_yuan == 200.0
    assert plan.reasons.row(0, named=True)["node"] is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stock": [lot("near", "rice", 0), lot("far", "rice", 9)]}, WhyNot.SHORT_OF_STOCK),
        ({"stock": [lot("near", "rice", 9, expiry=NOW.date()), lot("far", "rice", 9)]}, WhyNot.NEAR_EXPIRY),
        ({"nodes": [node("near", layers=()), node("far", at=HEFEI)]}, WhyNot.WRONG_LAYER),
        ({"offers": [offer("far", "SF")]}, WhyNot.NO_OFFER),
        ({"nodes": [node("near", throughput=0), node("far", at=HEFEI)]}, WhyNot.NODE_FULL),
        ({"carriers": [carrier("SF"), carrier("ZTO", capacity=0)]}, WhyNot.CARRIERS_FULL),
        ({"carriers": [carrier("SF"), carrier("ZTO", max_share=0.0)]}, WhyNot.SHARES_FULL),
    ],
)
def test_each_reason_against_a_nearer_node_is_told(changes: dict[str, list[dict[str, object]]], why: WhyNot) -> None:
    rows = {
        "orders": [order("O1", ("rice", 1))],
        "nodes": [node("near", at=SHANGHAI), node("far", at=HEFEI)],
        "stock": [lot("near", "rice", 9), lot("far", "rice", 9)],
        "offers": [offer("near", "ZTO"), offer("far", "SF")],
    }
    plan = plan_of(quiet_night(**(rows | changes)))
    reason = plan.reasons.row(0, named=True)
    assert reason["node"] == "far"
    assert [reason["rejected"][0][field] for field in ("node", "why")] == ["near", why]


def test_a_batch_without_orders_is_an_empty_plan() -> None:
    plan = plan_of(quiet_night(orders=[]))
    assert (plan.summary.orders, plan.summary.cost_yuan, plan.picks.height) == (0, 0.0, 0)


def test_a_network_without_nodes_serves_nobody() -> None:
    problem = world(orders=[order("O1", ("rice", 1))], skus=[sku("rice")], nodes=[], stock=[], offers=[], carriers=[])
    assert plan_of(problem).unserved["reason"].to_list() == [WhyUnserved.OUT_OF_STOCK]
