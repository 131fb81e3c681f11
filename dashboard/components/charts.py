"""Charts of the boards as ECharts options. Each takes frames and words and returns a plain dict; none draws."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from dashboard.components import palette as p
from dashboard.wording import Words

Option = dict[str, Any]
SIZE = 13
FUNNEL = ("unpaid", "reserved", "held", "allocated", "sold_out", "cancelled", "refunded")
TOOLTIP = {
    "trigger": "axis",
    "backgroundColor": p.PANEL,
    "borderColor": p.LINE,
    "textStyle": {"color": p.TEXT},
}
"""What a chart says under the pointer, for all its lines at once."""


def base(**parts: Any) -> Option:
    """What every chart has in common."""
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": p.FONT, "color": p.TEXT, "fontSize": SIZE},
        **parts,
    }


def _category(names: Sequence[str], *, width: int) -> Option:
    return {
        "type": "category",
        "data": list(names),
        "inverse": True,
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": p.TEXT, "width": width, "overflow": "truncate", "fontSize": SIZE, "margin": 10},
    }


def _hidden(*, most: float | None = None) -> Option:
    axis: Option = {"type": "value", "show": False, "min": 0}
    return axis if most is None else {**axis, "max": most}


def bars(
    names: Sequence[str],
    values: Sequence[float | None],
    labels: Sequence[str],
    colours: Sequence[str],
    *,
    name_width: int = 90,
    label_width: int = 140,
    most: float | None = None,
    ground: bool = True,
) -> Option:
    """Horizontal bars, each with its name on the left and its figures on the right."""
    top = most if most is not None else max([v for v in values if v is not None], default=0) or 1
    data = [
        {
            "value": value if value is not None else 0,
            "itemStyle": {"color": colour, "borderRadius": 2},
            "label": {"formatter": label.replace("{", "").replace("}", "")},
        }
        for value, colour, label in zip(values, colours, labels, strict=True)
    ]
    frame = {
        "type": "bar",
        "data": [top] * len(data),
        "barGap": "-100%",
        "barMaxWidth": 18,
        "silent": True,
        "z": 1,
        "itemStyle": {"color": p.LINE, "opacity": 0.45, "borderRadius": 2},
        "label": {"show": False},
    }
    series = {
        "type": "bar",
        "data": data,
        "barMaxWidth": 18,
        "z": 2,
        "label": {"show": False},
    }
    words = {
        "type": "bar",
        "data": [{"value": top, "label": item["label"]} for item in data],
        "barGap": "-100%",
        "barMaxWidth": 18,
        "silent": True,
        "z": 3,
        "itemStyle": {"color": "transparent"},
        "label": {"show": True, "position": "right", "color": p.TEXT, "fontSize": SIZE},
    }
    return base(
        grid={"left": name_width + 12, "right": label_width, "top": 2, "bottom": 2},
        xAxis=_hidden(most=top),
        yAxis=_category(names, width=name_width),
        series=[*([frame] if ground else []), series, words],
    )


def funnel(t: Words, status: pl.DataFrame) -> Option:
    """Orders by status with their worth."""
    known = {row["status"]: row for row in status.iter_rows(named=True)}
    rows = [known.get(name, {"orders": 0, "cents": 0}) for name in FUNNEL]
    return bars(
        [t.of("status", name) for name in FUNNEL],
        [row["orders"] for row in rows],
        [f"{t.count(row['orders'])}  ·  {t.big_money(row['cents'])}" for row in rows],
        [p.STATUS[name] for name in FUNNEL],
        name_width=64,
        label_width=124,
    )


def pulse(t: Words, buckets: pl.DataFrame, *, seconds: int) -> Option:
    """Orders a minute as bars, viewers as a line; quiet time before the first order is left out."""
    busy = buckets.with_row_index().filter((pl.col("orders") > 0) | pl.col("viewers").is_not_null())
    lead = 3 if seconds == 60 else 6
    first = max(int(busy["index"][0]) - lead, 0) if busy.height else 0
    shown = buckets[first:]
    rate = (shown["orders"] * 60 / seconds).to_list()
    # Signals come every ten seconds or so: a gap of a few buckets is no silence.
    viewers = shown["viewers"].forward_fill(limit=3 if seconds < 60 else 1).round().to_list()
    clock = [t.clock(at)[: 8 if seconds < 60 else 5] for at in shown["bucket"].to_list()]
    quiet_axis = {"axisLine": {"show": False}, "axisTick": {"show": False}}
    series: list[Option] = [
        {
            "name": t("pulse.orders"),
            "type": "bar",
            "data": rate,
            "itemStyle": {"color": p.GOLD},
            "barCategoryGap": "12%",
            "large": True,
        }
    ]
    if any(v is not None for v in viewers):
        series.append(
            {
                "name": t("pulse.viewers"),
                "type": "line",
                "yAxisIndex": 1,
                "data": viewers,
                "showSymbol": False,
                "lineStyle": {"color": p.BLUE, "width": 1.6},
                "itemStyle": {"color": p.BLUE},
            }
        )
    return base(
        tooltip={"trigger": "axis", "backgroundColor": p.PANEL, "borderColor": p.LINE, "textStyle": {"color": p.TEXT}},
        legend={"top": 0, "right": 8, "textStyle": {"color": p.DIM}, "itemWidth": 14, "itemHeight": 8},
        grid={"left": 48, "right": 52, "top": 30, "bottom": 24},
        xAxis={
            "type": "category",
            "data": clock,
            "axisLabel": {"color": p.DIM, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": p.LINE}},
            "axisTick": {"show": False},
        },
        yAxis=[
            {
                "type": "value",
                "min": 0,
                "axisLabel": {"color": p.DIM},
                "splitLine": {"lineStyle": {"color": p.LINE, "opacity": 0.6}},
                **quiet_axis,
            },
            {"type": "value", "min": 0, "axisLabel": {"color": p.BLUE}, "splitLine": {"show": False}, **quiet_axis},
        ],
        series=series,
    )


def sell_out(t: Words, pools: pl.DataFrame, *, rows: int) -> Option:
    """The tightest pools: how much of each is gone, coloured by how soon the rest will be."""
    tight = pools.filter(pl.col("minutes_left").is_not_null()).head(rows)
    shown = tight.rows(named=True)
    return bars(
        [t.name(row) for row in shown],
        [row["reserved"] / row["quantity"] if row["quantity"] else 1 for row in shown],
        [
            t("pools.sold_out")
            if row["pool_left"] == 0
            else t("pools.clock", span=t.duration(row["minutes_left"] * 60), left=t.count(row["pool_left"]))
            for row in shown
        ],
        [_urgent(row["minutes_left"]) for row in shown],
        name_width=150,
        label_width=150,
        most=1,
    )


def _urgent(minutes: float) -> str:
    return p.RED if minutes < 15 else p.ORANGE if minutes < 60 else p.GREEN


def quotas(t: Words, provinces: pl.DataFrame, *, rows: int) -> Option:
    """How full the fullest province quotas are."""
    full = (
        provinces.filter(pl.col("quota") > 0)
        .with_columns(use=pl.col("quota_used") / pl.col("quota"))
        .sort("use", "province", descending=[True, False])
        .head(rows)
    )
    uses = full["use"].to_list()
    return bars(
        [t.of("province", name) for name in full["province"].to_list()],
        uses,
        [
            f"{t.share(row['use'])}  ·  {t.count(row['quota_used'])} / {t.count(row['quota'])}"
            for row in full.iter_rows(named=True)
        ],
        [p.RED if use >= 1 else p.ORANGE if use >= 0.8 else p.BLUE for use in uses],
        name_width=52 if t.language == "zh" else 88,
        label_width=146,
        most=1,
    )


def promises(t: Words, windows: pl.DataFrame) -> Option:
    """Unfinished orders by hours to their deadline."""
    colours = {"overdue": p.RED, "6h": p.ORANGE, "12h": p.YELLOW, "24h": p.BLUE, "later": p.QUIET}
    rows = windows.rows(named=True)
    return bars(
        [t.of("promise", row["window_name"]) for row in rows],
        [row["orders"] for row in rows],
        [f"{t.count(row['orders'])}  ·  {t.big_money(row['cents'])}" for row in rows],
        [colours[row["window_name"]] for row in rows],
        name_width=82,
    )


def carrier_mix(t: Words, carriers: pl.DataFrame) -> Option:
    """Share of the planned parcels, with each carrier's agreed limit as the bar's ground."""
    used = carriers.filter((pl.col("parcels") > 0) | (pl.col("max_share") < 1))
    rows = used.rows(named=True)
    option = bars(
        [t.name(row) for row in rows],
        [row["share"] or 0 for row in rows],
        [
            t(
                "carriers.label",
                share=t.share(row["share"] or 0),
                most=t.share(row["max_share"]),
                n=t.count(row["parcels"]),
            )
            for row in rows
        ],
        [p.RED if (row["share"] or 0) > row["max_share"] + 0.005 else p.GREEN for row in rows],
        name_width=104,
        label_width=132,
        most=1,
    )
    option["series"][0]["data"] = [row["max_share"] for row in rows]
    return option


def node_load(t: Words, nodes: pl.DataFrame, *, rows: int) -> Option:
    """Hours of planned work at the busiest nodes."""
    busy = nodes.filter(pl.col("parcels") > 0).head(rows)
    hours = busy["hours"].to_list()
    return bars(
        [t.name(row) for row in busy.iter_rows(named=True)],
        hours,
        [
            t("nodes.label", hours=t.duration(row["hours"] * 3600), n=t.count(row["parcels"]))
            for row in busy.iter_rows(named=True)
        ],
        [p.RED if h > 12 else p.ORANGE if h > 6 else p.BLUE for h in hours],
        name_width=150,
        label_width=112,
    )


def rules(t: Words, held: pl.DataFrame) -> Option:
    """Held orders by rule."""
    return bars(
        [t.of("rule", name) for name in held["rule"].to_list()],
        held["orders"].to_list(),
        [t.count(n) for n in held["orders"].to_list()],
        [p.ORANGE] * held.height,
        name_width=110,
        label_width=60,
    )


def sold(t: Words, codes: pl.DataFrame, *, rows: int) -> Option:
    """What was asked for most today."""
    top = codes.head(rows)
    return bars(
        [t.name(row) for row in top.iter_rows(named=True)],
        top["units"].to_list(),
        [f"{t.count(row['units'])}  ·  {t.big_money(row['cents'])}" for row in top.iter_rows(named=True)],
        [p.GOLD] * top.height,
        name_width=160,
    )


def counts(names: Sequence[str], values: Sequence[int], labels: Sequence[str], colour: str) -> Option:
    """Counts by name, each with its words."""
    return bars(names, values, labels, [colour] * len(values), name_width=170, label_width=150)
