"""What a show sells and when, taken from the brand's files: the part of the brand that the demo needs.

Refuses to invent: a brand without a scheduled show cannot be played.
"""

from dataclasses import dataclass

import polars as pl

from engine.errors import BadBrand
from engine.intake.brand import Brand


@dataclass(frozen=True, slots=True)
class ShowItem:
    """One item as the anchor sells it: a SKU or a kit."""

    sku: str
    is_kit: bool
    price_cents: int
    expected_units: int
    from_minute: int


@dataclass(frozen=True, slots=True)
class ShowScript:
    """A scheduled show: items in the order in which they are presented."""

    show_id: str
    platform: str
    anchors: tuple[str, ...]
    minutes: int
    items: tuple[ShowItem, ...]


def show_script(brand: Brand, *, show_id: str | None = None) -> ShowScript:
    """The named show, else the first one with a start time. Raises BadBrand when there is none to play."""
    scheduled = brand.shows.filter(pl.col("starts_local").is_not_null())
    if show_id is not None:
        scheduled = scheduled.filter(pl.col("show_id") == show_id)
    if scheduled.is_empty():
        wanted = f"no show {show_id!r}" if show_id else "no show with a start time"
        raise BadBrand(f"The brand has {wanted}: add one to shows.toml before you play it.")
    show = scheduled.row(0, named=True)
    kits = set(brand.kits["kit"].to_list())
    rows = brand.show_items.filter(pl.col("show_id") == show["show_id"]).sort("from_minute", "sku")
    items = tuple(
        ShowItem(r["sku"], r["sku"] in kits, r["price_cents"], r["expected_units"], r["from_minute"])
        for r in rows.iter_rows(named=True)
    )
    if not items:
        raise BadBrand(f"The show {show['show_id']!r} presents no item: shows.toml needs [[show.item]] entries.")
    anchors = tuple(filter(None, (show["anchors"] or "").split("|"))) or ("",)
    return ShowScript(show["show_id"], show["platform"] or "douyin", anchors, int(show["minutes"]), items)
