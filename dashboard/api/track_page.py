"""The buyer's page as HTML: one order, its parcels, what can be done. No script, nothing fetched, all escaped."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any

from dashboard.api.track_forms import forms, requests
from dashboard.api.track_map import Marks, draw
from dashboard.api.track_rating import stars
from dashboard.wording import LANGUAGES, Words, words
from engine.clock import BEIJING
from engine.logistics.buyer_outlook import EtaSource
from engine.logistics.discreet import discreet, tail
from engine.model.tracking import Scan, Stage
from engine.usecases.buyers.rate_order import RatingDesk
from engine.usecases.buyers.track_order import OrderView, ParcelView

STYLE = """
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 'PingFang SC','Noto Sans SC','Noto Sans CJK SC','Microsoft YaHei',system-ui,sans-serif;
color:#1c2420;background:#f3f5f4}
header,main,footer{max-width:560px;margin:0 auto;padding:12px 16px}
header{display:flex;justify-content:space-between;align-items:center;gap:8px}
h1{font-size:20px;margin:0}h2{font-size:17px;margin:0 0 4px}h3{font-size:15px;margin:12px 0 4px}
section{background:#fff;border:1px solid #d9dfdc;border-radius:10px;padding:14px;margin:0 0 12px}
p{margin:4px 0}.quiet{color:#56615b;font-size:14px}.big{font-size:18px;font-weight:600}
.late{background:#fff4e5;border-color:#d98200}.said{background:#e7f4ec;border-color:#1a6b4a}
.map{width:100%;height:auto;display:block;background:#dfe9f0;border-radius:8px}
ol.way{list-style:none;display:flex;margin:12px 0;padding:0;gap:3px}
ol.way li{flex:1;min-width:0;border-top:5px solid #cfd6d2;padding-top:4px;font-size:12px;color:#56615b;
overflow-wrap:anywhere;text-align:center}
ol.way li.yes{border-color:#1a6b4a;color:#1c2420}ol.way li.now{font-weight:700}
ul{margin:4px 0;padding-left:20px}ul.told{list-style:none;padding:0}
ul.told li{padding:6px 0;border-top:1px solid #e6eae8;font-size:14px}
a,summary{color:#0b5239}summary{padding:10px 0;font-weight:600;cursor:pointer}
a.call,button{display:block;width:100%;min-height:48px;padding:11px;margin:8px 0 0;border:0;border-radius:8px;
background:#1a6b4a;color:#fff;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
label{display:block;margin:6px 0;padding:6px 0}
textarea{width:100%;min-height:76px;font:inherit;padding:8px;border:1px solid #7d8a84;border-radius:8px}
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}
a.lang{padding:10px;margin:-10px}
"""
STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"

WAY: tuple[tuple[str, frozenset[Stage]], ...] = (
    ("packed", frozenset({Stage.LABELLED})),
    ("picked_up", frozenset({Stage.PICKED_UP})),
    ("in_transit", frozenset({Stage.IN_TRANSIT})),
    ("arrived", frozenset({Stage.ARRIVED})),
    ("at_the_door", frozenset({Stage.OUT_FOR_DELIVERY, Stage.LOCKER})),
    ("signed", frozenset({Stage.SIGNED})),
)
"""The steps of a parcel that goes well. What is on none of them has left the way, and its headline says so."""

TOLD = 15
"""Scans shown of a parcel; a usual one has eight."""


def page(t: Words, view: OrderView, rating: RatingDesk, *, relay: str, said: str | None) -> str:
    """The whole page of one order. `said`: what came of the form just sent, a key of track_said."""
    order = view.order
    body = [
        *_banner(t, view, said),
        _order(t, view),
        *_map(t, view),
        *(
            _parcel(t, parcel, n, len(view.parcels), relay=relay, now=view.as_of)
            for n, parcel in enumerate(view.parcels, start=1)
        ),
        *stars(t, rating),
        *forms(t, view),
        *requests(t, view),
    ]
    return shell(t, t("track.title", tail=tail(order["order_no"])), "".join(body))


def shell(t: Words, title: str, body: str) -> str:
    """A page of ours around `body`, with the switch to the other language."""
    other = words(next(language for language in LANGUAGES if language != t.language))
    switch = (
        f'<a class="lang" lang="{other.language}" hreflang="{other.language}" href="?lang={other.language}">'
        f"{escape(other('language.name'))}</a>"
    )
    return (
        f'<!doctype html><html lang="{"zh-CN" if t.language == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex,nofollow"><meta name="format-detection" content="telephone=no">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1>{switch}</header><main>{body}</main>"
        f'<footer class="quiet">{escape(t("track.foot"))}</footer></body></html>'
    )


def nothing_here(t: Words) -> str:
    """The page for every link that opens nothing: wrong, foreign, expired or withdrawn look the same."""
    return shell(t, t("track.none"), f"<section><p>{escape(t('track.none_help'))}</p></section>")


def when(t: Words, at: datetime) -> str:
    """11月12日 18:00; 12 Nov 18:00; in Beijing time, as everything that a buyer in China is told."""
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local:%H:%M}" if t.language == "zh" else f"{local.day} {local:%b %H:%M}"


def _banner(t: Words, view: OrderView, said: str | None) -> Iterable[str]:
    if said is not None:
        yield f'<section class="said" role="status"><p>{escape(t.of("track_said", said))}</p></section>'
    reasons = list(dict.fromkeys(parcel.late for parcel in view.parcels if parcel.late is not None))
    if view.late:
        told = [t.of("track_late", reason) for reason in reasons] or [t.of("track_late", "not_picked_up")]
        lines = "".join(f"<p>{escape(line)}</p>" for line in told)
        yield f'<section class="late"><h2>{escape(t("track.late"))}</h2>{lines}</section>'


def _order(t: Words, view: OrderView) -> str:
    order = view.order
    # A held order is told as one that is being prepared: why a person looks at it is not the buyer's page's to say.
    state = "preparing" if order["status"] in ("reserved", "held") else order["status"]
    place = " ".join(part for part in (order["province"], order["city"], order["district"]) if part)
    promise = t("track.promise", at=when(t, order["promise_at"])) if state in ("preparing", "allocated") else ""
    lines = [
        t.of("track_order", state),
        promise,
        t("track.to", place=place),
        t("track.paid", at=when(t, order["paid_at"])),
    ]
    first, *rest = [line for line in lines if line]
    return f'<section><p class="big">{escape(first)}</p>{"".join(f"<p>{escape(line)}</p>" for line in rest)}</section>'


def _map(t: Words, view: OrderView) -> Iterable[str]:
    live = [parcel for parcel in view.parcels if parcel.row["node_lat"] is not None]
    if not live:
        return
    order = view.order
    drawn = draw(
        Marks(
            origins=tuple(dict.fromkeys((parcel.row["node_lon"], parcel.row["node_lat"]) for parcel in live)),
            hubs=tuple(dict.fromkeys(point for parcel in live for point in parcel.seen)),
            destination=None if order["lat"] is None else (order["lon"], order["lat"]),
            courier=next((parcel.courier for parcel in live if parcel.courier is not None), None),
        ),
        t("track.map"),
    )
    moving = any(parcel.courier is not None for parcel in live)
    key = t("track.map_key") + (t("track.map_courier") if moving else "")
    yield f'<section>{drawn}<p class="quiet">{escape(key)}</p></section>'


def _parcel(t: Words, parcel: ParcelView, number: int, of: int, *, relay: str, now: datetime) -> str:
    row = parcel.row
    head = t("track.parcel", n=number, of=of) if of > 1 else t("track.one_parcel")
    carrier = t("track.carrier", carrier=t.name(row, "carrier"), node=t.name(row, "node"))
    if row["waybill_no"]:
        carrier += t("track.waybill", tail=tail(row["waybill_no"]))
    goods = "".join(f"<li>{escape(t.name(good))} × {good['qty']}</li>" for good in parcel.goods)
    parts = [
        f"<h2>{escape(head)}</h2>",
        f'<p class="big">{escape(t.of("track_stage", parcel.stage or "preparing"))}</p>',
        *([f"<p>{escape(t.of('track_trouble', row['trouble']))}</p>"] if row["trouble"] else []),
        _eta(t, parcel, now),
        _way(t, parcel.stage),
        f'<p class="quiet">{escape(carrier)}</p>',
        f"<ul>{goods}</ul>",
        _call(t, parcel, relay),
        _told(t, parcel),
    ]
    return f"<section>{''.join(parts)}</section>"


def _eta(t: Words, parcel: ParcelView, now: datetime) -> str:
    if parcel.stage is Stage.SIGNED:
        at = parcel.row["signed_at"] or parcel.row["stage_at"]
        return f"<p>{escape(t('track.signed', at=when(t, at)))}</p>" if at else ""
    if parcel.eta is None:
        return ""
    start, end = when(t, parcel.eta.start), when(t, parcel.eta.end)
    if parcel.eta.end <= now:
        line = t("track.eta_over", end=end)
    else:
        line = t("track.eta", start=start, end=end) if parcel.eta.start > now else t("track.eta_by", end=end)
    note = t.of("track_eta", parcel.eta.source)
    if parcel.eta.source is EtaSource.PUBLISHED:
        note = t("track.published", days=t.count(parcel.row["days"]))
    return f'<p>{escape(line)}</p><p class="quiet">{escape(note)}</p>'


def _way(t: Words, stage: Stage | None) -> str:
    reached = next((n for n, (_, stages) in enumerate(WAY) if stage in stages), None)
    if reached is None:
        return ""
    items = []
    for n, (name, _) in enumerate(WAY):
        css = "yes now" if n == reached else "yes" if n < reached else ""
        here = ' aria-current="step"' if n == reached else ""
        items.append(f'<li class="{css}"{here}>{escape(t.of("track_way", name))}</li>')
    return f'<ol class="way" aria-label="{escape(t("track.way"))}">{"".join(items)}</ol>'


def _call(t: Words, parcel: ParcelView, relay: str) -> str:
    if not relay or parcel.stage is not Stage.OUT_FOR_DELIVERY:
        return ""
    number = "".join(c for c in relay if c.isdigit() or c == "+")
    return f'<a class="call" href="tel:{escape(number)}">{escape(t("track.call"))}</a>'


def _told(t: Words, parcel: ParcelView) -> str:
    """What the carrier told, in our words and without its sentence, which may name people and numbers."""
    items = [_line(t, scan) for scan in parcel.scans if scan["scan"] != Scan.NOTE][:TOLD]
    if not items:
        return ""
    return f'<details><summary>{escape(t("track.told"))}</summary><ul class="told">{"".join(items)}</ul></details>'


def _line(t: Words, scan: Any) -> str:
    what = t.of("track_trouble", scan["trouble"]) if scan["trouble"] else t.of("track_scan", scan["scan"])
    place = f" · {discreet(scan['place'])}" if scan["place"] else ""
    return f'<li><span class="quiet">{escape(when(t, scan["event_time"]))}</span><br>{escape(what + place)}</li>'
