"""Everything the floor needs to work one wave: walk, sorting, kits, boxes, and what must not be picked any more.

Made anew at each asking from the allocations as they stand now: an order cancelled a minute ago is already a pick-stop.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from engine.errors import NotFound
from engine.floor.damage import DamageHistory
from engine.floor.kits import Component, KitBox, kit_boxes
from engine.floor.packaging import Advice, Content, Material, advise
from engine.floor.picks import Stop, WaveLine, pick_list
from engine.floor.policy import FloorPolicy
from engine.floor.walk import Bin, metres
from engine.store.database import Database
from engine.store.screens import floor as floor_screens
from engine.usecases.floor.packing_knowledge import Name, history, materials, prescribed_for, prescriptions


class Goods(NamedTuple):
    """Units of one SKU and lot in a slot."""

    sku: str
    lot: str
    qty: int
    live: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One parcel at its place of the put wall. `advice` is None once nothing of it is to be shipped any more."""

    slot: int
    parcel_id: str
    order_nos: tuple[str, ...]
    goods: tuple[Goods, ...]
    kg: float  # of what is still to be shipped
    advice: Advice | None

    @property
    def live(self) -> bool:
        """Something of it is still to be shipped."""
        return any(goods.live for goods in self.goods)


class KitCount(NamedTuple):
    """How many of a kit the wave packs, how the part in this wave is packed, and SKUs of it that travel apart."""

    box: KitBox
    kits: int
    apart: int


@dataclass(frozen=True, slots=True)
class WaveSheet:
    """One wave. `head` is its row of SHAPES["released_waves"]; `names` knows SKUs and kits."""

    head: dict[str, Any]
    stops: tuple[Stop, ...]
    stopped: tuple[WaveLine, ...]
    slots: tuple[Slot, ...]
    kits: tuple[KitCount, ...]
    names: dict[str, Name]
    material_names: dict[str, Name]
    bins: dict[str, Bin]
    order_nos: dict[str, str]
    metres: float | None  # None: no bin is known at this node
    materials_known: bool

    @property
    def units(self) -> int:
        """Units to be picked."""
        return sum(stop.qty for stop in self.stops)

    def materials(self) -> dict[str, int]:
        """Material -> pieces that the recommended packing of all live parcels takes, the most first."""
        pieces: dict[str, int] = {}
        for slot in self.slots:
            best = slot.advice.best if slot.advice else None
            if best is not None:
                pieces[best.material] = pieces.get(best.material, 0) + best.pieces
        return dict(sorted(pieces.items(), key=lambda item: (-item[1], item[0])))


def wave_sheet(database: Database, wave_id: str, policy: FloorPolicy) -> WaveSheet:
    """The sheet of a released wave. Raises NotFound."""
    found = floor_screens.wave_head(database, wave_id)
    if found.is_empty():
        raise NotFound(f"There is no wave {wave_id}.")
    head = found.row(0, named=True)
    rows = floor_screens.wave_lines(database, wave_id)
    kits = floor_screens.wave_kits(database, wave_id)
    bins = {
        sku: Bin(aisle, bay, level)
        for sku, aisle, bay, level in rows.select("sku", "aisle", "bay", "level").unique().iter_rows()
        if aisle is not None
    }
    lines = [
        WaveLine(*row) for row in rows.select("slot", "parcel_id", "order_id", "sku", "lot", "qty", "live").iter_rows()
    ]
    picks = pick_list(lines, bins)
    walk = list(dict.fromkeys(stop.place for stop in picks.stops if stop.place is not None))
    known = materials(database)
    return WaveSheet(
        head=head,
        stops=picks.stops,
        stopped=picks.stopped,
        slots=_slots(database, head, rows, [material for material, _ in known], policy),
        kits=_kits(kits),
        names=_names(rows, kits),
        material_names={material.material: name for material, name in known},
        bins=bins,
        order_nos=dict(rows.select("order_id", "order_no").unique().iter_rows()),
        metres=metres(walk, bays=head["longest_aisle"], policy=policy.walk) if head["longest_aisle"] else None,
        materials_known=bool(known),
    )


def _slots(
    database: Database, head: dict[str, Any], rows: pl.DataFrame, known: list[Material], policy: FloorPolicy
) -> tuple[Slot, ...]:
    past = DamageHistory(history(database) if known else (), policy.packaging)
    ordered = prescriptions(database)
    slots = []
    for (number, parcel_id), part in rows.group_by("slot", "parcel_id", maintain_order=True):
        live = part.filter("live")
        goods = part.group_by("sku", "lot", "live", maintain_order=True).agg(pl.col("qty").sum())
        advice = None
        if live.height and known:
            advice = advise(
                _contents(live),
                layer=head["layer"],
                carrier=head["carrier"],
                area=live["adcode"][0],
                again_yuan=part["parcel_cents"][0] / 100,
                materials=known,
                history=past,
                policy=policy.packaging,
                prescribed=prescribed_for(
                    ordered, live["sku"].unique(), carrier=head["carrier"], adcode=live["adcode"][0]
                ),
            )
        slots.append(
            Slot(
                slot=int(str(number)),
                parcel_id=str(parcel_id),
                order_nos=tuple(part["order_no"].unique(maintain_order=True)),
                goods=tuple(Goods(*row) for row in goods.select("sku", "lot", "qty", "live").iter_rows()),
                kg=float((live["qty"] * live["weight_kg"]).sum()),
                advice=advice,
            )
        )
    return tuple(slots)


def _contents(live: pl.DataFrame) -> list[Content]:
    each = live.group_by("sku", maintain_order=True).agg(
        pl.col("qty").sum(), pl.col("weight_kg", "volume_l", "packaging", "cost_cents").first()
    )
    return [
        Content(sku, qty, kg, litres, packaging, cents / 100)
        for sku, qty, kg, litres, packaging, cents in each.iter_rows()
    ]


def _kits(rows: pl.DataFrame) -> tuple[KitCount, ...]:
    counted: list[KitCount] = []
    for (kit,), part in rows.group_by("kit", maintain_order=True):
        components = [
            Component(*row)
            for row in part.select("sku", "qty", "weight_kg", "volume_l", "packaging", "layer").iter_rows()
        ]
        kits, parts = int(part["kits"].sort()[-1]), int(part["parts"][0])
        counted.extend(KitCount(box, kits, parts - len(box.steps)) for box in kit_boxes(str(kit), components))
    return tuple(counted)


def _names(rows: pl.DataFrame, kits: pl.DataFrame) -> dict[str, Name]:
    named = pl.concat(
        [
            rows.select("sku", "name_zh", "name_en"),
            kits.select("sku", "name_zh", "name_en"),
            kits.select(sku="kit", name_zh="kit_zh", name_en="kit_en"),
        ]
    )
    return {code: Name(zh or code, en or code) for code, zh, en in named.unique().iter_rows()}
