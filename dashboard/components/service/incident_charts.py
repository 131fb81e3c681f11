"""The curve of an incident as an ECharts option: buyers who complained, against what usually would have come."""

from datetime import datetime
from typing import Any

import polars as pl

from dashboard.components import palette as p
from dashboard.components.charts import SIZE, TOOLTIP, Option, base
from dashboard.wording import Words


def against_expectation(t: Words, incident: dict[str, Any], times: pl.DataFrame, now: datetime) -> Option:
    """Distinct buyers since it began as steps, the expectation as a line from nothing to what it is now."""
    end = now if incident["state"] == "open" else incident["state_at"]
    came = [[_ms(at), count] for count, at in enumerate(times["asked_at"], start=1)]
    came = [[_ms(incident["began_at"]), 0], *came, [_ms(end), len(times)]]
    usual = [[_ms(incident["began_at"]), 0], [_ms(end), round(incident["expected"], 2)]]
    axis = {"axisLabel": {"color": p.TEXT, "fontSize": SIZE}, "splitLine": {"lineStyle": {"color": p.LINE}}}
    return base(
        grid={"left": 44, "right": 20, "top": 34, "bottom": 28},
        legend={"top": 0, "textStyle": {"color": p.TEXT, "fontSize": SIZE}},
        tooltip=TOOLTIP,
        xAxis={"type": "time", "axisLabel": {**axis["axisLabel"], "hideOverlap": True}, "splitLine": {"show": False}},
        yAxis={"type": "value", "min": 0, "minInterval": 1, **axis},
        series=[
            {"type": "line", "step": "end", "name": t("incidents.came"), "data": came, "showSymbol": False,
             "lineStyle": {"color": p.RED, "width": 3}, "itemStyle": {"color": p.RED}},
            {"type": "line", "name": t("incidents.usual"), "data": usual, "showSymbol": False,
             "lineStyle": {"color": p.BLUE, "width": 2, "type": "dashed"}, "itemStyle": {"color": p.BLUE},
             "markLine": {"symbol": "none", "silent": True,
                          "label": {"formatter": t("incidents.raised"), "color": p.TEXT, "fontSize": SIZE},
                          "lineStyle": {"color": p.ORANGE},
                          "data": [{"xAxis": _ms(incident["opened_at"])}]}},
        ],
    )  # fmt: skip


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000) + 8 * 3_600_000  # Beijing's clock: ECharts is told to know no zones


__all__ = ["against_expectation"]
