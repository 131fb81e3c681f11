"""What is known of packing: materials, what broke before (the brand's history and what was learned since), and the
materials that somebody has prescribed for goods on a route. Reads only.
"""

from collections.abc import Iterable
from typing import NamedTuple

from engine.floor.damage import Shipped
from engine.floor.packaging import Material
from engine.store.database import Database


class Name(NamedTuple):
    """What something is called, in both languages."""

    name_zh: str
    name_en: str


class Prescribed(NamedTuple):
    """`sku` travels in `material` with `carrier` to divisions that begin with `area`."""

    sku: str
    carrier: str
    area: str
    material: str


def materials(database: Database) -> list[tuple[Material, Name]]:
    """Every packing material, with its names."""
    rows = database.read(
        "SELECT material, cost_cents, max_kg, max_l, goods, layers, name_zh, name_en FROM packing_materials "
        "ORDER BY material"
    )
    return [
        (
            Material(code, cents / 100, kg, litres, frozenset(goods.split("|")), frozenset(layers.split("|"))),
            Name(zh, en),
        )
        for code, cents, kg, litres, goods, layers, zh, en in rows.iter_rows()
    ]


def history(database: Database) -> list[Shipped]:
    """What the brand brought along, and what delivered parcels and their tickets have taught since."""
    columns = "packaging, carrier, destination, material, shipped, damaged"
    rows = database.read(f"SELECT {columns} FROM damage_history UNION ALL SELECT {columns} FROM damage_learned")
    return [Shipped(*row) for row in rows.iter_rows()]


def prescriptions(database: Database) -> list[Prescribed]:
    """What approved changes prescribe now."""
    rows = database.read(
        "SELECT sku, carrier, area, material FROM improvements WHERE kind = 'packaging' AND state = 'approved' "
        "ORDER BY improvement_id"
    )
    return [Prescribed(*row) for row in rows.iter_rows()]


def prescribed_for(known: Iterable[Prescribed], skus: Iterable[str], *, carrier: str, adcode: str) -> frozenset[str]:
    """Materials prescribed for a parcel with these goods; the longest area of each article wins."""
    held = set(skus)
    chosen: dict[str, Prescribed] = {}
    for each in known:
        if each.sku not in held or each.carrier != carrier or not adcode.startswith(each.area):
            continue
        if each.sku not in chosen or len(each.area) >= len(chosen[each.sku].area):
            chosen[each.sku] = each
    return frozenset(each.material for each in chosen.values())
