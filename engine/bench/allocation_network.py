"""What surrounds the orders of a made allocation problem: the demo brand's goods and nodes, carriers scaled to
the batch, prices by distance, stock in lots.

Magnitudes come from data/brand and data/geo; what a seed changes is said at each function. Knows nothing of the
orders but how many units and parcels they ask for.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from engine.allocation.problem import CONTRACTS, NEAR_EXPIRY_DAYS
from engine.clock import BEIJING
from engine.settings import DATA

NO_DATE_NEEDED = ("SAUCE-VIN-1", "SAUCE-WINE-1")
"""Vinegar and wine may be sold without a best-before date (GB 7718), so their lots have no expiry."""

PRICED_FOR = 100_000
"""Parcels a day that the brand's carrier capacities are meant for."""

SHARES = {"ZTO": (0.40, 0.60), "YTO": (0.05, 0.20), "JD": (0.05, 0.20), "SF": (0.0, 0.30)}
"""(least, most) of all parcels: a main carrier and its backups at 60/20/20; the rest are unbound."""

PARCEL_PRICES = {"ZTO": (1.0, 1.0, 1.0), "YTO": (1.04, 0.97, 1.2), "JD": (1.5, 1.18, 0.6), "SF": (2.7, 1.7, 0.4)}
"""(fixed, per kg, lateness) as multiples of the main carrier's, as in data/brand/tariffs.csv."""

LOCAL_PRICES = {
    "OWN": {"ambient": (6.5, 0.6, 0.1), "chilled": (7.47, 0.6, 0.1), "frozen": (8.45, 0.6, 0.1)},
    "CROWD-A": {"ambient": (7.5, 0.8, 0.25), "chilled": (8.62, 0.8, 0.25)},
    "CROWD-B": {"ambient": (7.0, 0.75, 0.3)},
    "CLERK": {"ambient": (4.0, 0.5, 0.15), "chilled": (4.6, 0.5, 0.15)},
}
"""(fixed, per kg, lateness) in yuan inside the city; clerks walk in their own district only."""

COLD_PRICES = {"chilled": (14.0, 1.2, 0.3), "frozen": (16.8, 1.44, 0.36)}
"""(fixed, per kg, lateness) of the cold chain at no distance; it doubles in price over 3,500 km."""

DEARER_EVERYWHERE = 1.25
"""A price for "everywhere" against the one for the farthest province."""


def brand_skus() -> pl.DataFrame:
    """The brand's 40 SKUs as a problem's frame."""
    found = pl.read_csv(DATA / "brand" / "skus.csv")
    undated = pl.col("sku").is_in(NO_DATE_NEEDED)
    return found.with_columns(
        pl.when(~undated).then(pl.col("shelf_life_days")).cast(pl.Int32).alias("shelf_life_days")
    ).select(list(CONTRACTS["skus"].columns))


def brand_kits() -> pl.DataFrame:
    """(kit, sku, qty) of every kit."""
    return pl.read_csv(DATA / "brand" / "kits.csv").select("kit", "sku", pl.col("qty").cast(pl.Int32))


def provinces() -> pl.DataFrame:
    """(prefix of two digits, lat, lon) of the provinces that carriers price; without Hong Kong, Macao, Taiwan."""
    regions = pl.read_csv(DATA / "geo" / "regions.csv", schema_overrides={"adcode": pl.String})
    mainland = regions.filter(pl.col("level") == "province", pl.col("adcode") < "7")
    return mainland.select(pl.col("adcode").str.head(2).alias("prefix"), "lat", "lon")


def districts() -> pl.DataFrame:
    """(region of six digits, lat, lon) where buyers live."""
    regions = pl.read_csv(DATA / "geo" / "regions.csv", schema_overrides={"adcode": pl.String})
    return regions.filter(pl.col("level") == "district", pl.col("adcode") < "7").select(
        pl.col("adcode").alias("region"), "lat", "lon"
    )


def nodes_for(parcels: int, *, places: float, now: datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Warehouses, depots and a seeded 60 to 71 of the stores; `places` x `parcels` can leave in all, shared out
    as in the brand. Stores hand over at once, the others at their cut-off tonight, a few after midnight."""
    found = pl.read_csv(DATA / "brand" / "nodes.csv", schema_overrides={"adcode": pl.String})
    stores = found.filter(pl.col("kind") == "store")
    kept = stores[np.sort(rng.choice(stores.height, size=int(rng.integers(60, stores.height + 1)), replace=False))]
    chosen = pl.concat([found.filter(pl.col("kind").is_in(["warehouse", "depot"])), kept])
    speed = chosen["throughput_per_hour"].to_numpy()
    later = rng.random(chosen.height) < 0.2
    cutoffs: list[datetime | None] = []
    for kind, cutoff, shift in zip(chosen["kind"], chosen["cutoff"], later, strict=True):
        if kind == "store":
            cutoffs.append(None)
            continue
        at = datetime.combine(now.astimezone(BEIJING).date(), time.fromisoformat(cutoff), tzinfo=BEIJING)
        cutoffs.append(at + timedelta(hours=3) if shift else at)
    return chosen.select(
        "node",
        "kind",
        pl.col("adcode").alias("region"),
        "lat",
        "lon",
        pl.Series("throughput", np.ceil(places * parcels * speed / speed.sum()).astype(np.int64)),
        pl.col("layers").str.split("|"),
        pl.Series("cutoff_at", cutoffs, dtype=CONTRACTS["nodes"].columns["cutoff_at"]),
        pl.col("priority").cast(pl.Int64),
    )


def carriers_for(parcels: int) -> pl.DataFrame:
    """The brand's eight, capacities scaled from PRICED_FOR to `parcels`, shares as in SHARES."""
    found = pl.read_csv(DATA / "brand" / "carriers.csv")
    lows, highs = zip(*(SHARES.get(carrier, (0.0, 1.0)) for carrier in found["carrier"]), strict=True)
    return found.select(
        "carrier",
        (pl.col("capacity_per_day") * parcels / PRICED_FOR).ceil().cast(pl.Int64).alias("capacity"),
        pl.Series("min_share", lows, dtype=pl.Float64),
        pl.Series("max_share", highs, dtype=pl.Float64),
    )


def offers_for(nodes: pl.DataFrame, *, dense: bool, rng: np.random.Generator) -> pl.DataFrame:
    """Prices by distance with a few per cent of seeded noise. `dense`: every node to every province with every
    carrier; otherwise hubs go everywhere, stores nearby, riders inside their city, clerks in their district."""
    rows = list(_lanes(nodes, dense=dense))
    offers = pl.DataFrame(rows, schema={name: CONTRACTS["offers"].columns[name] for name in _LANE}, orient="row")
    noise = np.exp(rng.normal(0.0, 0.03, size=(3, offers.height)))
    names = ("fixed_yuan", "per_kg_yuan", "late_yuan")
    return offers.with_columns(
        (pl.col(name) * pl.Series(factor)).round(digits)
        for name, factor, digits in zip(names, noise, (2, 3, 3), strict=True)
    ).unique(["node", "region", "carrier", "layer"], keep="first", maintain_order=True)


_LANE = ("node", "region", "carrier", "layer", "fixed_yuan", "per_kg_yuan", "late_yuan")
Lane = tuple[str, str, str, str, float, float, float]


def _lanes(nodes: pl.DataFrame, *, dense: bool) -> Iterator[Lane]:
    far = provinces()
    for node in nodes.iter_rows(named=True):
        home, layers, hub = node["region"], node["layers"], node["kind"] != "store"
        local = (home[:4], _km(node, lat=node["lat"], lon=node["lon"]))
        lanes = [(p, _km(node, lat=lat, lon=lon)) for p, lat, lon in far.iter_rows()]
        near = [(p, km) for p, km in lanes if hub or dense or km < 500]
        for prefix, km in [local, *near]:
            if hub or dense or prefix == home[:4] or prefix == home[:2] or km < 300:
                yield from _by_parcel(node["node"], prefix, layers=layers, km=km)
        if node["kind"] == "warehouse":
            farthest = max(km for _, km in lanes)
            for lane in _by_parcel(node["node"], "", layers=layers, km=farthest):
                if lane[2] == "SF":
                    yield (*lane[:4], *(price * DEARER_EVERYWHERE for price in lane[4:]))  # type: ignore[misc]
        for carrier, prices in LOCAL_PRICES.items():
            for layer in (layer for layer in layers if layer in prices):
                if dense:
                    for prefix, km in near:
                        fixed, per_kg, late = prices[layer]
                        yield (node["node"], prefix, carrier, layer, fixed + km / 250, per_kg + km / 1000, late)
                if not hub:
                    yield (node["node"], home if carrier == "CLERK" else home[:4], carrier, layer, *prices[layer])


def _by_parcel(node: str, prefix: str, *, layers: list[str], km: float) -> Iterator[Lane]:
    fixed, per_kg, late = 2.2 + 2.0 * km / 1000, 0.35 + 0.8 * km / 1000, 0.05 + 0.22 * km / 1000
    if "ambient" in layers:
        for carrier, (by_fixed, by_kg, by_late) in PARCEL_PRICES.items():
            yield (node, prefix, carrier, "ambient", fixed * by_fixed, per_kg * by_kg, late * by_late)
    for layer, prices in COLD_PRICES.items():
        if layer in layers:
            cold_fixed, cold_kg, cold_late = (price * (1 + km / 3500) for price in prices)
            yield (node, prefix, "SF", layer, cold_fixed, cold_kg, cold_late * 2)


def stock_for(
    units: pl.DataFrame, *, nodes: pl.DataFrame, skus: pl.DataFrame, today: date, rng: np.random.Generator
) -> pl.DataFrame:
    """`units`: (sku, qty) that may ship in all. Shared out over the nodes that keep the layer, by speed and at
    random: warehouses hold every SKU, depots two thirds, stores a quarter; one to three lots each. On top, one
    shelf in twelve has a lot too near its expiry to ship."""
    pairs = (
        units.join(skus.select("sku", "layer", "shelf_life_days"), on="sku", maintain_order="left")
        .join(nodes.select("node", "kind", "layers", "throughput"), how="cross")
        .filter(pl.col("layers").list.contains(pl.col("layer")))
    )
    kept_share = pairs["kind"].replace_strict({"warehouse": 1.0, "depot": 0.66, "store": 0.26}, return_dtype=pl.Float64)
    per_place = pairs["kind"].replace_strict({"warehouse": 1.0, "depot": 0.5, "store": 1.6}, return_dtype=pl.Float64)
    weight = (
        (rng.random(pairs.height) < kept_share.to_numpy())
        * per_place.to_numpy()
        * rng.lognormal(0.0, 0.5, pairs.height)
    )
    shelves = (
        pairs.with_columns(weight=pl.Series(weight) * (1.0 + pl.col("throughput")))
        .with_columns(held=(pl.col("qty") * pl.col("weight") / pl.col("weight").sum().over("sku")).floor())
        .with_columns(missing=pl.col("qty") - pl.col("held").sum().over("sku"))
        # What rounding left over lies at the largest holder, so that the total is exact.
        .with_columns(
            held=pl.when(pl.col("weight").rank("ordinal", descending=True).over("sku") == 1)
            .then(pl.col("held") + pl.col("missing"))
            .otherwise(pl.col("held"))
        )
        .filter(pl.col("held") > 0)
    )
    return _in_lots(shelves, today=today, rng=rng)


def _in_lots(shelves: pl.DataFrame, *, today: date, rng: np.random.Generator) -> pl.DataFrame:
    held = shelves["held"].to_numpy().astype(np.int64)
    undated = shelves["shelf_life_days"].is_null().to_numpy()
    life = shelves["shelf_life_days"].fill_null(0).to_numpy().astype(np.int64)
    limit = np.select([life >= least for least, _ in NEAR_EXPIRY_DAYS], [days for _, days in NEAR_EXPIRY_DAYS])
    first = np.floor(held * rng.uniform(0.2, 0.8, len(held))).astype(np.int64)
    second = np.where(rng.random(len(held)) < 0.3, (held - first) // 2, 0)
    stale = np.where((rng.random(len(held)) < 1 / 12) & ~undated, np.maximum(held // 4, 1), 0)
    start = np.datetime64(today)
    parts = []
    for name, qty in (("A", first), ("B", second), ("C", held - first - second), ("X", stale)):
        fresh = limit + 2 + np.floor(rng.random(len(held)) * np.maximum(life - limit - 2, 1)).astype(np.int64)
        left = np.floor(rng.random(len(held)) * (limit + 1)).astype(np.int64) if name == "X" else fresh
        parts.append(
            shelves.select(
                "node",
                "sku",
                pl.concat_str("sku", pl.lit(f"-{name}")).alias("lot"),
                pl.Series("expiry", start + left.astype("timedelta64[D]")).cast(pl.Date),
                pl.Series("qty", qty),
            )
            .with_columns(expiry=pl.when(~pl.Series(undated)).then(pl.col("expiry")))
            .filter(pl.col("qty") > 0)
        )
    return pl.concat(parts).sort("node", "sku", "lot")


def _km(node: dict[str, float], *, lat: float, lon: float) -> float:
    """Great-circle kilometres."""
    a, b = np.radians(node["lat"]), np.radians(lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon - node["lon"]) / 2) ** 2
    return float(2 * 6371.0 * np.arcsin(np.sqrt(half)))
