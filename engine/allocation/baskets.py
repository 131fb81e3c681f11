"""What must an order's goods be together with? Lines become baskets; equal baskets are one object.

A show sells a few dozen different baskets a hundred thousand times, so weighing and grouping are done once a
basket.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Group:
    """What leaves in one parcel: the lines of one kit and layer, or one loose line (`kit` is None, one
    need)."""

    layer: str
    kit: str | None
    needs: tuple[tuple[int, int], ...]
    """(SKU index, units)."""


@dataclass(frozen=True, slots=True)
class Basket:
    """One order's goods. `needs` are (SKU index, units), each SKU once; `kg` is (layer, kg), each layer
    once."""

    needs: tuple[tuple[int, int], ...]
    kg: tuple[tuple[str, float], ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    """What the rule must know of each SKU, by SKU index (SKUs sorted by id)."""

    sku: list[str]
    layer: list[str]
    weight_kg: list[float]


def goods_of(skus: pl.DataFrame) -> Goods:
    """Index the SKUs."""
    rows = skus.sort("sku")
    return Goods(rows["sku"].to_list(), rows["layer"].to_list(), rows["weight_kg"].to_list())


def baskets_of(lines: pl.DataFrame, *, order_ids: list[str], goods: Goods) -> list[Basket]:
    """The basket of each order, in the order of `order_ids`. Every order has lines (check_problem saw to
    it)."""
    order_index = pl.DataFrame({"order_id": order_ids}, schema={"order_id": pl.String}).with_row_index("order")
    sku_index = pl.DataFrame({"sku": goods.sku}, schema={"sku": pl.String}).with_row_index("need")
    rows = (
        lines.group_by("order_id", "kit", "sku")
        .agg(pl.col("qty").cast(pl.Int64).sum())
        .join(order_index, on="order_id")
        .join(sku_index, on="sku")
        .sort("order", "kit", "need")
        .group_by("order", maintain_order=True)
        .agg("kit", "need", "qty")
    )
    seen: dict[tuple[tuple[str | None, int, int], ...], Basket] = {}
    found = []
    for kits, needs, units in zip(rows["kit"].to_list(), rows["need"].to_list(), rows["qty"].to_list(), strict=True):
        key = tuple(zip(kits, needs, units, strict=True))
        basket = seen.get(key)
        if basket is None:
            basket = seen[key] = _basket(key, goods)
        found.append(basket)
    return found


def weight(needs: tuple[tuple[int, int], ...], *, goods: Goods) -> tuple[tuple[str, float], ...]:
    """(layer, kg) of some needs, layers in alphabetical order."""
    kg: dict[str, float] = {}
    for sku, units in needs:
        kg[goods.layer[sku]] = kg.get(goods.layer[sku], 0.0) + goods.weight_kg[sku] * units
    return tuple(sorted(kg.items()))


def _basket(lines: tuple[tuple[str | None, int, int], ...], goods: Goods) -> Basket:
    units_of: dict[int, int] = {}
    together: dict[tuple[str, str | None, int], list[tuple[int, int]]] = {}
    for kit, sku, units in lines:
        units_of[sku] = units_of.get(sku, 0) + units
        place = (goods.layer[sku], kit, -1 if kit is not None else sku)
        together.setdefault(place, []).append((sku, units))
    needs = tuple(sorted(units_of.items()))
    groups = tuple(Group(layer, kit, tuple(group)) for (layer, kit, _), group in together.items())
    return Basket(needs, weight(needs, goods=goods), groups)
