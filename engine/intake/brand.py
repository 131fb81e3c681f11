"""What does the brand sell, where does it lie, who carries it, and what do its shows promise?

Reads a folder of CSV and TOML files (data/brand) into checked frames. Knows no database and no date: ages and
show times are relative to the day on which somebody seeds a room with them.
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from engine.errors import BadBrand
from engine.intake import brand_tables
from engine.intake.brand_checks import check_brand
from engine.intake.brand_csv import read_table
from engine.intake.brand_floor import check_floor
from engine.intake.brand_shows import POOLS, QUOTAS, SHOW_ITEMS, SHOWS, read_shows
from engine.model.frames import Contract, conform, empty

SKUS: Contract = {
    "sku": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "category": pl.String,  # Category
    "layer": pl.String,  # Layer
    "packaging": pl.String,  # Packaging
    "weight_kg": pl.Float64,  # with packaging
    "volume_l": pl.Float64,
    "shelf_life_days": pl.Int32,  # null: does not expire
    "price_cents": pl.Int64,  # everyday price
    "cost_cents": pl.Int64,
    "supplier": pl.String,
}
KITS: Contract = {
    # One row a component; name and price are the kit's, repeated.
    "kit": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "price_cents": pl.Int64,
    "sku": pl.String,  # physical
    "qty": pl.Int32,  # in one kit
}
NODES: Contract = {
    "node": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "kind": pl.String,  # NodeKind
    "province": pl.String,
    "city": pl.String,
    "district": pl.String,
    "adcode": pl.String,  # six digits, the district's
    "lat": pl.Float64,  # WGS-84
    "lon": pl.Float64,
    "priority": pl.Int32,  # lower first within a kind
    "throughput_per_hour": pl.Int32,  # parcels
    "cutoff": pl.String,  # HH:MM Beijing time of the day's last pick-up; null: goes out as it is packed
    "layers": pl.String,  # Layers separated by |
}
LOTS: Contract = {
    "lot": pl.String,
    "sku": pl.String,
    "produced_days_ago": pl.Int32,  # on the day of seeding
    "supplier": pl.String,  # of this lot; may be another than the SKU's usual one
}
STOCK: Contract = {
    "node": pl.String,
    "sku": pl.String,
    "lot": pl.String,
    "quantity": pl.Int64,  # on hand, the quarantined units included
    "quarantined": pl.Int64,
}
CARRIERS: Contract = {
    "carrier": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "kind": pl.String,  # CarrierKind
    "capacity_per_day": pl.Int64,  # parcels
    "min_share": pl.Float64,  # of the parcels planned
    "max_share": pl.Float64,
    "max_km": pl.Float64,  # null: parcel carrier, no radius
    "layers": pl.String,  # Layers separated by |
    "hours": pl.String,  # HH:MM-HH:MM Beijing time, separated by |
}
TARIFFS: Contract = {
    # The longest destination that matches an address wins, then the longest origin that matches the node.
    "carrier": pl.String,
    "origin": pl.String,  # adcode prefix of 2, 4 or 6 digits, or *
    "destination": pl.String,  # the same
    "layer": pl.String,
    "fixed_yuan": pl.Float64,  # one parcel
    "per_kg_yuan": pl.Float64,
    "late_yuan": pl.Float64,  # expected cost of lateness of one parcel
    "days": pl.Float64,  # usual time from pick-up to delivery
}
DELAY_HISTORY: Contract = {
    # Parcels of the past by hand-over delay: hours from the predicted pick-up to the carrier's scan. Every parcel
    # stands in one row, the closest: the longest origin, then hours, then weekdays of its predicted pick-up.
    "carrier": pl.String,
    "origin": pl.String,  # adcode prefix of 2, 4 or 6 digits of the node, or *
    "weekdays": pl.String,  # 1-5 with Monday as 1, or *
    "hours": pl.String,  # HH:MM-HH:MM Beijing time, the end not included, or *
    "parcels": pl.Int64,  # the sum of the buckets
    "on_time": pl.Int64,  # at the predicted pick-up or before
    "within_2h": pl.Int64,  # later than the bucket before, up to this
    "within_4h": pl.Int64,
    "within_8h": pl.Int64,
    "within_12h": pl.Int64,
    "within_24h": pl.Int64,
    "within_48h": pl.Int64,
    "beyond_48h": pl.Int64,
}
BINS: Contract = {
    "node": pl.String,
    "sku": pl.String,
    "aisle": pl.Int32,  # counted from the packing benches
    "bay": pl.Int32,  # counted from the front of the aisle
    "level": pl.Int32,  # 1 stands on the floor
}
PACKING_MATERIALS: Contract = {
    "material": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "cost_cents": pl.Int64,  # one piece
    "max_kg": pl.Float64,
    "max_l": pl.Float64,
    "goods": pl.String,  # Packagings that may travel in it, separated by |
    "layers": pl.String,  # Layers separated by |
}
DAMAGE_HISTORY: Contract = {
    # What became of goods on a route in a material; the counts of a row are in no other row.
    "packaging": pl.String,  # Packaging of the goods themselves
    "carrier": pl.String,
    "destination": pl.String,  # adcode prefix of 2, 4 or 6 digits, or *
    "material": pl.String,
    "shipped": pl.Int64,  # units
    "damaged": pl.Int64,  # of them arrived damaged
}

CONTRACTS: dict[str, Contract] = {
    "skus": SKUS,
    "kits": KITS,
    "nodes": NODES,
    "lots": LOTS,
    "stock": STOCK,
    "carriers": CARRIERS,
    "tariffs": TARIFFS,
    "delay_history": DELAY_HISTORY,
    "shows": SHOWS,
    "show_items": SHOW_ITEMS,
    "pools": POOLS,
    "quotas": QUOTAS,
    "bins": BINS,
    "packing_materials": PACKING_MATERIALS,
    "damage_history": DAMAGE_HISTORY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The brand's master data, checked; columns, types and units of each frame stand in CONTRACTS.

    A brand without a delay history has an empty one: its tariffs' late_yuan stands as it is.
    """

    skus: pl.DataFrame
    kits: pl.DataFrame
    nodes: pl.DataFrame
    lots: pl.DataFrame
    stock: pl.DataFrame
    carriers: pl.DataFrame
    tariffs: pl.DataFrame
    shows: pl.DataFrame
    show_items: pl.DataFrame
    pools: pl.DataFrame
    quotas: pl.DataFrame
    delay_history: pl.DataFrame = field(default_factory=lambda: empty(DELAY_HISTORY))
    # What the floor knows. A brand made by hand may leave it out: its rooms then pick by SKU and recommend nothing.
    bins: pl.DataFrame = field(default_factory=lambda: empty(BINS))
    packing_materials: pl.DataFrame = field(default_factory=lambda: empty(PACKING_MATERIALS))
    damage_history: pl.DataFrame = field(default_factory=lambda: empty(DAMAGE_HISTORY))


def load_brand(folder: Path) -> Brand:
    """The brand in `folder`; rows keep the order of the files.

    Raises BadBrand with file, row and a sentence at the first thing that is missing or does not fit.
    """
    if not folder.is_dir():
        raise BadBrand(f"{folder} is not a folder; it should hold the brand's files (skus.csv, nodes.csv, ...).")
    frames = {
        spec.file.removesuffix(".csv"): read_table(folder / spec.file, spec.columns, key=spec.key)
        for spec in (
            brand_tables.SKUS,
            brand_tables.KITS,
            brand_tables.NODES,
            brand_tables.LOTS,
            brand_tables.STOCK,
            brand_tables.CARRIERS,
            brand_tables.TARIFFS,
        )
    }
    history = brand_tables.DELAY_HISTORY
    # The one file that a brand may lack: who has never counted delays has nothing to put in it.
    frames["delay_history"] = (
        read_table(folder / history.file, history.columns, key=history.key)
        if (folder / history.file).exists()
        else empty(DELAY_HISTORY)
    )
    for name, spec in (
        ("bins", brand_tables.BINS),
        ("packing_materials", brand_tables.PACKING_MATERIALS),
        ("damage_history", brand_tables.DAMAGE_HISTORY),
    ):
        frames[name] = read_table(folder / spec.file, spec.columns, key=spec.key)
    frames["shows"], frames["show_items"], frames["pools"], frames["quotas"] = read_shows(folder)
    check_brand(frames)
    check_floor(frames)
    return Brand(**{name: conform(frames[name], contract) for name, contract in CONTRACTS.items()})
