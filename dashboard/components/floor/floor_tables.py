"""Tables of the floor board: open work by route, released waves. Names of areas and routes, in words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.components import grid
from dashboard.wording import NOTHING, Words


def area_name(t: Words, row: Mapping[str, Any]) -> str:
    """四川, or 徐汇区 where a route is finer than a province."""
    return row["place"] or (t.of("province", row["province"]) if row["province"] else row["area"]) or NOTHING


def route_line(t: Words, row: Mapping[str, Any]) -> str:
    """中通 · 四川 · 常温: a route, on a wave as in a choice."""
    return " · ".join((t.name(row, "carrier"), area_name(t, row), t.of("layer", row["layer"])))


def work(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Open work of every node, what cannot wait first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {"place": grid.text(t("col.node"), width=210), **_work_columns(t)}
        return _worded(t, frame), columns

    grid.live(t, frame, build, key="floor-work", height=height)


def work_of_node(t: Words, frame: pl.DataFrame, node: str, *, height: int) -> None:
    """Open work of one node. Built once for the board and shared, like every table."""
    own = reads.figure(f"floor.own.{node}", frame, t.language, lambda: frame.filter(pl.col("node") == node))
    grid.live(t, own, lambda: (_worded(t, own), _work_columns(t)), key=f"floor-work-{node}", height=height)


def _worded(t: Words, frame: pl.DataFrame) -> pl.DataFrame:
    areas = [area_name(t, row) for row in frame.select("area", "province", "place").iter_rows(named=True)]
    return frame.with_columns(
        grid.mapped(t, "layer", "layer"),
        *grid.beijing("leaves_at", "due_at"),
        pl.col("kg").round(0),
        place=grid.names(t, frame, "node"),
        carrier=grid.names(t, frame, "carrier"),
        area=pl.Series("area", areas, dtype=pl.String),
        urgent=100 * (pl.col("late") + pl.col("pressed")) / pl.max_horizontal("parcels", 1),
    )


def _work_columns(t: Words) -> dict[str, Any]:
    return {
        "carrier": grid.text(t("col.carrier"), width=140),
        "area": grid.text(t("col.area"), width=110),
        "layer": grid.text(t("col.layer"), width=75),
        "parcels": grid.number(t("col.parcels"), width=75),
        "kg": grid.number(t("col.kg"), width=75),
        "late": grid.number(t("col.late"), width=75),
        "pressed": grid.number(t("col.pressed"), width=75),
        "urgent": st.column_config.ProgressColumn(
            t("col.urgent"), format="%.0f%%", min_value=0, max_value=100, width=120
        ),
        "due_at": grid.moment(t("col.first_promise"), form="MM-DD HH:mm", width=115),
        "leaves_at": grid.moment(t("col.leaves_at"), form="MM-DD HH:mm", width=115),
    }


def released(t: Words, frame: pl.DataFrame, node: str, *, height: int) -> None:
    """Released waves of a node, the newest first; each opens by its link."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        areas = [area_name(t, row) for row in frame.select("area", "province", "place").iter_rows(named=True)]
        links = [
            f"/waves?lang={t.language}&node={quote(node, safe='')}&panel=released&wave={quote(wave, safe='')}"
            for wave in frame["wave_id"]
        ]
        shown = frame.with_columns(
            grid.mapped(t, "layer", "layer"),
            grid.mapped(t, "wave_reason", "reason"),
            *grid.beijing("leaves_at", "due_at", "released_at"),
            pl.col("kg").round(0),
            carrier=grid.names(t, frame, "carrier"),
            area=pl.Series("area", areas, dtype=pl.String),
            link=pl.Series("link", links, dtype=pl.String),
            stopped=pl.when(pl.col("stopped") > 0).then(pl.col("stopped")),
        )
        columns = {
            "link": st.column_config.LinkColumn(t("col.wave"), display_text=r"wave=(.*)$", width=95),
            "carrier": grid.text(t("col.carrier"), width=140),
            "area": grid.text(t("col.area"), width=110),
            "layer": grid.text(t("col.layer"), width=75),
            "reason": grid.text(t("col.why"), width=90),
            "parcels": grid.number(t("col.parcels"), width=75),
            "units": grid.number(t("col.units"), width=75),
            "kg": grid.number(t("col.kg"), width=75),
            "stopped": grid.number(t("col.stopped"), width=85),
            "due_at": grid.moment(t("col.first_promise"), form="MM-DD HH:mm", width=115),
            "leaves_at": grid.moment(t("col.leaves_at"), form="MM-DD HH:mm", width=115),
            "released_at": grid.moment(t("col.released_at"), form="MM-DD HH:mm", width=115),
            "released_by": grid.text(t("col.released_by"), width=130),
        }
        return shown, columns

    grid.live(t, frame, build, key=f"floor-released-{node}", height=height)
