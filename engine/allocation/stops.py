"""Which offers are left where a carrier is stopped in a region?

An offer names its destinations by prefix, and the longest prefix wins. A stop of "3101" therefore removes offers for
"3101..." and cuts a hole into wider ones ("31", ""): they are said again for every other division that the batch's
orders live in, at the same price, unless the carrier has an offer of its own there.
"""

from collections.abc import Iterable

import polars as pl

KEY = ("node", "region", "carrier", "layer")


def without_stops(offers: pl.DataFrame, stops: Iterable[tuple[str, str]], *, regions: pl.Series) -> pl.DataFrame:
    """Offers less those of stopped carriers. `stops`: (carrier, prefix); `regions`: of the orders to plan."""
    for carrier, stopped in stops:
        concerned = pl.col("carrier") == carrier
        narrower = concerned & pl.col("region").str.starts_with(stopped)
        wider = concerned & ~narrower & pl.lit(stopped).str.starts_with(pl.col("region"))
        holed = offers.filter(wider)
        left = offers.filter(~narrower & ~wider)
        if holed.is_empty():
            offers = left
            continue
        around = _around(stopped, regions)
        again = (
            holed.join(around, how="cross")
            .filter(pl.col("beside").str.starts_with(pl.col("region")), pl.col("beside") != pl.col("region"))
            # Of two wider offers the longer one wins, as it did before.
            .sort(pl.col("region").str.len_chars(), descending=True, maintain_order=True)
            .with_columns(region=pl.col("beside"))
            .select(offers.columns)
        )
        offers = pl.concat([left, again]).unique(KEY, keep="first", maintain_order=True)
    return offers


def _around(stopped: str, regions: pl.Series) -> pl.DataFrame:
    """The divisions beside the stopped one, level by level, that any of `regions` lies in."""
    beside: set[str] = set()
    for length in range(2, len(stopped) + 1, 2):
        parent, own = stopped[: length - 2], stopped[:length]
        cut = regions.str.slice(0, length).unique().to_list()
        beside |= {division for division in cut if division.startswith(parent) and division != own}
    return pl.DataFrame({"beside": sorted(beside)}, schema={"beside": pl.String})
