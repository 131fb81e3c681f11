"""A wave as a page to print: A4, black on white, no script, every value escaped. Says what the screen says."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from dashboard.components.floor import floor_tables, wave_desk, wave_tables
from dashboard.wording import Words
from engine.usecases.floor.wave_sheet import WaveSheet

STYLE = """
@page{size:A4;margin:12mm 10mm}
body{font:10.5pt/1.35 'Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
  color:#000;background:#fff;max-width:190mm;margin:0 auto;padding:4mm 0}
h1{font-size:17pt;margin:0}
h2{font-size:12.5pt;margin:6mm 0 1.5mm;border-bottom:1.2pt solid #000;break-after:avoid}
h3{font-size:11pt;margin:4mm 0 1mm;break-after:avoid}
p{margin:1mm 0}
.facts{display:flex;flex-wrap:wrap;gap:1.5mm 7mm;margin:2.5mm 0;padding:2mm 0;border-block:.6pt solid #000}
.facts b{font-size:12.5pt}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
thead{display:table-header-group}
tr{break-inside:avoid}
th,td{border-bottom:.4pt solid #777;padding:1mm 1.5mm;text-align:left;vertical-align:top}
th{font-size:9pt;border-bottom:.8pt solid #000;white-space:nowrap}
.n{text-align:right;white-space:nowrap}
.p{white-space:nowrap}
.b{font-weight:700}
.tick{width:5mm;height:4mm;border:.8pt solid #000;display:inline-block}
.stop{border:2pt solid #000;padding:2mm 3mm;margin:3mm 0}
.stop h2{margin:0 0 1.5mm;border:0}
.small{font-size:8.5pt;color:#333;white-space:pre-line}
@media screen{body{padding:10mm 4mm}}
"""
STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"

Cell = tuple[str, object]
"""Class of the cell, and what stands in it."""


def paper(t: Words, sheet: WaveSheet) -> str:
    """The whole page: pick-stops first, then walk, put wall with boxes, kits, material to fetch."""
    title = f"{sheet.head['wave_id']} · {floor_tables.route_line(t, sheet.head)}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _p(t("wave.released", node=t.name(sheet.head, "node"), at=t.stamp(sheet.head["released_at"]),
             by=sheet.head["released_by"])),
        '<div class="facts">',
        *(f"<span>{escape(label)} <b>{escape(value)}</b></span>" for label, value in wave_desk.facts(t, sheet)),
        "</div>",
        *(_p(note) for note in wave_desk.notes(t, sheet)),
        *_stopped(t, sheet),
        *_picks(t, sheet),
        *_slots(t, sheet),
        *_kits(t, sheet),
    ]  # fmt: skip
    return (
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _stopped(t: Words, sheet: WaveSheet) -> Iterable[str]:
    if not sheet.stopped:
        return
    yield f'<div class="stop"><h2>{escape(t("wave.stopped", n=sum(line.qty for line in sheet.stopped)))}</h2>'
    rows = [
        (("n", line.slot), ("p b", sheet.bins.get(line.sku, t("wave.no_place"))),
         ("", wave_tables.called(t, sheet.names, line.sku)), ("p", line.lot), ("n", line.qty),
         ("", sheet.order_nos[line.order_id]))
        for line in sheet.stopped
    ]  # fmt: skip
    heads = ("col.slot", "col.place", "col.goods", "col.lot", "col.units", "col.order_no")
    yield _table([t(head) for head in heads], rows)
    yield "</div>"


def _picks(t: Words, sheet: WaveSheet) -> Iterable[str]:
    yield f"<h2>{escape(t.of('wave_sheet', 'pick'))}</h2>"
    yield _p(t("wave.slots_help"), small=True)
    rows = [
        (("", _Raw('<span class="tick"></span>')), ("n", step), ("p b", stop.place or t("wave.no_place")),
         ("", f"{wave_tables.called(t, sheet.names, stop.sku)} {stop.sku}"), ("p", stop.lot), ("n b", stop.qty),
         ("", wave_tables.shares(stop)))
        for step, stop in enumerate(sheet.stops, start=1)
    ]  # fmt: skip
    heads = ("col.place", "col.goods", "col.lot", "col.units", "col.slots")
    yield _table(["", "#", *(t(head) for head in heads)], rows)


def _slots(t: Words, sheet: WaveSheet) -> Iterable[str]:
    yield f"<h2>{escape(t('wave.sort_and_pack'))}</h2>"
    yield _p(wave_tables.fetch_line(t, sheet))
    rows = []
    for slot in sheet.slots:
        best = slot.advice.best if slot.advice else None
        rate = wave_tables.rate_of(t, best) if best else ""
        flag = f" {t('wave.over_limit')}" if best and best.over_limit else ""
        rows.append(
            (("n b", slot.slot), ("", wave_tables.goods_of(t, sheet, slot) or t("wave.slot_empty")),
             ("n", f"{slot.kg:.1f}"), ("", wave_tables.box_of(t, sheet, slot.advice)), ("p", rate + flag),
             ("small", "\n".join((*slot.order_nos, slot.parcel_id))))
        )  # fmt: skip
    heads = ("col.slot", "col.goods", "col.kg", "col.box", "col.damage_share", "col.order_no")
    yield _table([t(head) for head in heads], rows)


def _kits(t: Words, sheet: WaveSheet) -> Iterable[str]:
    if not sheet.kits:
        return
    yield f"<h2>{escape(t.of('wave_sheet', 'kits'))}</h2>"
    yield _p(t("wave.kits_help"), small=True)
    for kit, count, apart in sheet.kits:
        yield f"<h3>{escape(wave_tables.called(t, sheet.names, kit.kit))} × {count}</h3>"
        if apart:
            yield _p(t("wave.kit_apart", n=apart))
        rows = [
            (("n", step.number), ("", wave_tables.called(t, sheet.names, step.sku)), ("n b", step.qty),
             ("n", step.qty * count), ("n", f"{step.kg:.2f}"), ("", t.of("care", step.packaging)))
            for step in kit.steps
        ]  # fmt: skip
        heads = ("col.step", "col.goods", "col.per_kit", "col.all_kits", "col.kg", "col.care")
        yield _table([t(head) for head in heads], rows)


class _Raw(str):
    """Mark-up of ours, which is not escaped."""

    __slots__ = ()


def _table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(_cell(*cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(css: str, value: object) -> str:
    text = value if isinstance(value, _Raw) else escape(str(value))
    return f'<td class="{css}">{text}</td>'


def _p(text: str, *, small: bool = False) -> str:
    css = "small" if small else ""
    return f'<p class="{css}">{escape(text)}</p>'
