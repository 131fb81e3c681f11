"""The cold chain on one screen: what is too warm now, its curve against the limits, and whose orders it concerns."""

from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard.boards.cold_chain import ColdChain, OneProbe
from dashboard.components import ages, grid, panels
from dashboard.components import palette as p
from dashboard.components.charts import TOOLTIP, base
from dashboard.views.maps import ColdChainView
from dashboard.wording import NOTHING, Words, plain
from engine.clock import BEIJING
from engine.logistics.cold_policy import LayerPolicy

UPPER, LOWER = 330, 320
STALE_SECONDS = 900
"""A quarter of an hour without any reading of any sensor: loggers report every few minutes."""
FAULTY = ("impossible", "stuck")


def nothing(t: Words) -> None:
    """How readings come in, where none ever did."""
    st.subheader(t("cold.empty"), anchor=False)
    st.text(t("cold.empty_text"))
    st.code(
        "curl http://127.0.0.1:8501/api/readings -H 'Content-Type: application/json' \\\n"
        '  -d \'[{"device":"LOG-7","at":"2026-11-11T20:00:00+08:00","celsius":4.2,"waybill_no":"SF..."}]\'',
        language="shell",
    )


def figures(t: Words, board: ColdChain, now: datetime) -> None:
    """Five figures to be read across a room."""
    is_open = board.excursions.filter(pl.col("ended_at").is_null())
    standing = board.probes["standing"]
    told = (
        ("open", is_open.height, p.RED),
        ("parcels", int(is_open["parcels"].sum()), p.RED),
        ("orders", int(is_open["orders"].sum()), p.RED),
        ("faulty", int(standing.is_in(FAULTY).sum()), p.ORANGE),
        ("silent", int((standing == "silent").sum()), p.ORANGE),
        ("probes", board.probes.height, ""),
    )
    fresh = ages.of_time(t, board.probes["newest_at"].max(), now, limit=STALE_SECONDS)  # type: ignore[arg-type]
    cells = "".join(
        f"<div><span>{escape(t(f'cold_figure.{name}'))}</span>"
        f"<b{f' style=color:{colour}' if value and colour else ''}>{escape(t.count(value))}</b></div>"
        for name, value, colour in told
    )
    with panels.panel("cold-figures", t("cold.now"), fresh):
        st.html(f"{_STYLE}<div class=cold-figures>{cells}</div>")


def opened(board: ColdChain, view: ColdChainView) -> tuple[str, str]:
    """The probe and the excursion that the curve is of: as chosen, else the first excursion, else the first probe."""
    chosen = board.excursions.filter(pl.col("excursion_id") == view.excursion)
    first = chosen if chosen.height else board.excursions.head(1)
    if view.excursion in board.probes["probe_id"]:
        return view.excursion, ""
    if first.is_empty():
        return (board.probes["probe_id"][0] if board.probes.height else ""), ""
    return first["probe_id"][0], first["excursion_id"][0]


def excursions(t: Words, board: ColdChain) -> None:
    """All excursions; a link opens one."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.excursions.with_columns(
            *grid.beijing("started_at", "ended_at"),
            grid.mapped(t, "breach", "breach"),
            grid.mapped(t, "layer", "layer"),
            _links(t, board.excursions["excursion_id"], board.excursions["device"]),
            peak=pl.col("peak").round(1),
        )
        return frame, {
            "link": st.column_config.LinkColumn(t("cold_col.device"), display_text=r"#(.*)$", width=90),
            "subject": grid.text(t("cold_col.subject"), width=110),
            "layer": grid.text(t("cold_col.layer"), width=56),
            "breach": grid.text(t("cold_col.breach"), width=70),
            "peak": grid.number(t("cold_col.peak"), form="%.1f", width=58),
            "minutes": grid.number(t("cold_col.minutes"), form="%.0f", width=64),
            "degree_minutes": grid.number(t("cold_col.degree_minutes"), form="%.0f", width=80),
            "started_at": grid.moment(t("cold_col.started"), form="MM-DD HH:mm", width=94),
            "ended_at": grid.moment(t("cold_col.ended"), form="MM-DD HH:mm", width=94),
            "orders": grid.number(t("cold_col.orders"), width=56),
        }

    grid.live(t, board.excursions, build, key="cold-excursions", height=UPPER - 40)


def curve(t: Words, board: ColdChain, one: OneProbe | None) -> None:
    """The curve of the probe that is opened."""
    if one is None:
        st.caption(t("cold.no_probe"))
        return
    probe = one.probe
    limits = board.limits[str(probe["layer"])]
    celsius = probe["celsius"]
    says = NOTHING if celsius is None else t("cold.celsius", n=f"{celsius:.1f}")
    st.caption(
        t(
            "cold.probe",
            device=plain(str(probe["device"])),
            subject=plain(str(probe["subject"])),
            layer=t.of("layer", str(probe["layer"])),
            says=says,
            standing=t.of("cold_standing", str(probe["standing"])),
        )
    )
    st.echarts_chart(_option(t, one.curve, limits), height=UPPER - 74, key="cold-curve", theme=None)


def lower(t: Words, board: ColdChain, one: OneProbe | None, view: ColdChainView) -> None:
    """Orders of the excursion, or all sensors."""
    st.segmented_control(
        t("cold.panel"),
        ColdChainView.PANELS,
        default=view.panel,
        format_func=lambda panel: t(f"cold_panel.{panel}"),
        key="cold_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
    )
    if view.panel == "probes":
        _probes(t, board)
    elif one is not None:
        _orders(t, one)


def _orders(t: Words, one: OneProbe) -> None:
    frame = one.orders.with_columns(
        grid.mapped(t, "platform", "platform"),
        grid.mapped(t, "status", "status"),
        grid.links(t, one.orders),
        *grid.yuan("amount_cents"),
    )
    columns = {
        "link": grid.link(t),
        "platform": grid.text(t("col.platform"), width=90),
        "parcel_id": grid.text(t("col.parcel"), width=130),
        "buyer": grid.text(t("cold_col.buyer"), width=120),
        "province": grid.text(t("cold_col.province"), width=120),
        "city": grid.text(t("cold_col.city"), width=120),
        "status": grid.text(t("col.status"), width=90),
        "amount_cents": grid.number(t("cold_col.amount"), form="¥%.2f", width=100),
    }
    grid.show(t, frame, columns, key="cold-orders", height=LOWER)


def _probes(t: Words, board: ColdChain) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.probes.with_columns(
            *grid.beijing("newest_at"),
            grid.mapped(t, "carried", "carried"),
            grid.mapped(t, "layer", "layer"),
            grid.mapped(t, "cold_standing", "standing"),
            _links(t, board.probes["probe_id"], board.probes["device"]),
        )
        return frame, {
            "link": st.column_config.LinkColumn(t("cold_col.device"), display_text=r"#(.*)$", width=110),
            "carried": grid.text(t("cold_col.carried"), width=80),
            "subject": grid.text(t("cold_col.subject"), width=150),
            "layer": grid.text(t("cold_col.layer"), width=70),
            "celsius": grid.number(t("cold_col.celsius"), form="%.1f", width=80),
            "humidity": grid.number(t("cold_col.humidity"), form="%.0f", width=80),
            "newest_at": grid.moment(t("cold_col.newest")),
            "standing": grid.text(t("cold_col.standing"), width=200),
            "gaps": grid.number(t("cold_col.gaps"), width=80),
        }

    grid.live(t, board.probes, build, key="cold-probes", height=LOWER)


def _option(t: Words, curve: pl.DataFrame, limits: LayerPolicy) -> dict[str, Any]:
    good = curve.filter(pl.col("fault").is_null())
    line = [[f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}", c] for at, c in good.select("event_time", "celsius").rows()]
    lowest, highest = good["celsius"].min(), good["celsius"].max()
    marks = [
        {"yAxis": value, "label": {"formatter": t(f"cold.{name}", n=f"{value:g}"), "color": p.DIM}}
        for name, value in (("high", limits.high_c), ("low", limits.low_c))
        if name == "high" or (lowest is not None and lowest < value + 3)  # type: ignore[operator]
    ]
    axis = {"axisLabel": {"color": p.DIM}, "axisLine": {"lineStyle": {"color": p.LINE}}, "axisTick": {"show": False}}
    return {
        **base(),
        "tooltip": TOOLTIP,
        "grid": {"left": 40, "right": 104, "top": 16, "bottom": 24},
        "xAxis": {"type": "time", "splitLine": {"show": False}, **axis},
        "yAxis": {
            "type": "value",
            "scale": True,
            "max": max(limits.high_c, float(highest or limits.high_c)) + 1,  # type: ignore[arg-type]
            "splitLine": {"lineStyle": {"color": p.LINE, "opacity": 0.6}},
            **axis,
        },
        "series": [
            {
                "name": t("cold_col.celsius"),
                "type": "line",
                "data": line,
                "showSymbol": len(line) < 3,
                "lineStyle": {"color": p.GOLD, "width": 1.8},
                "itemStyle": {"color": p.GOLD},
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "lineStyle": {"color": p.RED, "type": "dashed"},
                    "data": marks,
                },
            }
        ],
    }


def _links(t: Words, ids: pl.Series, names: pl.Series) -> pl.Series:
    told = [
        f"/cold_chain?lang={t.language}&excursion={quote(i, safe='')}#{quote(n, safe='')}"
        for i, n in zip(ids, names, strict=True)
    ]
    return pl.Series("link", told, dtype=pl.String)


def _choose() -> None:
    st.query_params["panel"] = st.session_state["cold_panel"]


_STYLE = """<style>
.cold-figures{display:grid;grid-template-columns:repeat(6,1fr);gap:.8rem;font-variant-numeric:tabular-nums}
.cold-figures div{display:flex;flex-direction:column}
.cold-figures span{font-size:.8rem;color:#8392AB}
.cold-figures b{font-size:1.8rem;font-weight:600;line-height:1.2}
</style>"""
