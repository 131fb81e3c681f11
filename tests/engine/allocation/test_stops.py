"""A stopped carrier is gone where it is stopped, and nowhere else."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.barriers import Barriers
from engine.allocation.planner import plan_batch
from engine.allocation.problem import check_problem
from engine.allocation.stops import without_stops
from tests.engine.allocation.worlds import offer, order, quiet_night
from tests.reference.allocation import longest_prefix_offers

REGIONS = ("310115", "310104", "310230", "320106", "320508", "110105", "650102")
PREFIXES = ("", "31", "32", "3101", "3102", "310115", "320106", "11")

offers_of_two = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(PREFIXES), st.integers(1, 90)),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=300, deadline=None)
@given(
    rows=offers_of_two,
    stops=st.lists(st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(PREFIXES)), max_size=3),
    regions=st.lists(st.sampled_from(REGIONS), min_size=1, max_size=6),
)
def test_the_offers_left_are_those_of_carriers_that_are_not_stopped_there(
    rows: list[tuple[str, str, int]], stops: list[tuple[str, str]], regions: list[str]
) -> None:
    before = pl.DataFrame([offer("N", carrier, region=prefix, fixed=float(yuan)) for carrier, prefix, yuan in rows])
    after = without_stops(before, stops, regions=pl.Series(regions))
    assert not after.select("node", "region", "carrier", "layer").is_duplicated().any()
    for region in regions:
        wanted, left = (
            {
                carrier: row["fixed_yuan"]
                for carrier, row in longest_prefix_offers(
                    frame.to_dicts(), node="N", layer="ambient", region=region
                ).items()
            }
            for frame in (before, after)
        )
        stopped = {carrier for carrier, prefix in stops if region.startswith(prefix)}
        assert left == {carrier: yuan for carrier, yuan in wanted.items() if carrier not in stopped}


def test_a_problem_behind_barriers_is_still_a_problem_and_is_planned_around_them() -> None:
    orders = [order("O1", ("rice", 1)), order("O2", ("rice", 1), region="110105")]
    problem = quiet_night(orders=orders)
    first = plan_batch(problem).picks.row(0, named=True)
    barred = Barriers(stops=frozenset({(first["carrier"], "31")})).before(problem)
    check_problem(barred)
    carriers = dict(plan_batch(barred).picks.select("order_id", "carrier").iter_rows())
    assert carriers.get("O1") != first["carrier"]
    assert carriers["O2"] == dict(plan_batch(problem).picks.select("order_id", "carrier").iter_rows())["O2"]
    closed = Barriers(nodes=frozenset({first["node"]}), lots=frozenset({"no such lot"})).before(problem)
    check_problem(closed)
    assert first["node"] not in plan_batch(closed).picks["node"].to_list()
