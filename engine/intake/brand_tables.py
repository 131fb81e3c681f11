"""Which columns has each CSV file of the brand, and what may stand in each cell?

One declaration a file, with its closed sets. Knows nothing about how files refer to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from engine.intake.brand_csv import Column, cents, choice, choices, number, pattern, text, whole
from engine.model.states import Layer


class Category(StrEnum):
    """What kind of food a SKU is."""

    RICE = "rice"
    OIL = "oil"
    GRAIN = "grain"
    NOODLE = "noodle"
    SAUCE = "sauce"
    FRESH = "fresh"


class Packaging(StrEnum):
    """What the goods themselves are packed in; glass is what breaks."""

    BAG = "bag"
    PLASTIC = "plastic"
    GLASS = "glass"
    BOX = "box"
    FOAM = "foam"


class NodeKind(StrEnum):
    """What a stock-keeping place is."""

    WAREHOUSE = "warehouse"
    DEPOT = "depot"
    STORE = "store"
    PICKUP = "pickup"


class CarrierKind(StrEnum):
    """Who carries. All but parcel carriers go straight to the door, within a radius."""

    OWN_RIDER = "own_rider"
    CROWD_RIDER = "crowd_rider"
    STORE_CLERK = "store_clerk"
    PARCEL = "parcel"


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A CSV file: its columns in order and the columns that name a row."""

    file: str
    columns: tuple[Column, ...]
    key: Sequence[str]


CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
PLACE = r"\*|[0-9]{2}|[0-9]{4}|[0-9]{6}"
MAX_YUAN = 1e6
DELAY_BUCKETS = (
    "on_time",
    "within_2h",
    "within_4h",
    "within_8h",
    "within_12h",
    "within_24h",
    "within_48h",
    "beyond_48h",
)

SKUS = TableSpec(
    "skus.csv",
    (
        text("sku"),
        text("name_zh"),
        text("name_en"),
        choice("category", Category),
        choice("layer", Layer),
        choice("packaging", Packaging),
        number("weight_kg", least=0.001, most=1000),
        number("volume_l", least=0.001, most=10000),
        whole("shelf_life_days", at_least=1, optional=True, dtype=pl.Int32),
        cents("price_yuan"),
        cents("cost_yuan"),
        text("supplier"),
    ),
    ("sku",),
)
KITS = TableSpec(
    "kits.csv",
    (
        text("kit"),
        text("name_zh"),
        text("name_en"),
        cents("price_yuan"),
        text("sku"),
        whole("qty", at_least=1, dtype=pl.Int32),
    ),
    ("kit", "sku"),
)
NODES = TableSpec(
    "nodes.csv",
    (
        text("node"),
        text("name_zh"),
        text("name_en"),
        choice("kind", NodeKind),
        text("province"),
        text("city"),
        text("district"),
        pattern("adcode", r"[0-9]{6}", "a district's code of six digits"),
        number("lat", least=3, most=54),  # China, the South China Sea included
        number("lon", least=73, most=136),
        whole("priority", dtype=pl.Int32),
        whole("throughput_per_hour", dtype=pl.Int32),
        pattern("cutoff", CLOCK, "a time such as 22:30, or empty", optional=True),
        choices("layers", Layer),
    ),
    ("node",),
)
LOTS = TableSpec(
    "lots.csv",
    (text("lot"), text("sku"), whole("produced_days_ago", dtype=pl.Int32), text("supplier")),
    ("lot",),
)
STOCK = TableSpec(
    "stock.csv",
    (text("node"), text("sku"), text("lot"), whole("quantity"), whole("quarantined")),
    ("node", "sku", "lot"),
)
CARRIERS = TableSpec(
    "carriers.csv",
    (
        text("carrier"),
        text("name_zh"),
        text("name_en"),
        choice("kind", CarrierKind),
        whole("capacity_per_day"),
        number("min_share", least=0, most=1),
        number("max_share", least=0, most=1),
        number("max_km", least=0.1, most=100, optional=True),
        choices("layers", Layer),
        pattern(
            "hours",
            f"{CLOCK}-{CLOCK}(?:\\|{CLOCK}-{CLOCK})*",
            "hours such as 09:30-11:00, separated by |",
        ),
    ),
    ("carrier",),
)
TARIFFS = TableSpec(
    "tariffs.csv",
    (
        text("carrier"),
        pattern("origin", PLACE, "2, 4 or 6 digits of an adcode, or *"),
        pattern("destination", PLACE, "2, 4 or 6 digits of an adcode, or *"),
        choice("layer", Layer),
        number("fixed_yuan", least=0, most=MAX_YUAN),
        number("per_kg_yuan", least=0, most=MAX_YUAN),
        number("late_yuan", least=0, most=MAX_YUAN),
        number("days", least=0, most=365),
    ),
    ("carrier", "origin", "destination", "layer"),
)
DELAY_HISTORY = TableSpec(
    "delay_history.csv",
    (
        text("carrier"),
        pattern("origin", PLACE, "2, 4 or 6 digits of an adcode, or *"),
        pattern("weekdays", r"\*|[1-7]-[1-7]", "days such as 1-5 (Monday is 1), or *"),
        pattern("hours", rf"\*|{CLOCK}-{CLOCK}", "hours such as 18:00-23:59, or *"),
        whole("parcels", at_least=1),
        *(whole(bucket) for bucket in DELAY_BUCKETS),
    ),
    ("carrier", "origin", "weekdays", "hours"),
)
BINS = TableSpec(
    "bins.csv",
    (
        text("node"),
        text("sku"),
        whole("aisle", at_least=1, dtype=pl.Int32),
        whole("bay", at_least=1, dtype=pl.Int32),
        whole("level", at_least=1, dtype=pl.Int32),
    ),
    ("node", "sku"),
)
PACKING_MATERIALS = TableSpec(
    "packaging.csv",
    (
        text("material"),
        text("name_zh"),
        text("name_en"),
        cents("cost_yuan"),
        number("max_kg", least=0.001, most=1000),
        number("max_l", least=0.001, most=10000),
        choices("goods", Packaging),
        choices("layers", Layer),
    ),
    ("material",),
)
DAMAGE_HISTORY = TableSpec(
    "damage_history.csv",
    (
        choice("packaging", Packaging),
        text("carrier"),
        pattern("destination", PLACE, "2, 4 or 6 digits of an adcode, or *"),
        text("material"),
        whole("shipped", at_least=1),
        whole("damaged"),
    ),
    ("packaging", "carrier", "destination", "material"),
)
