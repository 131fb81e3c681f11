"""A room to measure in: the demo brand in a fresh database, its evening show scaled to the size of the pulse."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from engine.bench.pulse import PulseShape, Stage, pulse_orders, stage_of
from engine.clock import utc_now
from engine.intake.brand import Brand, load_brand
from engine.intake.regions import Gazetteer, load_gazetteer
from engine.settings import DATA, load_settings
from engine.store.database import Database
from engine.usecases.orders.gate import Gate
from engine.usecases.room.room import load_hold_policy
from engine.usecases.room.seed_brand import seed_brand
from engine.usecases.room.workplace import Workplace

SHOW = "evening-rice-oil"
PLANNED = 100_000
"""Orders that the demo brand's pools and quotas are made for."""

TIGHT = 0.5
"""The demo's quotas leave room for most; the benchmark wants several provinces to run full."""


@dataclass(frozen=True, slots=True)
class BenchBrand:
    """The brand to seed, and what a peer has to know of its show."""

    brand: Brand
    gazetteer: Gazetteer

    @property
    def pools(self) -> dict[str, int]:
        """Units by physical SKU."""
        mine = self.brand.pools.filter(pl.col("show_id") == SHOW)
        return dict(mine.select("sku", "quantity").iter_rows())

    @property
    def quotas(self) -> dict[str, int]:
        """Orders by province; the show's default where no figure of its own is given."""
        default = self.brand.shows.filter(pl.col("show_id") == SHOW)["province_quota"].item()
        named = dict(self.brand.quotas.filter(pl.col("show_id") == SHOW).select("province", "quota").iter_rows())
        provinces = self.gazetteer.regions.filter(pl.col("level") == "province")["province"].to_list()
        return {province: named.get(province, default) for province in provinces}

    @property
    def kits(self) -> dict[str, list[tuple[str, int]]]:
        """Components by kit."""
        kits: dict[str, list[tuple[str, int]]] = {}
        for kit, sku, qty in self.brand.kits.select("kit", "sku", "qty").iter_rows():
            kits.setdefault(kit, []).append((sku, qty))
        return kits

    def stage(self) -> Stage:
        """What a pulse of this show is about; payments began an hour ago."""
        quotas = pl.DataFrame(list(self.quotas.items()), schema=["province", "quantity"], orient="row")
        items = self.brand.show_items.filter(pl.col("show_id") == SHOW)
        return stage_of(SHOW, items, quotas, self.gazetteer.regions, utc_now() - timedelta(hours=1))

    def pulse(self, shape: PulseShape) -> list[dict[str, Any]]:
        """Orders of that shape."""
        return pulse_orders(shape, self.stage())


def bench_brand(orders: int) -> BenchBrand:
    """The demo brand with pools and quotas in proportion to `orders`, so that at every size the same run out."""
    brand, share = load_brand(DATA / "brand"), min(orders / PLANNED, 1.0)

    def scaled(column: str, by: float) -> pl.Expr:
        return pl.max_horizontal((pl.col(column) * by).round().cast(pl.Int64), pl.lit(1, pl.Int64)).alias(column)

    return BenchBrand(
        replace(
            brand,
            pools=brand.pools.with_columns(
                pl.when(pl.col("show_id") == SHOW).then(scaled("quantity", share)).otherwise("quantity")
            ),
            quotas=brand.quotas.with_columns(scaled("quota", share * TIGHT)),
            shows=brand.shows.with_columns(
                pl.when(pl.col("province_quota").is_not_null())
                .then(scaled("province_quota", share * TIGHT))
                .alias("province_quota")
            ),
        ),
        load_gazetteer(DATA / "geo" / "regions.csv"),
    )


def open_workplace(path: Path, made: BenchBrand) -> Workplace:
    """A seeded room without desk or jobs, in a new database file. The caller closes its database."""
    database = Database.open(f"duckdb:///{path}")
    seed_brand(database, made.brand, made.gazetteer, actor="bench")
    settings = load_settings(environment={})
    return Workplace(settings, database, made.gazetteer, Gate(load_hold_policy()), now=utc_now)
