"""The numbers behind the names of a problem: what may leave which node, and what each carrier asks where.

Every id becomes an index (SKUs, nodes and carriers by id), stock becomes one table of SKUs x nodes, and the offers
become one price table for each zone and layer. A zone is the set of regions of a province that match the same
offer prefixes: a few dozen or hundred of them stand for some 3,000 districts. Decides nothing.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.allocation.lots import judge_lots
from engine.allocation.problem import Problem
from engine.allocation.ranking import kilometres
from engine.model.states import Layer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LAYERS = tuple(layer.value for layer in Layer)
NO_WAY = 1e7
"""Yuan that stand for "impossible". Far above any real cost, far below where sums lose their cents."""
POSSIBLE = NO_WAY / 2


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one zone and layer can be served by. Rows are `nodes` (indices), columns all carriers.

    flat: yuan a parcel (fixed + late + handling), NO_WAY without an offer; per_kg: yuan a kilogram. offering: by node,
    whether it makes an offer at all, be it or its carriers full.
    """

    nodes: Ints
    flat: Floats
    per_kg: Floats
    offering: Flags


@dataclass(frozen=True, slots=True)
class Grounds:
    """One problem in numbers. `units` (SKUs x nodes) counts lots that may ship; `lots` are judged and in FEFO order.

    `tariffs` by (zone, layer); a zone and layer that nobody serves is absent. `orders` are in order of payment with
    `zone` added. `km` (zones x nodes): from the middle of a zone's orders.
    """

    sku_ids: tuple[str, ...]
    node_ids: tuple[str, ...]
    carrier_ids: tuple[str, ...]
    layer_of: Ints
    weight_kg: Floats
    units: Ints
    throughput: Ints
    capacity: Ints
    min_share: Floats
    max_share: Floats
    lots: pl.DataFrame
    tariffs: dict[tuple[int, int], Tariff]
    orders: pl.DataFrame
    nodes: pl.DataFrame
    km: Floats


def grounds_of(problem: Problem) -> Grounds:
    """Index a checked problem."""
    skus, nodes, carriers = problem.skus.sort("sku"), problem.nodes.sort("node"), problem.carriers.sort("carrier")
    lots = judge_lots(problem.stock, skus=problem.skus, nodes=problem.nodes, policy=problem.policy)
    zone_of, prefixes = _zones(problem)
    throughput, capacity = nodes["throughput"].to_numpy(), carriers["capacity"].to_numpy()
    orders = problem.orders.sort("paid_at", "order_id").with_columns(
        zone=pl.col("region").replace_strict(zone_of, return_dtype=pl.Int64)
    )
    return Grounds(
        sku_ids=tuple(skus["sku"]),
        node_ids=tuple(nodes["node"]),
        carrier_ids=tuple(carriers["carrier"]),
        layer_of=_indices(skus["layer"], LAYERS),
        weight_kg=skus["weight_kg"].to_numpy(),
        units=_units(lots, tuple(skus["sku"]), tuple(nodes["node"])),
        throughput=throughput,
        capacity=capacity,
        min_share=carriers["min_share"].to_numpy(),
        max_share=carriers["max_share"].to_numpy(),
        lots=lots,
        tariffs=_tariffs(problem, prefixes, nodes=nodes, carriers=carriers),
        orders=orders,
        nodes=nodes,
        km=_distances(orders, nodes),
    )


def _distances(orders: pl.DataFrame, nodes: pl.DataFrame) -> Floats:
    middle = orders.group_by("zone").agg(pl.col("lat").mean(), pl.col("lon").mean()).sort("zone")
    lat, lon = middle["lat"].to_numpy(), middle["lon"].to_numpy()
    return kilometres(lat, lon, node_lat=nodes["lat"].to_numpy(), node_lon=nodes["lon"].to_numpy())


def _indices(column: pl.Series, ids: tuple[str, ...]) -> Ints:
    return column.replace_strict({name: i for i, name in enumerate(ids)}, return_dtype=pl.Int64).to_numpy()


def _units(lots: pl.DataFrame, sku_ids: tuple[str, ...], node_ids: tuple[str, ...]) -> Ints:
    units = np.zeros((len(sku_ids), len(node_ids)), dtype=np.int64)
    usable = lots.filter(pl.col("blocked").is_null()).group_by("sku", "node").agg(pl.col("qty").sum())
    if usable.height:
        units[_indices(usable["sku"], sku_ids), _indices(usable["node"], node_ids)] = usable["qty"].to_numpy()
    return units


def _zones(problem: Problem) -> tuple[dict[str, int], list[tuple[str, ...]]]:
    """Zone of every region that is ordered to, and the offer prefixes that each zone matches, shortest first.

    A zone lies within one province (the first two digits), so that it has a middle from which to measure.
    """
    offered = set(problem.offers["region"].unique())
    lengths = sorted({len(prefix) for prefix in offered})
    zones: dict[tuple[str, tuple[str, ...]], int] = {}
    zone_of: dict[str, int] = {}
    for region in problem.orders["region"].unique().sort():
        cuts = (region[:length] for length in lengths if length <= len(region))
        matching = tuple(cut for cut in cuts if cut in offered)
        zone_of[region] = zones.setdefault((region[:2], matching), len(zones))
    return zone_of, [matching for _, matching in zones]


def _tariffs(
    problem: Problem, prefixes: list[tuple[str, ...]], *, nodes: pl.DataFrame, carriers: pl.DataFrame
) -> dict[tuple[int, int], Tariff]:
    """Per zone and layer, for each node and carrier the offer of the longest matching prefix. Nodes and carriers
    that can take nothing at all make no offer."""
    matching = pl.DataFrame(
        [(zone, prefix) for zone, cuts in enumerate(prefixes) for prefix in cuts],
        schema={"zone": pl.Int64, "region": pl.String},
        orient="row",
    )
    node_ids, carrier_ids = tuple(nodes["node"]), tuple(carriers["carrier"])
    offers = problem.offers.select(
        "region",
        node=pl.Series(_indices(problem.offers["node"], node_ids)),
        carrier=pl.Series(_indices(problem.offers["carrier"], carrier_ids)),
        layer=pl.Series(_indices(problem.offers["layer"], LAYERS)),
        flat=pl.col("fixed_yuan") + pl.col("late_yuan") + problem.policy.handling_yuan_per_parcel,
        per_kg="per_kg_yuan",
        digits=pl.col("region").str.len_bytes(),
    )
    # Sorted so that of two offers for one place the longer prefix is written last, and stays.
    counting = offers.join(matching, on="region").sort("zone", "layer", "digits")
    columns = {name: counting[name].to_numpy() for name in ("zone", "layer", "node", "carrier", "flat", "per_kg")}
    begins = np.flatnonzero(np.diff(columns["zone"] * len(LAYERS) + columns["layer"], prepend=-1))
    idle = nodes["throughput"].to_numpy() <= 0
    full = carriers["capacity"].to_numpy() <= 0
    found: dict[tuple[int, int], Tariff] = {}
    shape = (len(node_ids), len(carrier_ids))
    for begin, end in pairwise([*begins.tolist(), counting.height]):
        rows = slice(begin, end)
        flat, per_kg = np.full(shape, NO_WAY), np.zeros(shape)
        place = columns["node"][rows], columns["carrier"][rows]
        flat[place], per_kg[place] = columns["flat"][rows], columns["per_kg"][rows]
        offering: Flags = np.logical_or.reduce(flat < POSSIBLE, axis=1)
        flat[idle, :] = NO_WAY
        flat[:, full] = NO_WAY
        serving = np.flatnonzero((flat < POSSIBLE).any(axis=1))
        tariff = Tariff(serving, flat[serving], per_kg[serving], offering)
        found[int(columns["zone"][begin]), int(columns["layer"][begin])] = tariff
    return found
