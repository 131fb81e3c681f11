"""Puts a brand into an empty room: master data, opening stock as receipts, pools and quotas of its shows.

Relative dates of the brand files become real ones here: lots age from today, a show starts today at its time
(Beijing). A room that already holds a brand is refused: live stock and orders stand on it.
"""

from datetime import datetime, timedelta

import polars as pl

from engine.clock import BEIJING
from engine.errors import NotAllowed
from engine.intake.brand import Brand
from engine.intake.regions import Gazetteer
from engine.model.frames import INSTANT
from engine.model.states import StockKind
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction


def seed_brand(database: Database, brand: Brand, gazetteer: Gazetteer, *, actor: str) -> None:
    """Write `brand` and the regions in one commit. Raises NotAllowed when a brand is there already."""
    with database.transaction(actor=actor, verb="seed_brand", subject="brand") as tx:
        [(present,)] = tx.rows("SELECT count(*) FROM skus")
        if present:
            raise NotAllowed(
                "The database already holds a brand, and orders and stock stand on it. Seed an empty database."
            )
        today = tx.at.astimezone(BEIJING).date()
        tx.append(tables.skus, brand.skus)
        tx.append(tables.kits, brand.kits.select("kit", "name_zh", "name_en", "price_cents").unique("kit"))
        tx.append(tables.kit_lines, brand.kits.select("kit", "sku", "qty"))
        tx.append(tables.nodes, brand.nodes)
        tx.append(tables.carriers, brand.carriers)
        tx.append(tables.tariffs, brand.tariffs)
        tx.append(tables.delay_history, brand.delay_history)
        tx.append(tables.bins, brand.bins)
        tx.append(tables.packing_materials, brand.packing_materials)
        tx.append(tables.damage_history, brand.damage_history)
        tx.append(tables.lots, _lots(brand, pl.lit(today)))
        tx.append(
            tables.regions,
            gazetteer.regions.select("adcode", "level", "province", "city", "district", "lat", "lon").unique("adcode"),
        )
        _seed_shows(tx, brand)
        _seed_stock(tx, brand)
        tx.note(skus=brand.skus.height, nodes=brand.nodes.height, lots=brand.lots.height)


def show_window(starts_local: str | None, minutes: int | None, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Start and end of a show on the Beijing day of `at`; (None, None) for one that is always open."""
    if starts_local is None or minutes is None:
        return None, None
    hour, minute = (int(part) for part in starts_local.split(":"))
    start = at.astimezone(BEIJING).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return start, start + timedelta(minutes=minutes)


def _lots(brand: Brand, today: pl.Expr) -> pl.DataFrame:
    produced = (today - pl.duration(days="produced_days_ago")).cast(pl.Date)
    return brand.lots.join(brand.skus.select("sku", "shelf_life_days"), on="sku").select(
        "lot",
        "sku",
        produced_on=produced,
        # Douyin counts a month as 30 and a year as 365 days, so shelf life is always in days here.
        expires_on=(produced + pl.duration(days="shelf_life_days")).cast(pl.Date),
        supplier="supplier",
    )


def _seed_shows(tx: Transaction, brand: Brand) -> None:
    windows = [
        show_window(starts, minutes, tx.at) for starts, minutes in brand.shows.select("starts_local", "minutes").rows()
    ]
    tx.append(
        tables.shows,
        brand.shows.select("show_id", "title_zh", "title_en", "platform", "anchors", "province_quota").with_columns(
            starts_at=pl.Series([start for start, _ in windows], dtype=INSTANT),
            ends_at=pl.Series([end for _, end in windows], dtype=INSTANT),
        ),
    )
    tx.append(tables.show_items, brand.show_items)
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(
        tables.pool_movements,
        brand.pools.select("show_id", "sku", delta="quantity").with_columns(at=at, reason=pl.lit("show plan")),
        stamp=True,
    )
    tx.append(tables.pool_balance, brand.pools.with_columns(reserved=pl.lit(0, dtype=pl.Int64)))
    tx.append(tables.quota_balance, _quotas(tx, brand))


def _quotas(tx: Transaction, brand: Brand) -> pl.DataFrame:
    """One row a show with a quota and province: the show's override, else its default."""
    provinces = tx.frame("SELECT province FROM regions WHERE level = 'province'", {"province": pl.String})
    limited = brand.shows.filter(pl.col("province_quota").is_not_null()).select("show_id", "province_quota")
    return (
        limited.join(provinces.unique(), how="cross")
        .join(brand.quotas, on=["show_id", "province"], how="left")
        .select(
            "show_id",
            "province",
            quantity=pl.coalesce("quota", "province_quota"),
            reserved=pl.lit(0, dtype=pl.Int64),
        )
    )


def _seed_stock(tx: Transaction, brand: Brand) -> None:
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    stock = brand.stock
    tx.append(
        tables.stock_movements,
        stock.select(
            "node",
            "sku",
            "lot",
            at=at,
            kind=pl.lit(StockKind.RECEIPT.value),
            on_hand_delta="quantity",
            quarantined_delta="quarantined",
            reference=pl.lit("opening stock"),
        ),
        stamp=True,
    )
    tx.append(
        tables.stock_balance,
        stock.select(
            "node",
            "sku",
            "lot",
            on_hand="quantity",
            reserved=pl.lit(0, dtype=pl.Int64),
            quarantined="quarantined",
        ),
    )
