"""The brand as it stood before the past shows: goods not yet produced are not there, the past shows have their pools.

So that a room opened in the past has on the demo's day exactly what a room seeded on that day has, less what was sold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from engine.errors import BadSetting
from engine.intake.brand import Brand
from jobs.demo.show_plan import ShowPlan
from jobs.demo.show_script import ShowScript

SHELF = "shelf"
"""The show that sells outside shows: past shows take their units from its pools."""
ROOM_IN_POOLS = 1.1
"""Pools of a past show are so much larger than what it sells: it ended with something left."""
SPARE = 5


@dataclass(frozen=True, slots=True)
class PastBrand:
    """`brand` to seed so many days ago; `lots` and `units` come in on the demo's day (as receive_stock takes them)."""

    brand: Brand
    lots: pl.DataFrame
    units: pl.DataFrame


@dataclass(frozen=True, slots=True)
class PastShow:
    """A show that is over: its evening (Beijing date), and what was ordered."""

    evening: date
    plan: ShowPlan


def past_id(script: ShowScript, evening: date) -> str:
    """The id of that show on a past evening."""
    return f"{script.show_id}-{evening:%m%d}"


def past_script(brand: Brand, script: ShowScript, evening: date, *, days: int) -> ShowScript:
    """The show as it was `days` ago at most: only items of which every lot had been produced by then."""
    young = set(brand.lots.filter(pl.col("produced_days_ago") < days)["sku"])
    parts = _parts(brand)
    items = tuple(item for item in script.items if not young & set(parts.get(item.sku, {item.sku: 1})))
    if not items:
        raise BadSetting(f"[demo] past_days is {days}: nothing that the show sells had been produced by then.")
    return replace(script, show_id=past_id(script, evening), items=items)


def past_brand(brand: Brand, script: ShowScript, shows: Sequence[PastShow], *, days: int, today: date) -> PastBrand:
    """The brand of `days` ago. Raises BadSetting where the past shows sell more than the shelf can spare."""
    came_later = brand.lots.filter(pl.col("produced_days_ago") < days)
    stock_later = brand.stock.join(came_later, on=["sku", "lot"], how="semi")
    older = brand.lots.join(came_later, on="lot", how="anti")
    pools = [_pools(brand, show) for show in shows]
    lots = came_later.join(brand.skus.select("sku", "shelf_life_days"), on="sku").with_columns(
        produced_on=pl.lit(today) - pl.duration(days="produced_days_ago")
    )
    return PastBrand(
        replace(
            brand,
            lots=older.with_columns(pl.col("produced_days_ago") - days),
            stock=brand.stock.join(came_later, on=["sku", "lot"], how="anti"),
            shows=pl.concat([brand.shows, *(_show(brand, script, show.evening) for show in shows)]),
            show_items=pl.concat([brand.show_items, *(_items(brand, script, show) for show in shows)]),
            pools=pl.concat([_less(brand.pools, pools), *pools]),
        ),
        lots.select(
            "lot",
            "sku",
            pl.col("produced_on").cast(pl.Date),
            expires_on=(pl.col("produced_on") + pl.duration(days="shelf_life_days")).cast(pl.Date),
            supplier="supplier",
        ),
        stock_later.select("node", "sku", "lot", "quantity", "quarantined"),
    )


def evenings(today: date, days: int) -> list[date]:
    """The evenings before `today`, the oldest first."""
    return [today - timedelta(days=back) for back in range(days, 0, -1)]


def _parts(brand: Brand) -> dict[str, dict[str, int]]:
    """Kit -> its components."""
    parts: dict[str, dict[str, int]] = {}
    for kit, sku, qty in brand.kits.select("kit", "sku", "qty").iter_rows():
        parts.setdefault(kit, {})[sku] = qty
    return parts


def _pools(brand: Brand, show: PastShow) -> pl.DataFrame:
    """A pool for each physical SKU that the show sold."""
    parts, plan = _parts(brand), show.plan
    units = np.bincount(plan.item[plan.item >= 0], plan.units[plan.item >= 0], minlength=len(plan.script.items))
    sold: dict[str, int] = {}
    for item, count in zip(plan.script.items, units.astype(int).tolist(), strict=True):
        for sku, qty in parts.get(item.sku, {item.sku: 1}).items():
            sold[sku] = sold.get(sku, 0) + qty * count
    rows = [(plan.script.show_id, sku, int(ROOM_IN_POOLS * count) + SPARE) for sku, count in sorted(sold.items())]
    return pl.DataFrame(rows, schema=brand.pools.schema, orient="row")


def _less(pools: pl.DataFrame, given: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The pools, the shelf's without what it gave to past shows."""
    gone = pl.concat([pools.clear(), *given]).group_by("sku").agg(gone=pl.col("quantity").sum())
    left = pools.join(gone, on="sku", how="left", maintain_order="left").with_columns(
        quantity=pl.when(show_id=SHELF).then(pl.col("quantity") - pl.col("gone").fill_null(0)).otherwise("quantity")
    )
    short = left.filter(pl.col("quantity") < 0)
    if not short.is_empty():
        raise BadSetting(
            f"[demo] past_orders: the past shows would sell more {short['sku'][0]} than the shelf's pool holds; "
            "set fewer orders or fewer past_days."
        )
    return left.select(pools.columns)


def _show(brand: Brand, script: ShowScript, evening: date) -> pl.DataFrame:
    """The show's row under its past id; no quota, as it is over."""
    zh, en = f"({evening.month}月{evening.day}日)", f" ({evening:%d %b})"
    return brand.shows.filter(pl.col("show_id") == script.show_id).with_columns(
        show_id=pl.lit(past_id(script, evening)),
        title_zh=pl.col("title_zh") + zh,
        title_en=pl.col("title_en") + en,
        province_quota=pl.lit(None, dtype=brand.shows.schema["province_quota"]),
    )


def _items(brand: Brand, script: ShowScript, show: PastShow) -> pl.DataFrame:
    """What it sold; of each expected in the proportions of the full show, scaled to as many units as it had orders."""
    sold = [item.sku for item in show.plan.script.items]
    items = brand.show_items.filter((pl.col("show_id") == script.show_id) & pl.col("sku").is_in(sold))
    scale = len(show.plan.paid) / max(int(items["expected_units"].sum()), 1)
    return items.with_columns(
        show_id=pl.lit(show.plan.script.show_id),
        expected_units=(pl.col("expected_units") * scale).ceil().cast(items.schema["expected_units"]),
    )
