"""A wave as CSV: the pick list and the pack list, for a scanner, a spreadsheet or another system.

Both begin with what must not be picked. UTF-8 with a byte order mark, which spreadsheets need to read Chinese; no text
cell can start a formula.
"""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from engine.errors import BadFile
from engine.floor.packaging import Option
from engine.floor.policy import FloorPolicy, WaveReason
from engine.store.database import Database
from engine.store.screens import floor as floor_screens
from engine.usecases.floor.release_waves import release_open
from engine.usecases.floor.wave_sheet import Goods, Slot, WaveSheet, wave_sheet

BOM = "\ufeff"

PICK_COLUMNS = ("action", "step", "place", "sku", "name_zh", "name_en", "lot", "qty", "slots", "order_no")
PACK_COLUMNS = (
    "action", "slot", "parcel_id", "order_nos", "sku", "name_zh", "name_en", "lot", "qty", "material",
    "material_zh", "material_en", "pieces", "material_yuan", "damage_yuan", "damage_share", "damage_low",
    "damage_high", "over_limit",
)  # fmt: skip
WAVE_COLUMNS = (
    "wave_id", "node", "carrier", "area", "layer", "due_at", "leaves_at", "reason", "parcels", "orders", "units", "kg",
    "stopped_units", "released_at", "released_by",
)  # fmt: skip


def pick_csv(sheet: WaveSheet) -> str:
    """One row a pick-stop (`stop`), then one a bin and lot in walking order (`pick`); slots read "3:2 7:1"."""
    rows: list[Sequence[object]] = []
    for line in sheet.stopped:
        place, order_no = sheet.bins.get(line.sku, ""), sheet.order_nos[line.order_id]
        slot = f"{line.slot}:{line.qty}"
        rows.append(("stop", "", place, line.sku, *sheet.names[line.sku], line.lot, line.qty, slot, order_no))
    for step, stop in enumerate(sheet.stops, start=1):
        slots = " ".join(f"{share.slot}:{share.qty}" for share in stop.shares)
        rows.append(("pick", step, stop.place or "", stop.sku, *sheet.names[stop.sku], stop.lot, stop.qty, slots, ""))
    return _text(PICK_COLUMNS, rows)


def pack_csv(sheet: WaveSheet) -> str:
    """One row a slot, SKU and lot, with the box that is recommended for the slot; stopped goods first in their slot."""
    rows: list[Sequence[object]] = []
    for slot in sheet.slots:
        box = _box(sheet, slot.advice.best if slot.advice else None)
        rows.extend(
            _packed(sheet, slot, goods, box) for goods in sorted(slot.goods, key=lambda goods: (goods.live, goods.sku))
        )
    return _text(PACK_COLUMNS, rows)


def write_wave_files(
    database: Database,
    node: str,
    out: Path,
    policy: FloorPolicy,
    *,
    actor: str,
    release: Collection[WaveReason] = (),
) -> dict[str, object]:
    """Write waves.csv and, for every wave of `node`, <wave>-pick.csv and <wave>-pack.csv into `out`; returns counts.

    `release`: open work cut for one of these reasons is released first. Every file appears whole, under its name, at
    once. Raises NotFound, and BadFile where `out` cannot be written (what was released stays so).
    """
    released = release_open(database, node, policy, actor=actor, reasons=release)
    heads = floor_screens.released_waves(database, node, limit=1_000_000)
    columns = [column.replace("stopped_units", "stopped") for column in WAVE_COLUMNS]
    try:
        out.mkdir(parents=True, exist_ok=True)
        parcels = 0
        for wave_id in heads["wave_id"]:
            sheet = wave_sheet(database, wave_id, policy)
            parcels += len(sheet.slots)
            _write(out / f"{wave_id}-pick.csv", pick_csv(sheet))
            _write(out / f"{wave_id}-pack.csv", pack_csv(sheet))
        _write(out / "waves.csv", _text(WAVE_COLUMNS, heads.select(columns).iter_rows()))
    except OSError as error:
        raise BadFile(f"{error.filename or out} cannot be written: {error.strerror}.") from error
    files = 2 * heads.height + 1
    return {"node": node, "released": len(released.wave_ids), "waves": heads.height, "parcels": parcels, "files": files}


def _packed(sheet: WaveSheet, slot: Slot, goods: Goods, box: Sequence[object]) -> Sequence[object]:
    action = "pack" if goods.live else "stop"
    orders = " ".join(slot.order_nos)
    thing = (goods.sku, *sheet.names[goods.sku], goods.lot, goods.qty)
    return (action, slot.slot, slot.parcel_id, orders, *thing, *box)


def _box(sheet: WaveSheet, best: Option | None) -> Sequence[object]:
    if best is None:
        return ("",) * 10
    rate = best.rate
    yuan = (f"{best.material_yuan:.2f}", f"{best.damage_yuan:.2f}")
    shares = (f"{rate.share:.4f}", f"{rate.low:.4f}", f"{rate.high:.4f}")
    names = sheet.material_names[best.material]
    return (best.material, *names, best.pieces, *yuan, *shares, int(best.over_limit))


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return BOM + text.getvalue()


def _harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)
