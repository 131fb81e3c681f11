"""The checker must cry out at every planted fault, and agree with the slow reference on plans broken at random."""

import ast
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.feasibility import MOST_PER_RULE, violations
from engine.allocation.plan import Plan, Relaxation, RelaxedRule, shares_broken
from engine.allocation.problem import AllocationPolicy, Problem
from engine.settings import ROOT
from tests.engine.allocation.worlds import NOW, carrier, lot, node, offer, order, problems, quiet_night, sku
from tests.reference.allocation import keeps_every_rule


def with_true_summary(problem: Problem, plan: Plan) -> Plan:
    """The plan with figures that follow from its frames, so that only the planted fault is left to find."""
    counts = dict(plan.parcels["carrier"].value_counts().iter_rows())
    limits = list(problem.carriers.select("carrier", "min_share", "max_share").iter_rows())
    return replace(
        plan,
        summary=replace(
            plan.summary,
            served=plan.picks["order_id"].n_unique(),
            unserved=plan.unserved.height,
            parcels=plan.parcels.height,
            parcel_cost_yuan=plan.parcels["cost_yuan"].sum(),
            unserved_cost_yuan=problem.policy.unserved_yuan * plan.unserved.height,
            cost_yuan=plan.parcels["cost_yuan"].sum() + problem.policy.unserved_yuan * plan.unserved.height,
            relaxations=shares_broken(counts, limits=limits),
        ),
    )


def planted(problem: Problem, **frames: pl.DataFrame) -> list[str]:
    """What the checker says about the problem's plan after some of its frames were replaced."""
    plan = nearest_then_cheapest(problem)
    assert violations(problem, plan) == []
    return violations(problem, with_true_summary(problem, replace(plan, **frames)))


def edited(frame: pl.DataFrame, row: int, **cells: object) -> pl.DataFrame:
    rows = frame.to_dicts()
    rows[row] |= cells
    return pl.DataFrame(rows, schema=frame.schema)


def test_the_checker_shares_no_code_with_the_rules_that_plan() -> None:
    own = {"feasibility", "numbered", "goods_checks", "lot_checks", "figure_checks"}
    for module in own:
        tree = ast.parse((ROOT / "engine" / "allocation" / f"{module}.py").read_text(encoding="utf-8"))
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        engine = {name.removeprefix("engine.allocation.") for name in imported | names if name.startswith("engine")}
        assert engine <= own | {"plan", "problem"}, module


def test_one_oversold_unit_is_found() -> None:
    problem = quiet_night(orders=[order("O1", ("rice", 10))])
    plan = nearest_then_cheapest(problem)
    short = replace(problem, stock=edited(problem.stock, 0, qty=9))
    assert violations(short, plan) == ["Node shanghai ships 10 of rice lot L1 and has 9."]


def test_units_from_a_lot_that_lies_nowhere_or_elsewhere_are_found() -> None:
    stock = [lot("shanghai", "rice", 9), lot("hefei", "rice", 9, lot="L2")]
    problem = quiet_night(orders=[order("O1", ("rice", 2)), order("O2", ("rice", 3), paid=1)], stock=stock)
    picks = nearest_then_cheapest(problem).picks
    for strange in ("L2", "L7"):
        said = planted(problem, picks=edited(picks, 1, lot=strange))
        assert said == [f"Node shanghai ships 3 of rice lot {strange} and has 0."]
    assert "Node shanghai ships 3 of rice lot None and has 0." in planted(problem, picks=edited(picks, 1, lot=None))


@pytest.mark.parametrize("qty", [0, -1, None])
def test_a_pick_of_nothing_is_found(qty: int | None) -> None:
    picks = nearest_then_cheapest(quiet_night()).picks
    said = planted(quiet_night(), picks=edited(picks, 0, qty=qty))
    assert f"Order O1 picks {qty} of rice." in said
    assert f"Order O1 asks for 1 of rice and gets {qty or 0}." in said


def test_units_too_many_and_goods_nobody_asked_for_are_found() -> None:
    picks = nearest_then_cheapest(quiet_night()).picks
    assert "Order O1 asks for 1 of rice and gets 2." in planted(quiet_night(), picks=edited(picks, 0, qty=2))
    assert "Order O1 asks for 0 of oil and gets 1." in planted(quiet_night(), picks=edited(picks, 0, sku="oil"))


@pytest.mark.parametrize("column", ["order_id", "sku", "parcel_id"])
@pytest.mark.parametrize("strange", ["X9", None])
def test_a_pick_of_something_unknown_is_found(column: str, strange: str | None) -> None:
    picks = nearest_then_cheapest(quiet_night()).picks
    said = planted(quiet_night(), picks=edited(picks, 0, **{column: strange}))
    assert f"The plan mentions {column} {strange}, which nothing else knows." in said


def test_a_stranger_among_the_unserved_and_an_order_unserved_twice_are_found() -> None:
    plan = nearest_then_cheapest(quiet_night(orders=[order("O1", ("rice", 99))]))
    assert plan.unserved.height == 1
    problem = quiet_night(orders=[order("O1", ("rice", 99))])
    strange = planted(problem, unserved=plan.unserved.with_columns(order_id=pl.lit("O9")))
    assert strange == ["The plan mentions order_id O9, which nothing else knows."]
    twice = planted(problem, unserved=pl.concat([plan.unserved, plan.unserved]))
    assert twice == ["Order O1 is listed as unserved twice."]


def test_a_missing_line_is_found() -> None:
    plan = nearest_then_cheapest(quiet_night())
    said = planted(quiet_night(), picks=plan.picks.filter(pl.col("sku") != "oil"))
    assert "Order O2 asks for 1 of oil and gets 0." in said


def test_an_order_forgotten_altogether_is_found() -> None:
    plan = nearest_then_cheapest(quiet_night())
    said = planted(quiet_night(), picks=plan.picks.head(1), parcels=plan.parcels.head(1))
    assert "Order O2 asks for 2 of rice and gets 0." in said


def test_an_order_both_served_and_unserved_is_found() -> None:
    plan = nearest_then_cheapest(quiet_night())
    said = planted(
        quiet_night(),
        unserved=pl.DataFrame([("O1", "out_of_stock", "")], schema=plan.unserved.schema, orient="row"),
    )
    assert "Order O1 is served and unserved." in said


def test_chilled_goods_on_an_ambient_node_are_found() -> None:
    problem = quiet_night(orders=[order("O1", ("fish", 1))])
    plan = nearest_then_cheapest(problem)
    warm = replace(problem, nodes=problem.nodes.with_columns(layers=pl.lit(["ambient"])))
    assert violations(warm, plan) == ["Parcel P0000001 is chilled, which node shanghai cannot keep."]


def test_goods_in_a_parcel_of_another_layer_are_found() -> None:
    problem = quiet_night(orders=[order("O1", ("fish", 1))])
    plan = nearest_then_cheapest(problem)
    said = planted(problem, parcels=edited(plan.parcels, 0, layer="ambient"))
    assert "Parcel P0000001 is ambient but holds fish, which is chilled." in said


def test_a_parcel_of_no_known_layer_is_found() -> None:
    plan = nearest_then_cheapest(quiet_night())
    for layer in ("warm", None):
        said = planted(quiet_night(), parcels=edited(plan.parcels, 0, layer=layer))
        assert f"Parcel P0000001 is {layer} but holds rice, which is ambient." in said
        assert f"Parcel P0000001 is {layer}, which node shanghai cannot keep." in said


def test_days_are_left_from_the_pick_up_in_beijing_not_from_now() -> None:
    problem = quiet_night(
        orders=[order("O1", ("rice", 1))],
        skus=[sku("rice", shelf_life=365)],
        stock=[lot("shanghai", "rice", 9, expiry=date(2026, 12, 27))],
    )
    plan = nearest_then_cheapest(problem)
    assert violations(problem, plan) == []
    for hours, days in ((3, None), (5, 45)):  # handed over at 23:00, at 01:00
        later = replace(problem, nodes=problem.nodes.with_columns(cutoff_at=pl.lit(NOW + timedelta(hours=hours))))
        said = f"Node shanghai ships rice lot L1 with {days} days left; more than 45 must be left."
        assert violations(later, plan) == ([said] if days else [])


def test_a_near_expiry_lot_is_found() -> None:
    problem = quiet_night(
        orders=[order("O1", ("rice", 1))], skus=[sku("rice", shelf_life=365)], stock=[lot("shanghai", "rice", 9)]
    )
    plan = nearest_then_cheapest(problem)
    near = replace(problem, stock=edited(problem.stock, 0, expiry=date(2026, 12, 26)))
    assert violations(near, plan) == ["Node shanghai ships rice lot L1 with 45 days left; more than 45 must be left."]


def test_a_later_lot_before_an_earlier_one_is_found() -> None:
    stock = [lot("shanghai", "rice", 9, lot="A", expiry=date(2027, 5, 1)), lot("shanghai", "rice", 9, lot="B")]
    problem = quiet_night(orders=[order("O1", ("rice", 1))], stock=stock)
    plan = nearest_then_cheapest(problem)
    said = planted(problem, picks=edited(plan.picks, 0, lot="B"))
    assert said == ["Node shanghai ships rice lot B while A expires earlier and has units left."]


def test_a_lot_without_an_expiry_leaves_last_and_lots_of_one_day_in_any_order() -> None:
    orders = [order("O1", ("rice", 1))]
    timeless = quiet_night(
        orders=orders,
        stock=[lot("shanghai", "rice", 9, lot="A", expiry=date(2027, 5, 1)), lot("shanghai", "rice", 9, lot="B")],
    )
    same_day = quiet_night(
        orders=orders, stock=[lot("shanghai", "rice", 9, lot=name, expiry=date(2027, 5, 1)) for name in ("A", "B")]
    )
    picks = nearest_then_cheapest(timeless).picks
    assert planted(timeless, picks=edited(picks, 0, lot="B")) == [
        "Node shanghai ships rice lot B while A expires earlier and has units left."
    ]
    assert planted(same_day, picks=edited(picks, 0, lot="B")) == []


def test_a_stale_lot_may_be_passed_over() -> None:
    stock = [lot("shanghai", "rice", 9, lot="A", expiry=date(2026, 11, 20)), lot("shanghai", "rice", 9, lot="B")]
    problem = quiet_night(orders=[order("O1", ("rice", 1))], stock=stock)
    plan = nearest_then_cheapest(problem)
    assert plan.picks["lot"].to_list() == ["B"]
    assert violations(problem, plan) == []


def test_a_carrier_over_capacity_and_a_node_over_throughput_are_found() -> None:
    problem = quiet_night()
    plan = nearest_then_cheapest(problem)
    tight = replace(
        problem,
        carriers=problem.carriers.with_columns(capacity=pl.lit(1, dtype=pl.Int64)),
        nodes=problem.nodes.with_columns(throughput=pl.lit(1, dtype=pl.Int64)),
    )
    assert violations(tight, plan) == [
        "Node shanghai sends 2 parcels and can send 1.",
        "Carrier ZTO takes 2 parcels and can take 1.",
    ]


def test_a_share_broken_in_silence_is_found() -> None:
    problem = quiet_night(carriers=[carrier("ZTO", max_share=0.5), carrier("SF", capacity=0)])
    plan = nearest_then_cheapest(problem)
    silent = replace(plan, summary=replace(plan.summary, relaxations=()))
    assert violations(problem, plan) == []
    assert violations(problem, silent) == [
        "Carrier ZTO takes 2 of 2 parcels, 1 off max_share, and the summary states 0."
    ]


def test_a_least_share_missed_in_silence_and_one_made_up_are_found() -> None:
    problem = quiet_night(carriers=[carrier("ZTO"), carrier("SF", min_share=0.5)])
    plan = nearest_then_cheapest(problem)
    (stated,) = plan.summary.relaxations
    assert violations(problem, plan) == []

    def saying(*relaxations: Relaxation) -> list[str]:
        return violations(problem, replace(plan, summary=replace(plan.summary, relaxations=relaxations)))

    assert saying() == ["Carrier SF takes 0 of 2 parcels, 1 off min_share, and the summary states 0."]
    assert saying(replace(stated, parcels=2)) == [
        "Carrier SF takes 0 of 2 parcels, 1 off min_share, and the summary states 2."
    ]
    assert saying(stated, replace(stated, rule=RelaxedRule.MAX_SHARE)) == [
        "Carrier SF takes 0 of 2 parcels, 0 off max_share, and the summary states 1."
    ]
    assert saying(stated, replace(stated, carrier="UFO")) == [
        "The summary states a min_share of carrier UFO, which nothing else knows."
    ]


def test_a_kit_sent_from_two_nodes_is_torn_but_one_in_two_layers_is_not() -> None:
    problem = quiet_night(orders=[order("O1", ("rice", 1, "K"), ("fish", 1, "K"))])
    plan = nearest_then_cheapest(problem)
    assert plan.parcels.height == 2
    assert violations(problem, plan) == []
    problem = quiet_night(orders=[order("O1", ("rice", 1, "K"), ("oil", 1, "K"))])
    plan = nearest_then_cheapest(problem)
    halves = pl.concat([plan.parcels, plan.parcels.with_columns(parcel_id=pl.lit("P2"), node=pl.lit("hefei"))])
    row = plan.picks["sku"].to_list().index("oil")
    said = planted(problem, picks=edited(plan.picks, row, parcel_id="P2", node="hefei"), parcels=halves)
    assert "Order O1: a kit's ambient goods are torn apart." in said


def test_a_torn_kit_is_found() -> None:
    problem = quiet_night(orders=[order("O1", ("rice", 1), ("oil", 1))])
    plan = nearest_then_cheapest(problem)
    torn = replace(
        plan,
        picks=edited(plan.picks, 0, parcel_id="P2"),
        parcels=pl.concat([plan.parcels, plan.parcels.with_columns(parcel_id=pl.lit("P2"))]),
    )
    kit = replace(problem, lines=problem.lines.with_columns(kit=pl.lit("K")))
    assert "Order O1: a kit's ambient goods are torn apart." in violations(kit, torn)
    assert not any("torn" in said for said in violations(problem, torn))


def test_two_kits_that_fit_two_parcels_only_one_way_round_are_not_called_torn() -> None:
    stock = [lot("shanghai", "rice", 3), lot("hefei", "rice", 1), lot("hefei", "oil", 1)]
    problem = quiet_night(orders=[order("O1", ("rice", 1, "A"), ("oil", 1, "A"), ("rice", 3, "B"))], stock=stock)
    plan = nearest_then_cheapest(problem)
    assert plan.parcels.height == 2
    assert violations(problem, plan) == []


def test_strangers_sharing_a_parcel_are_found() -> None:
    together = quiet_night(
        orders=[order("O1", ("rice", 1), buyer="anna"), order("O2", ("oil", 1), buyer="anna", paid=1)]
    )
    plan = nearest_then_cheapest(together)
    assert plan.parcels.height == 1
    strangers = replace(together, orders=edited(together.orders, 1, buyer="bo"))
    assert violations(strangers, plan) == ["Parcel P0000001 holds orders of several buyers or regions."]
    afar = replace(together, orders=edited(together.orders, 1, region="310104"))
    assert violations(afar, plan) == ["Parcel P0000001 holds orders of several buyers or regions."]
    unmerged = replace(together, policy=AllocationPolicy(now=NOW, merge=False))
    assert violations(unmerged, plan) == ["Parcel P0000001 holds several orders, and the policy forbids merging."]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"cost_yuan": 5.4}, "Parcel P0000001 costs 5.5 yuan and says 5.4."),
        ({"cost_yuan": float("nan")}, "Parcel P0000001 costs 5.5 yuan and says nan."),
        ({"cost_yuan": None}, "Parcel P0000001 costs 5.5 yuan and says None."),
        ({"cost_yuan": float("inf")}, "Parcel P0000001 costs 5.5 yuan and says inf."),
        ({"kg": 4.0}, "Parcel P0000001 weighs 5.0 kg and says 4.0."),
        ({"kg": None}, "Parcel P0000001 weighs 5.0 kg and says None."),
        ({"orders": []}, "Parcel P0000001 lists [] but holds goods of ['O1']."),
        ({"orders": None}, "Parcel P0000001 lists None but holds goods of ['O1']."),
        ({"orders": ["O1", "O1"]}, "Parcel P0000001 lists ['O1', 'O1'] but holds goods of ['O1']."),
        ({"orders": ["O9"]}, "Parcel P0000001 lists ['O9'] but holds goods of ['O1']."),
        ({"orders": [None]}, "Parcel P0000001 lists [None] but holds goods of ['O1']."),
        ({"orders": ["O1", "O2"]}, "Parcel P0000001 lists ['O1', 'O2'] but holds goods of ['O1']."),
        ({"carrier": "SF"}, "Order O1 picks at another node or carrier than parcel P0000001."),
        ({"node": "hefei"}, "Order O1 picks at another node or carrier than parcel P0000001."),
        ({"carrier": "UFO"}, "The plan mentions carrier UFO, which nothing else knows."),
        ({"node": "atlantis"}, "The plan mentions node atlantis, which nothing else knows."),
        ({"parcel_id": "P9"}, "The plan mentions parcel_id P0000001, which nothing else knows."),
        ({"parcel_id": "P0000002"}, "Parcel P0000002 is listed twice."),
    ],
)
def test_a_parcel_that_lies_about_itself_is_found(cells: dict[str, object], said: str) -> None:
    plan = nearest_then_cheapest(quiet_night())
    assert said in planted(quiet_night(), parcels=edited(plan.parcels, 0, **cells))


def test_a_carrier_that_makes_no_such_offer_is_found() -> None:
    problem = quiet_night(offers=[offer("shanghai", "ZTO", region="31")])
    plan = nearest_then_cheapest(problem)
    elsewhere = replace(problem, orders=problem.orders.with_columns(region=pl.lit("510104")))
    assert "Parcel P0000001: ZTO makes no offer from shanghai to 510104 for ambient goods." in violations(
        elsewhere, plan
    )


@pytest.mark.parametrize(
    "name", ["orders", "served", "unserved", "parcels", "cost_yuan", "parcel_cost_yuan", "unserved_cost_yuan"]
)
def test_a_summary_that_lies_is_found(name: str) -> None:
    problem = quiet_night()
    plan = nearest_then_cheapest(problem)
    lying = replace(plan, summary=replace(plan.summary, **{name: getattr(plan.summary, name) + 1}))
    (said,) = violations(problem, lying)
    assert said.startswith("The summary says ")


def test_a_bound_above_the_cost_is_found() -> None:
    problem = quiet_night()
    plan = nearest_then_cheapest(problem)
    boasting = replace(plan, summary=replace(plan.summary, lower_bound_yuan=15.0))
    assert violations(problem, boasting) == ["The summary claims a lower bound of 15.0 yuan above the cost of 14.5."]
    empty = replace(plan, summary=replace(plan.summary, lower_bound_yuan=float("nan")))
    assert violations(problem, empty) == ["The summary claims a lower bound of nan yuan above the cost of 14.5."]


def test_many_faults_of_one_kind_are_counted_not_recited() -> None:
    orders = [order(f"O{i:02d}", ("rice", 1), paid=i) for i in range(MOST_PER_RULE + 5)]
    problem = quiet_night(
        orders=orders, stock=[lot("shanghai", "rice", 99)], nodes=[node("shanghai")], offers=[offer("shanghai", "SF")]
    )
    said = planted(problem, parcels=nearest_then_cheapest(problem).parcels.with_columns(kg=pl.lit(0.0)))
    assert len(said) == MOST_PER_RULE + 1
    assert said[-1] == "... and 5 more like this."


@settings(max_examples=80, deadline=None)
@given(problems(), st.data())
def test_the_checker_and_the_slow_reference_agree_on_plans_broken_at_random(
    problem: Problem, data: st.DataObject
) -> None:
    plan = nearest_then_cheapest(problem)
    picks, parcels = plan.picks.to_dicts(), plan.parcels.to_dicts()
    nodes, carriers = problem.nodes["node"].to_list(), problem.carriers["carrier"].to_list()
    orders = problem.orders["order_id"].to_list()
    for _ in range(data.draw(st.integers(1, 2)) if picks else 0):
        pick = data.draw(st.sampled_from(picks))
        parcel = next(p for p in parcels if p["parcel_id"] == pick["parcel_id"])
        fault = data.draw(
            st.sampled_from(["qty", "lot", "sku", "node", "carrier", "kg", "parcel", "move_node", "move_carrier"])
        )
        if fault == "qty":
            pick["qty"] += data.draw(st.sampled_from([-1, 1]))
        elif fault == "lot":
            pick["lot"] = data.draw(st.sampled_from(["L0", "L1", "L2"]))
        elif fault == "sku":
            pick["sku"] = data.draw(st.sampled_from(problem.skus["sku"].to_list()))
        elif fault == "node":
            pick["node"] = data.draw(st.sampled_from(nodes))
        elif fault == "carrier":
            pick["carrier"] = data.draw(st.sampled_from(carriers))
        elif fault == "kg":
            parcel["kg"] += 0.5
        elif fault == "parcel":
            pick["order_id"] = data.draw(st.sampled_from(orders))
        else:  # the whole parcel moves, consistently: often still a good plan but for its price
            column, choices = ("node", nodes) if fault == "move_node" else ("carrier", carriers)
            parcel[column] = data.draw(st.sampled_from(choices))
            for other in picks:
                if other["parcel_id"] == parcel["parcel_id"]:
                    other[column] = parcel[column]
    broken = with_true_summary(
        problem,
        replace(
            plan,
            picks=pl.DataFrame(picks, schema=plan.picks.schema),
            parcels=pl.DataFrame(parcels, schema=plan.parcels.schema),
        ),
    )
    assert (violations(problem, broken) == []) == keeps_every_rule(problem, broken)
