"""Tables of tracking: parcels nobody hears of, carriers, feeds, unknown codes, and the events of an order's parcels."""

from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.wording import Words

COUNTED = ("labelled", "moving", "at_the_door", "signed", "fell_out", "troubled", "silent_12", "silent_24")


def silent(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Parcels under way without news, the oldest first; each opens its order."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        links = [
            None if order_id is None else f"/order?lang={t.language}&order={quote(order_id, safe='')}#{quote(waybill)}"
            for order_id, waybill in frame.select("order_id", "waybill_no").iter_rows()
        ]
        shown = frame.with_columns(
            grid.mapped(t, "stage", "stage"),
            grid.mapped(t, "trouble", "trouble"),
            *grid.beijing("since"),
            carrier=grid.names(t, frame, "carrier"),
            node=grid.names(t, frame, "node"),
            link=pl.Series("link", links, dtype=pl.String),
        )
        columns = {
            "link": st.column_config.LinkColumn(t("col.waybill"), display_text=r"#(.*)$", width=160),
            "carrier": grid.text(t("col.carrier"), width=140),
            "stage": grid.text(t("col.stage"), width=130),
            "hours": grid.number(t("col.quiet_hours"), form="%.1f", width=95),
            "since": grid.moment(t("col.last_news"), form="MM-DD HH:mm", width=115),
            "last_place": grid.text(t("col.last_place"), width=220),
            "trouble": grid.text(t("col.trouble"), width=130),
            "node": grid.text(t("col.node"), width=190),
            "parcel_id": grid.text(t("col.parcel"), width=150),
        }
        return shown, columns

    grid.live(t, frame, build, key="logistics-silent", height=height)


def carriers(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Carriers, most parcels first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "name": grid.text(t("col.carrier"), width=160),
            "parcels": grid.number(t("col.parcels"), width=90),
            **{name: grid.number(t(f"col.{name}"), width=95) for name in COUNTED},
            "delivered_hours": grid.number(t("col.delivered_hours"), form="%.1f", width=140),
        }  # fmt: skip
        return frame.with_columns(name=grid.names(t, frame)), columns

    grid.live(t, frame, build, key="logistics-carriers", height=height)


def feeds(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Who tells us, how much, how late."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "provider": grid.text(t("col.provider"), width=130),
            "events": grid.number(t("col.events"), width=90),
            "last_hour": grid.number(t("col.last_hour"), width=110),
            "late_minutes": grid.number(t("col.late_minutes"), form="%.1f", width=120),
            "event_time": grid.moment(t("col.last_scan"), form="MM-DD HH:mm:ss", width=130),
            "ingest_time": grid.moment(t("col.received_at"), form="MM-DD HH:mm:ss", width=130),
        }
        shown = frame.with_columns(grid.mapped(t, "provider", "provider"), *grid.beijing("event_time", "ingest_time"))
        return shown, columns

    grid.live(t, frame, build, key="logistics-feeds", height=height)


def unknown(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Codes that no table knows, with the words they last came with."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "provider": grid.text(t("col.provider"), width=120),
            "raw_code": grid.text(t("col.code"), width=110),
            "events": grid.number(t("col.events"), width=80),
            "said": grid.text(t("col.said"), width=330),
        }
        return frame.with_columns(grid.mapped(t, "provider", "provider")), columns

    grid.live(t, frame, build, key="logistics-unknown", height=height)


def events(t: Words, frame: pl.DataFrame) -> None:
    """What carriers told of one order's parcels, the newest first; what was taken back says so."""
    shown = frame.with_columns(
        grid.mapped(t, "scan", "scan"),
        grid.mapped(t, "trouble", "trouble"),
        grid.mapped(t, "provider", "provider"),
        *grid.beijing("event_time", "ingest_time"),
        retracted=pl.when(pl.col("retracted")).then(pl.lit(t("order.taken_back"))),
    )
    columns = {
        "waybill_no": grid.text(t("col.waybill"), width=150),
        "event_time": grid.moment(t("col.at")),
        "scan": grid.text(t("col.scan"), width=120),
        "trouble": grid.text(t("col.trouble"), width=110),
        "place": grid.text(t("col.place_of_scan"), width=160),
        "said": grid.text(t("col.said"), width=330),
        "retracted": grid.text(t("col.remark"), width=90),
        "provider": grid.text(t("col.provider"), width=100),
        "raw_code": grid.text(t("col.code"), width=90),
        "ingest_time": grid.moment(t("col.received_at")),
    }
    grid.show(t, shown, columns, key="tracking-events", height=420)
