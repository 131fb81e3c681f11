"""A surcharge makes a carrier dearer exactly where it applies, whatever the prefixes of its offers are."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.allocation.offers import OfferBook
from engine.allocation.surcharges import Surcharge, with_surcharges

PREFIXES = st.sampled_from(["", "31", "3101", "310104", "33"])
REGIONS = ("310104", "310115", "310200", "330100", "110105")
COLUMNS = ("node", "region", "carrier", "layer", "fixed_yuan", "per_kg_yuan", "late_yuan")


def prices(offers: pl.DataFrame, region: str) -> dict[int, float]:
    book = OfferBook(offers, nodes=["WH"], carriers=["A", "B"])
    return {offer.carrier: offer.flat_yuan for offer in book.offers(book.zone(region), "ambient", node=0)}


@given(
    st.lists(st.tuples(st.sampled_from("AB"), PREFIXES, st.integers(1, 9)), max_size=6),
    st.lists(st.builds(Surcharge, st.sampled_from("AB"), PREFIXES, st.integers(1, 5).map(float)), max_size=4),
)
def test_every_region_pays_its_old_price_and_the_surcharges_it_lies_in(
    made: list[tuple[str, str, int]], surcharges: list[Surcharge]
) -> None:
    once = {(carrier, prefix): yuan for carrier, prefix, yuan in made}
    rows = [("WH", prefix, carrier, "ambient", float(yuan), 1.0, 0.5) for (carrier, prefix), yuan in once.items()]
    offers = pl.DataFrame(
        rows, schema=dict(zip(COLUMNS, [pl.String] * 4 + [pl.Float64] * 3, strict=True)), orient="row"
    )
    after = with_surcharges(offers, surcharges)
    for region in REGIONS:
        more = [sum(s.yuan for s in surcharges if s.carrier == c and region.startswith(s.region)) for c in "AB"]
        assert prices(after, region) == {c: yuan + more[c] for c, yuan in prices(offers, region).items()}
