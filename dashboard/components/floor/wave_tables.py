"""The lists of one wave as tables: walk, put wall, kits, boxes. Paper says the same with the same words."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.wording import NOTHING, Words, plain
from engine.floor.packaging import Advice, Option
from engine.floor.picks import Stop
from engine.usecases.floor.wave_sheet import Name, Slot, WaveSheet


def called(t: Words, names: dict[str, Name], code: str) -> str:
    """The name of a SKU, kit or material in the reader's language."""
    name = names[code]
    return name.name_zh if t.language == "zh" else name.name_en


def shares(stop: Stop) -> str:
    """ "3:2 7:1": slot 3 gets two, slot 7 one."""
    return "  ".join(f"{share.slot}:{share.qty}" for share in stop.shares)


def goods_of(t: Words, sheet: WaveSheet, slot: Slot) -> str:
    """What goes into a slot, in a line."""
    joint = "；" if t.language == "zh" else "; "
    return joint.join(f"{called(t, sheet.names, goods.sku)} × {goods.qty}" for goods in slot.goods if goods.live)


def box_of(t: Words, sheet: WaveSheet, advice: Advice | None) -> str:
    """The recommended box in words."""
    if advice is None:
        return NOTHING
    if advice.best is None:
        return t("wave.no_box")
    name = called(t, sheet.material_names, advice.best.material)
    return name if advice.best.pieces == 1 else f"{name} × {advice.best.pieces}"


def rate_of(t: Words, option: Option) -> str:
    """ "1.2% (0.6%-2.1%)": expected share of units damaged and the range that holds it."""
    rate = option.rate
    return f"{t.share(rate.share)} ({t.share(rate.low)}–{t.share(rate.high)})"


def instead_of(t: Words, sheet: WaveSheet, advice: Advice) -> str:
    """The next best box and how much more it costs."""
    if len(advice.options) < 2:
        return NOTHING
    best, second = advice.options[:2]
    name = called(t, sheet.material_names, second.material)
    more = f"{second.total_yuan - best.total_yuan:+.2f}"
    if second.over_limit and not best.over_limit:
        return t("wave.breaks_more", name=name, more=more, share=t.share(second.rate.share))
    return t("wave.costs_more", name=name, more=more)


def picks(t: Words, sheet: WaveSheet, *, height: int) -> None:
    """The pick list in walking order."""
    rows = [
        (step, str(stop.place or t("wave.no_place")), called(t, sheet.names, stop.sku), stop.sku, stop.lot, stop.qty,
         shares(stop))
        for step, stop in enumerate(sheet.stops, start=1)
    ]  # fmt: skip
    columns = {
        "step": grid.number("#", width=50),
        "place": grid.text(t("col.place"), width=100),
        "name": grid.text(t("col.goods"), width=230),
        "sku": grid.text("SKU", width=150),
        "lot": grid.text(t("col.lot"), width=160),
        "qty": grid.number(t("col.units"), width=75),
        "slots": grid.text(t("col.slots"), width=420),
    }
    _show(t, rows, columns, key="wave-picks", height=height)


def stopped(t: Words, sheet: WaveSheet) -> None:
    """What must not be picked any more."""
    rows = [
        (line.slot, str(sheet.bins.get(line.sku, t("wave.no_place"))), called(t, sheet.names, line.sku), line.lot,
         line.qty, sheet.order_nos[line.order_id])
        for line in sheet.stopped
    ]  # fmt: skip
    columns = {
        "slot": grid.number(t("col.slot"), width=70),
        "place": grid.text(t("col.place"), width=100),
        "name": grid.text(t("col.goods"), width=230),
        "lot": grid.text(t("col.lot"), width=160),
        "qty": grid.number(t("col.units"), width=75),
        "order_no": grid.text(t("col.order_no"), width=190),
    }
    _show(t, rows, columns, key="wave-stopped", height=180)


def slots(t: Words, sheet: WaveSheet, *, height: int) -> None:
    """The put wall: each slot, its parcel, its orders and what goes in."""
    rows = [
        (slot.slot, goods_of(t, sheet, slot) or t("wave.slot_empty"), round(slot.kg, 1),
         box_of(t, sheet, slot.advice), " ".join(slot.order_nos), slot.parcel_id)
        for slot in sheet.slots
    ]  # fmt: skip
    columns = {
        "slot": grid.number(t("col.slot"), width=70),
        "goods": grid.text(t("col.goods"), width=430),
        "kg": grid.number(t("col.kg"), width=70),
        "box": grid.text(t("col.box"), width=200),
        "orders": grid.text(t("col.order_no"), width=220),
        "parcel": grid.text(t("col.parcel"), width=150),
    }
    _show(t, rows, columns, key="wave-slots", height=height)


def kits(t: Words, sheet: WaveSheet, *, height: int) -> None:
    """How each kit is packed, the heaviest first."""
    if not sheet.kits:
        st.caption(t("wave.no_kits"))
        return
    for kit, count, apart in sheet.kits:
        note = t("wave.kit_apart", n=apart) if apart else ""
        st.markdown(f"**{plain(called(t, sheet.names, kit.kit))} × {count}**　{note}")
        rows = [
            (step.number, called(t, sheet.names, step.sku), step.sku, step.qty, step.qty * count, round(step.kg, 2),
             t.of("care", step.packaging))
            for step in kit.steps
        ]  # fmt: skip
        columns = {
            "number": grid.number(t("col.step"), width=60),
            "name": grid.text(t("col.goods"), width=230),
            "sku": grid.text("SKU", width=150),
            "qty": grid.number(t("col.per_kit"), width=80),
            "total": grid.number(t("col.all_kits"), width=80),
            "kg": grid.number(t("col.kg"), width=70),
            "care": grid.text(t("col.care"), width=380),
        }
        _show(t, rows, columns, key=f"wave-kit-{kit.kit}", height=height)


def packing(t: Words, sheet: WaveSheet, *, height: int) -> None:
    """What to fetch for the benches; for each slot the box, what it costs, what it lets break, and the next best."""
    st.caption(plain(fetch_line(t, sheet)))
    rows = []
    for slot in sheet.slots:
        best = slot.advice.best if slot.advice else None
        if slot.advice is None or best is None:
            rows.append((slot.slot, box_of(t, sheet, slot.advice), None, None, None, NOTHING, None, NOTHING, NOTHING))
            continue
        flag = t("wave.over_limit") if best.over_limit else ""
        rows.append(
            (slot.slot, box_of(t, sheet, slot.advice), best.material_yuan, round(best.damage_yuan, 2),
             round(best.total_yuan, 2), rate_of(t, best), best.rate.units, flag, instead_of(t, sheet, slot.advice))
        )  # fmt: skip
    columns = {
        "slot": grid.number(t("col.slot"), width=60),
        "box": grid.text(t("col.box"), width=190),
        "material": grid.number(t("col.material_yuan"), form="%.2f", width=85),
        "damage": grid.number(t("col.damage_yuan"), form="%.2f", width=95),
        "total": grid.number(t("col.total_yuan"), form="%.2f", width=80),
        "rate": grid.text(t("col.damage_share"), width=150),
        "units": grid.number(t("col.route_units"), width=100),
        "flag": grid.text(t("col.flag"), width=110),
        "instead": grid.text(t("col.instead"), width=330),
    }
    _show(t, rows, columns, key="wave-packing", height=height)


def fetch_line(t: Words, sheet: WaveSheet) -> str:
    """How many of each material the wave takes."""
    joint = "，" if t.language == "zh" else ", "
    told = joint.join(f"{called(t, sheet.material_names, code)} × {n}" for code, n in sheet.materials().items())
    return t("wave.fetch", what=told or NOTHING)


def _show(t: Words, rows: list[tuple[Any, ...]], columns: dict[str, Any], *, key: str, height: int) -> None:
    frame = pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
    grid.show(t, frame, columns, key=key, height=height)
