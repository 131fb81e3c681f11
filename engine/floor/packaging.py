"""In what should a parcel be packed? In the material whose own cost and expected damage together cost least.

Expected damage: each unit that breaks costs its goods, and each parcel with a broken unit costs a complaint and a
second shipment. A material in which some goods break more often than the customer's threshold allows is taken only
where every other one does too, and then says so. What somebody has prescribed for the route goes before all of that.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from engine.floor.damage import DamageHistory, DamageRate
from engine.floor.policy import PackagingPolicy


class Content(NamedTuple):
    """Goods of one SKU in a parcel: units, kg and litres of one, what it is packed in, cost of one in yuan."""

    sku: str
    qty: int
    unit_kg: float
    unit_l: float
    packaging: str
    cost_yuan: float


class Material(NamedTuple):
    """Something to pack in: yuan, kg and litres of one piece; what goods and layers it is made for."""

    material: str
    cost_yuan: float
    max_kg: float
    max_l: float
    goods: frozenset[str]
    layers: frozenset[str]


class WhyNotIn(StrEnum):
    """Why a material is out of the question for a parcel."""

    LAYER = "layer"  # does not keep the temperature
    GOODS = "goods"  # not made for goods of this packaging
    TOO_LARGE = "too_large"  # one unit alone is too heavy or too large


@dataclass(frozen=True, slots=True)
class Option:
    """A material for a parcel: pieces needed, yuan of material and of expected damage, the worst goods' damage rate."""

    material: str
    pieces: int
    material_yuan: float
    damage_yuan: float
    packaging: str  # of the goods that break most often in it
    rate: DamageRate
    over_limit: bool
    prescribed: bool = False

    @property
    def total_yuan(self) -> float:
        """What the choice is made by."""
        return self.material_yuan + self.damage_yuan


@dataclass(frozen=True, slots=True)
class Advice:
    """The options from best to worst, the first being recommended, and the materials that are out of the question."""

    options: tuple[Option, ...]
    out: tuple[tuple[str, WhyNotIn], ...]

    @property
    def best(self) -> Option | None:
        """None where nothing known can hold the parcel."""
        return self.options[0] if self.options else None


def advise(
    contents: Sequence[Content],
    *,
    layer: str,
    carrier: str,
    area: str,
    again_yuan: float,
    materials: Sequence[Material],
    history: DamageHistory,
    policy: PackagingPolicy,
    prescribed: Collection[str] = (),
) -> Advice:
    """Judge every material for a parcel. `again_yuan`: what a second shipment of it costs; `prescribed`: materials of
    which one must be taken if it can hold the parcel at all."""
    options, out = [], []
    for material in materials:
        why = _why_not(contents, layer, material, policy)
        if why is not None:
            out.append((material.material, why))
            continue
        rates = {
            packaging: history.rate(packaging, material.material, carrier=carrier, area=area)
            for packaging in sorted({content.packaging for content in contents})
        }
        option = _option(contents, material, rates, again_yuan=again_yuan, policy=policy)
        options.append(replace(option, prescribed=material.material in prescribed))
    options.sort(key=lambda option: (not option.prescribed, option.over_limit, _first(option), option.material))
    return Advice(tuple(options), tuple(out))


def _first(option: Option) -> float:
    """Among those within the limit the cheapest; among those over it the one that breaks least."""
    return option.rate.share if option.over_limit else option.total_yuan


def _why_not(contents: Sequence[Content], layer: str, material: Material, policy: PackagingPolicy) -> WhyNotIn | None:
    if layer not in material.layers:
        return WhyNotIn.LAYER
    if any(content.packaging not in material.goods for content in contents):
        return WhyNotIn.GOODS
    room = material.max_l * policy.fill
    if any(content.unit_kg > material.max_kg or content.unit_l > room for content in contents):
        return WhyNotIn.TOO_LARGE
    return None


def _option(
    contents: Sequence[Content],
    material: Material,
    rates: dict[str, DamageRate],
    *,
    again_yuan: float,
    policy: PackagingPolicy,
) -> Option:
    kg = sum(content.qty * content.unit_kg for content in contents)
    litres = sum(content.qty * content.unit_l for content in contents)
    pieces = max(1, _pieces(kg / material.max_kg), _pieces(litres / (material.max_l * policy.fill)))
    goods_yuan = sum(content.qty * rates[content.packaging].share * content.cost_yuan for content in contents)
    unbroken = math.prod((1 - rates[content.packaging].share) ** content.qty for content in contents)
    worst = max(rates, key=lambda packaging: (rates[packaging].share, packaging))
    return Option(
        material=material.material,
        pieces=pieces,
        material_yuan=pieces * material.cost_yuan,
        damage_yuan=goods_yuan + (1 - unbroken) * (policy.complaint_yuan + again_yuan),
        packaging=worst,
        rate=rates[worst],
        over_limit=rates[worst].share > policy.max_damage_share,
    )


def _pieces(ratio: float) -> int:
    """Whole pieces; 1.0000000001 is one."""
    return math.ceil(ratio - 1e-9)
