"""The longest matching prefix wins, per node, carrier and layer."""

from hypothesis import given, settings

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.offers import OfferBook
from engine.allocation.problem import Problem
from tests.engine.allocation.worlds import offer, order, problems, quiet_night
from tests.reference.allocation import longest_prefix_offers


@settings(max_examples=80, deadline=None)
@given(problems())
def test_the_book_finds_what_the_slow_reference_finds(problem: Problem) -> None:
    nodes, carriers = problem.nodes["node"].to_list(), problem.carriers["carrier"].to_list()
    book = OfferBook(problem.offers, nodes=nodes, carriers=carriers)
    for region in ("310115", "310104", "320100", "510104", "31", ""):
        zone = book.zone(region)
        for number, name in enumerate(nodes):
            for layer in ("ambient", "chilled", "frozen"):
                slow = longest_prefix_offers(problem.offers.to_dicts(), node=name, layer=layer, region=region)
                fast = {carriers[o.carrier]: o for o in book.offers(zone, layer, node=number)}
                assert list(fast) == sorted(slow)
                for who, row in slow.items():
                    assert fast[who].flat_yuan == row["fixed_yuan"] + row["late_yuan"]
                    assert fast[who].per_kg_yuan == row["per_kg_yuan"]


def test_a_longer_prefix_counts_even_when_it_is_dearer() -> None:
    offers = [
        offer("shanghai", "ZTO", fixed=1.0),
        offer("shanghai", "ZTO", region="3101", fixed=30.0),
        offer("shanghai", "SF", fixed=20.0),
    ]
    plan = nearest_then_cheapest(quiet_night(orders=[order("O1", ("rice", 1))], offers=offers))
    assert plan.parcels["carrier"].to_list() == ["SF"]


def test_lateness_is_part_of_the_price() -> None:
    offers = [offer("shanghai", "ZTO", fixed=3.0, late=10.0), offer("shanghai", "SF", fixed=9.0)]
    plan = nearest_then_cheapest(quiet_night(orders=[order("O1", ("rice", 1))], offers=offers))
    assert plan.parcels["carrier"].to_list() == ["SF"]


def test_equal_prices_go_to_the_first_carrier_id() -> None:
    offers = [offer("shanghai", "ZTO"), offer("shanghai", "SF")]
    plan = nearest_then_cheapest(quiet_night(orders=[order("O1", ("rice", 1))], offers=offers))
    assert plan.parcels["carrier"].to_list() == ["SF"]
