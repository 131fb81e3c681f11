"""Which offers are dearer than their tariff, because their carrier costs more there than it asks for?

As with stops, the longest prefix wins: a surcharge for "31" says wider offers ("") again for "31", dearer by it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from engine.allocation.stops import KEY


class Surcharge(NamedTuple):
    """`yuan` more a parcel that `carrier` takes to divisions beginning with `region`."""

    carrier: str
    region: str
    yuan: float


def with_surcharges(offers: pl.DataFrame, surcharges: Iterable[Surcharge]) -> pl.DataFrame:
    """The offers with what is expected to be lost added to `late_yuan`, the expected costs that no tariff names.

    Several surcharges of a carrier on one region add up.
    """
    sums: dict[tuple[str, str], float] = {}
    for carrier, region, yuan in surcharges:
        sums[carrier, region] = sums.get((carrier, region), 0.0) + yuan
    for carrier, region in sorted(sums, key=lambda key: (len(key[1]), key)):
        mine = pl.col("carrier") == carrier
        wider = offers.filter(mine, pl.lit(region).str.starts_with(pl.col("region")))
        again = (
            wider.sort(pl.col("region").str.len_chars(), descending=True, maintain_order=True)
            .unique(["node", "carrier", "layer"], keep="first", maintain_order=True)
            .with_columns(region=pl.lit(region))
        )
        offers = pl.concat([offers, again]).unique(KEY, keep="first", maintain_order=True)
    # Narrow regions last, so that what is said again for them has not been made dearer before.
    for (carrier, region), yuan in sums.items():
        concerned = (pl.col("carrier") == carrier) & pl.col("region").str.starts_with(region)
        offers = offers.with_columns(
            late_yuan=pl.when(concerned).then(pl.col("late_yuan") + yuan).otherwise(pl.col("late_yuan"))
        )
    return offers
