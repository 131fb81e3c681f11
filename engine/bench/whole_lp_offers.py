"""What the whole LP knows of prices and stock: one price a zone, layer, node and carrier; units that may ship.

Written apart from the rules that plan and from the checker.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.allocation.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Regions that match the same offer prefixes are one zone. `zones`: (region, zone); `flat` (fixed + late) and
    `per_kg` in yuan by [zone, layer, node, carrier], infinite where nobody goes; layers as in `layers`."""

    zones: pl.DataFrame
    layers: list[str]
    flat: npt.NDArray[np.float64]
    per_kg: npt.NDArray[np.float64]


def lane_prices(problem: Problem) -> Prices:
    """Read every offer once; a longer prefix overwrites what a shorter one says."""
    offers = problem.offers
    prefixes = set(offers["region"].unique())
    lengths = sorted({len(prefix) for prefix in prefixes})
    regions = problem.orders["region"].unique().sort()
    matching = {r: tuple(r[:n] for n in lengths if n <= len(r) and r[:n] in prefixes) for r in regions}
    zone_of = {prefixes_of: zone for zone, prefixes_of in enumerate(dict.fromkeys(matching.values()))}
    layers = problem.skus["layer"].unique().sort().to_list()
    shape = (len(zone_of), len(layers), problem.nodes.height, problem.carriers.height)
    flat, per_kg = np.full(shape, np.inf), np.full(shape, np.inf)
    zones_of: dict[str, list[int]] = {}
    for prefixes_of, zone in zone_of.items():
        for prefix in prefixes_of:
            zones_of.setdefault(prefix, []).append(zone)
    node = {name: number for number, name in enumerate(problem.nodes["node"])}
    carrier = {name: number for number, name in enumerate(problem.carriers["carrier"])}
    columns = ("node", "carrier", "layer", "region", "fixed_yuan", "late_yuan", "per_kg_yuan")
    for at, who, layer, prefix, fixed, late, kilo in (
        offers.sort(pl.col("region").str.len_chars()).select(columns).iter_rows()
    ):
        if layer in layers and prefix in zones_of:
            lanes = (zones_of[prefix], layers.index(layer), node[at], carrier[who])
            flat[lanes], per_kg[lanes] = fixed + late, kilo
    zones = pl.DataFrame(
        {"region": regions, "zone": [zone_of[matching[r]] for r in regions]}, schema_overrides={"zone": pl.Int64}
    )
    return Prices(zones=zones, layers=layers, flat=flat, per_kg=per_kg)


def usable_units(problem: Problem) -> npt.NDArray[np.int64]:
    """Units by [node, SKU], without lots near expiry at the node's pick-up and layers that the node does not keep."""
    limit = [
        max(days for _, days in problem.policy.near_expiry)
        if life is None
        else next(days for least, days in problem.policy.near_expiry if life >= least)
        for life in problem.skus["shelf_life_days"]
    ]
    beijing_day = (pl.col("cutoff_at").fill_null(problem.policy.now) + timedelta(hours=8)).dt.date()
    lots = (
        problem.stock.join(
            problem.nodes.with_row_index("at").select("node", "at", "layers", day=beijing_day), on="node"
        )
        .join(problem.skus.with_row_index("good").select("sku", "good", "layer", pl.Series("limit", limit)), on="sku")
        .filter(
            pl.col("layers").list.contains(pl.col("layer")),
            pl.col("expiry").is_null() | ((pl.col("expiry") - pl.col("day")).dt.total_days() > pl.col("limit")),
        )
    )
    units = np.zeros((problem.nodes.height, problem.skus.height), dtype=np.int64)
    np.add.at(units, (lots["at"].to_numpy(), lots["good"].to_numpy()), lots["qty"].to_numpy())
    return units
