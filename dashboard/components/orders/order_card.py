"""One order on one screen: what it is, what happened to it, what was bought, where it ships from and why."""

from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import sentences
from dashboard.components.orders import order_tables, why_here
from dashboard.components.road import tracking_tables
from dashboard.components.search import trail_table
from dashboard.order_file import OrderFile
from dashboard.wording import NOTHING, Words, plain

HEIGHT = 420
"""Pixels: thirteen rows; an order with a ticket has thirty."""

_COLOURS = {"reserved": "blue", "held": "orange", "allocated": "green", "sold_out": "red"}
_STATUS = frozenset({"reserved", "held", "allocated", "sold_out", "cancelled", "refunded"})


def draw(t: Words, file: OrderFile, now: datetime) -> None:
    """The whole card."""
    order = file.head.row(0, named=True)
    _title(t, order)
    _figures(t, order, now)
    story, why = st.columns([1.6, 1], gap="medium")
    with story:
        st.markdown(f"**{t('order.story')}**")
        rows = [*_events(t, file), *trail_table.told(t, file.trail, _names(t, file))]
        trail_table.draw(t, rows, now, key="story", height=HEIGHT)
        st.markdown(f"**{t('order.goods')}**")
        order_tables.goods(t, file.goods)
    with why:
        st.markdown(f"**{t('order.why')}**")
        _why(t, file, order)
    if file.picks.height:
        st.markdown(f"**{t('order.picks')}**")
        order_tables.picks(t, file.picks)
    if file.tracking.height:
        st.markdown(f"**{t('order.tracking')}**")
        tracking_tables.events(t, file.tracking)


def _title(t: Words, order: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="order-title"):
        st.badge(t.of("status", order["status"]), color=_COLOURS.get(order["status"], "gray"))
        st.markdown(f"##### {plain(order['order_no'])}", width="content")
        place = " ".join(
            part for part in (order["province"], order["city"], order["district"], order["street"]) if part
        )
        st.caption(
            t(
                "order.title",
                platform=t.of("platform", order["platform"]),
                show=plain(t.name(order, "title")),
                buyer=plain(order["buyer"]),
                place=plain(place),
            ),
            width="content",
        )


def _figures(t: Words, order: dict[str, Any], now: datetime) -> None:
    left = (order["promise_at"] - now).total_seconds()
    done = order["status"] in ("cancelled", "refunded", "sold_out")
    promise = NOTHING if done else t.duration(left) if left > 0 else t("order.overdue", span=t.duration(-left))
    shown = (
        (t("order.paid"), t.money(order["amount_cents"]), t("order.list", money=t.money(order["list_cents"]))),
        (t("order.units"), t.count(order["units"]), t("order.arrival", n=t.count(order["arrival"]))),
        (t("order.paid_at"), t.clock(order["paid_at"]), t.stamp(order["paid_at"])[:10]),
        (t("order.promise"), promise, t.stamp(order["promise_at"])[:16]),
        (
            t("order.received"),
            t.duration((order["received_at"] - order["paid_at"]).total_seconds()),
            t("order.received_note"),
        ),
    )
    for column, (label, value, note) in zip(st.columns(5, gap="small"), shown, strict=True):
        column.metric(label, value, delta=note, delta_color="gray", delta_arrow="off", border=True)


def _names(t: Words, file: OrderFile) -> dict[str, str]:
    """Nodes and carriers by their codes."""
    nodes = {row["node"]: t.name(row) for row in file.nodes.iter_rows(named=True)}
    return nodes | {row["carrier"]: t.name(row) for row in file.carriers.iter_rows(named=True)}


def _events(t: Words, file: OrderFile) -> list[trail_table.Told]:
    told: list[trail_table.Told] = []
    for row in file.story.iter_rows(named=True):
        first = row["step"] == 4
        why = "; ".join(sentences.reasons(t, row["reason"])) if first else sentences.said(t, row["reason"] or "")
        kind = row["kind"]
        what = t.of("status", kind) if first or kind in _STATUS else t.of("event", kind)
        told.append((row["happened_at"], what, "", why, row["actor"] or "", None))
    return told


def _why(t: Words, file: OrderFile, order: dict[str, Any]) -> None:
    """Which node was chosen and which were passed over; or why none was, yet."""
    if file.waiting.height:
        hold = file.waiting.row(0, named=True)
        waits = "waits_longer" if hold["state"] == "accepted" else "asked_to_wait"
        st.text(
            t(
                f"order.{waits}",
                until=t.stamp(hold["hold_until"])[:16],
                promise=t.stamp(hold["promise_after"])[:16],
                money=t.money(hold["compensation_cents"]),
                form=t.of("form", hold["form"]),
            )
        )
        return
    if not file.reason.height:
        st.text("\n".join(sentences.reasons(t, order["reason"])) or t.of("order_wait", order["status"]))
        return
    reason = file.reason.row(0, named=True)
    if reason["node"] is None:
        st.text(t("order.unserved", why=sentences.unserved(t, reason["detail"])))
    else:
        km = NOTHING if reason["km"] is None else t.count(round(reason["km"]))
        st.text(t("order.chosen", node=t.name(reason, "node"), km=km))
    why_here.draw(t, file, reason["detail"])
