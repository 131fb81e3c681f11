"""Where do allocation problems of any size and temper come from? From a family's name, a size and a seed.

The same three always give the same problem. Goods, nodes and prices are the demo brand's (allocation_network);
the orders, and how scarce everything is beside them, are made here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.allocation.problem import CONTRACTS, UTC_TIME, AllocationPolicy, Problem, check_problem
from engine.bench.allocation_network import (
    brand_kits,
    brand_skus,
    carriers_for,
    districts,
    nodes_for,
    offers_for,
    stock_for,
)
from engine.bench.measure import BenchFailed

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
"""20:00 in Beijing on the great shopping day."""

SHOW = timedelta(hours=2)
"""The orders of a batch were paid within this time before NOW."""

HOME_CITIES = ("3101", "3301")
HOME_SHARE = 0.30
"""The brand has its stores in Shanghai and Hangzhou, and three orders of ten come from there."""

QUANTITIES = (0.75, 0.18, 0.07)
"""How often a line asks for one, two, three units."""

UNSERVED_YUAN, HANDLING_YUAN = 200.0, 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What makes problems alike.

    about: what it tries, in words.
    stock: units that may ship / units asked, for every SKU; `hot_stock` for the ten that sell best.
    places: parcels that all nodes can send / parcels expected.
    cold: share of single lines that ask for chilled or frozen goods; `colder`: the cold chain carrier may take
    three parcels of five, as it must then.
    multi: share of orders with several items; a third of them is a kit.
    repeat: share of orders by somebody who has ordered before in the batch.
    east: the largest warehouse's throughput is multiplied by this; `main`: the main carrier's capacity.
    drifting: what sells and where changes thrice, and payments come in bursts.
    dense: every node makes an offer to every province with every carrier.
    """

    about: str
    stock: float = 1.6
    hot_stock: float = 1.5
    places: float = 1.6
    cold: float = 0.08
    colder: bool = False
    multi: float = 0.15
    repeat: float = 0.06
    east: float = 1.0
    main: float = 1.0
    drifting: bool = False
    dense: bool = False


FAMILIES: Mapping[str, Family] = {
    "loose": Family(about="everything is there"),
    "tight_stock": Family(about="the best sellers are sold to the last unit", stock=1.08, hot_stock=0.99),
    "cold_heavy": Family(about="two orders of five are chilled or frozen", cold=0.4, colder=True),
    "warehouse_nearly_out": Family(about="the largest warehouse can send few parcels more", places=1.3, east=0.2),
    "carrier_cut_30": Family(about="the main carrier takes 30 % less", main=0.7),
    "non_stationary": Family(about="what sells and where changes during the show", stock=1.2, drifting=True),
    "single": Family(about="one SKU an order, nobody orders twice", stock=1.15, hot_stock=1.05, multi=0.0, repeat=0.0),
    "dense_offers": Family(about="every node offers every province every carrier", stock=1.3, dense=True),
}
Whole = npt.NDArray[np.int64]


def make_problem(family: str, *, orders: int, seed: int = 1) -> Problem:
    """The checked problem of so many orders. Raises BenchFailed for a family that FAMILIES does not have."""
    if family not in FAMILIES:
        raise BenchFailed(f"There is no family {family!r}; there are {', '.join(FAMILIES)}.")
    kind = FAMILIES[family]
    rng = np.random.default_rng([seed, *family.encode()])
    skus = brand_skus()
    hot = _popularity(skus, cold=kind.cold, rng=rng)
    who = _orders(orders, kind=kind, rng=rng)
    lines = _lines(who["order_id"], popularity=hot, kind=kind, skus=skus, rng=rng)
    layers = lines.join(skus.select("sku", "layer"), on="sku").join(who.select("order_id", "buyer"), on="order_id")
    parcels = layers.select(pl.struct("buyer", "layer").n_unique()).item()
    nodes = nodes_for(parcels, places=kind.places, now=NOW, rng=rng).with_columns(
        throughput=pl.when(pl.col("node") == "WH-EAST")
        .then((pl.col("throughput") * kind.east).ceil().cast(pl.Int64))
        .otherwise(pl.col("throughput"))
    )
    asked = (
        lines.group_by("sku")
        .agg(pl.col("qty").cast(pl.Int64).sum())
        .sort("qty", "sku", descending=True)
        .with_row_index()
    )
    held = pl.when(pl.col("index") < 10).then(kind.hot_stock).otherwise(kind.stock)
    units = asked.select("sku", (pl.col("qty") * held).ceil().cast(pl.Int64).alias("qty"))
    problem = Problem(
        orders=who,
        lines=lines,
        skus=skus,
        nodes=nodes,
        stock=stock_for(units, nodes=nodes, skus=skus, today=NOW.date(), rng=rng),
        offers=offers_for(nodes, dense=kind.dense, rng=rng),
        carriers=_carriers(parcels, kind=kind),
        policy=AllocationPolicy(now=NOW, unserved_yuan=UNSERVED_YUAN, handling_yuan_per_parcel=HANDLING_YUAN),
    )
    check_problem(problem)
    return problem


def write_problem(problem: Problem, directory: Path) -> None:
    """The seven Parquet files and policy.toml that `python -m engine allocate` reads; the directory is made."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in CONTRACTS:
        problem.frame(name).write_parquet(directory / f"{name}.parquet")
    policy = problem.policy
    (directory / "policy.toml").write_text(
        f"now = {policy.now.isoformat()}\n"
        f"unserved_yuan = {policy.unserved_yuan}\n"
        f"handling_yuan_per_parcel = {policy.handling_yuan_per_parcel}\n"
        f"merge = {str(policy.merge).lower()}\n"
        f"max_share_yuan = {policy.max_share_yuan}\n"
        f"min_share_yuan = {policy.min_share_yuan}\n",
        encoding="utf-8",
    )


def _popularity(skus: pl.DataFrame, *, cold: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Zipf over a seeded ranking, ambient and cold goods apart, so that `cold` is the share of the cold."""
    chances = np.zeros(skus.height)
    is_cold = (skus["layer"] != "ambient").to_numpy()
    for group, share in ((is_cold, cold), (~is_cold, 1.0 - cold)):
        zipf = 1.0 / np.arange(1, group.sum() + 1)
        chances[group] = share * rng.permutation(zipf) / zipf.sum()
    return chances


def _orders(count: int, *, kind: Family, rng: np.random.Generator) -> pl.DataFrame:
    places = districts()
    home = places["region"].str.head(4).is_in(HOME_CITIES).to_numpy()
    # The rest of the country orders less the farther it lies from the brand's home.
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    degrees = np.hypot(lat - 31.0, (lon - 121.0) * np.cos(np.radians(31.0)))
    away = np.where(home, 0.0, np.exp(-degrees / 8.0) + 0.1)
    third = np.arange(count) * 3 // max(count, 1) if kind.drifting else np.ones(count, dtype=np.int64)
    where = np.empty(count, dtype=np.int64)
    for part, share in enumerate((0.15, HOME_SHARE, 0.50)):
        chances = share * home / home.sum() + (1.0 - share) * away / away.sum()
        here = third == part
        where[here] = _draw(chances, int(here.sum()), rng)
    # Somebody who orders again is somebody who ordered earlier: follow each to the first order of theirs.
    numbers = np.arange(count)
    first = np.where(rng.random(count) < kind.repeat, (rng.random(count) * numbers).astype(np.int64), numbers)
    while (deeper := first[first] != first).any():
        first[deeper] = first[first[deeper]]
    where = where[first]
    jitter = rng.normal(0.0, 0.02, size=(2, count))[:, first]
    seconds = SHOW.total_seconds() * (_bursts(count, rng) if kind.drifting else np.sort(rng.random(count)))
    drawn = pl.DataFrame(
        {
            "order_id": _ids("O", numbers),
            "buyer": _ids("B", first),
            "region": places["region"].gather(where),
            "lat": (lat[where] + jitter[0]).round(5),
            "lon": (lon[where] + jitter[1]).round(5),
            "after": (seconds * 1e6).astype(np.int64),
            "promised_hours": np.where(rng.random(count) < 0.2, 24, 48),
        }
    )
    paid_at = pl.lit(NOW - SHOW, dtype=UTC_TIME) + pl.duration(microseconds="after")
    return drawn.select(
        "order_id",
        "buyer",
        "region",
        "lat",
        "lon",
        paid_at.alias("paid_at"),
        (paid_at + pl.duration(hours="promised_hours")).alias("promise_at"),
    )


def _lines(
    order_ids: pl.Series,
    *,
    popularity: npt.NDArray[np.float64],
    kind: Family,
    skus: pl.DataFrame,
    rng: np.random.Generator,
) -> pl.DataFrame:
    count = len(order_ids)
    number = np.arange(count)
    third = number * 3 // max(count, 1) if kind.drifting else np.zeros(count, dtype=np.int64)
    chance = rng.random(count)
    kit, loose = chance < kind.multi / 3, (chance >= kind.multi / 3) & (chance < kind.multi)
    items = np.where(loose, 2 + (rng.random(count) < 0.3), 1)
    items = np.where(kit, rng.random(count) < 0.2, items)  # a kit alone, or with one loose line
    order = np.repeat(number, items)
    goods = np.empty(len(order), dtype=np.int64)
    for part in range(3 if kind.drifting else 1):
        here = third[order] == part
        goods[here] = _draw(np.roll(popularity, part) if part else popularity, int(here.sum()), rng)
    quantity = 1 + _draw(np.array(QUANTITIES), len(order), rng)
    single = pl.DataFrame(
        {"number": order, "sku": skus["sku"].gather(goods), "qty": quantity.astype(np.int32)}
    ).with_columns(kit=pl.lit(None, dtype=pl.String))
    kits = brand_kits()
    names = kits["kit"].unique(maintain_order=True)
    bought = np.flatnonzero(kit)
    zipf = 1.0 / np.arange(1, len(names) + 1)
    chosen = pl.DataFrame(
        {
            "number": bought,
            "kit": names.gather(_draw(zipf / zipf.sum(), len(bought), rng)),
            "times": (1 + (rng.random(len(bought)) < 0.15)).astype(np.int32),
        }
    )
    inside = chosen.join(kits, on="kit", maintain_order="left_right").select(
        "number", "sku", (pl.col("qty") * pl.col("times")).alias("qty"), "kit"
    )
    both = pl.concat([single, inside]).sort("number", "kit", "sku", nulls_last=True)
    return both.select(order_ids.gather(both["number"]).alias("order_id"), "sku", "qty", "kit")


def _carriers(parcels: int, *, kind: Family) -> pl.DataFrame:
    main, chain = pl.col("carrier") == "ZTO", pl.col("carrier") == "SF"
    if not kind.colder:
        return carriers_for(parcels).with_columns(
            capacity=pl.when(main).then((pl.col("capacity") * kind.main).floor().cast(pl.Int64)).otherwise("capacity")
        )
    return carriers_for(parcels).with_columns(
        capacity=pl.when(chain).then(pl.lit(parcels, dtype=pl.Int64) * 2 // 3).otherwise("capacity"),
        min_share=pl.when(main).then(0.3).otherwise("min_share"),
        max_share=pl.when(chain).then(0.6).otherwise("max_share"),
    )


def _bursts(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Moments of the show, 0 to 1, ascending: half of the orders fall within five minutes after one of six calls."""
    calls = np.sort(rng.random(6)) * 0.95
    called = calls[rng.integers(0, 6, count)] + rng.exponential(0.015, count)
    moments = np.where(rng.random(count) < 0.5, called, rng.random(count))
    return np.sort(np.minimum(moments, 1.0))


def _draw(chances: npt.NDArray[np.float64], count: int, rng: np.random.Generator) -> Whole:
    edges = np.cumsum(chances)
    return np.searchsorted(edges / edges[-1], rng.random(count), side="right").astype(np.int64)


def _ids(letter: str, numbers: Whole) -> pl.Series:
    return pl.select(pl.lit(letter) + pl.Series(numbers + 1).cast(pl.String).str.zfill(7)).to_series()
