"""Charts of chances as ECharts options: what was said against what was kept, and how early a warning came."""

from collections.abc import Sequence
from typing import Any

from dashboard.components import palette as p
from dashboard.components.charts import TOOLTIP, base
from dashboard.wording import Words

Option = dict[str, Any]


def reliability(t: Words, bins: Sequence[Sequence[float]]) -> Option:
    """Mean chance against share late, bin by bin; the dotted line is what an honest forecaster keeps to."""
    top = max([1e-3, *(max(said, kept) for said, kept, _ in bins)])
    points = [[round(100 * said, 2), round(100 * kept, 2)] for said, kept, _ in bins]
    return chart(
        t("model_card.said"),
        t("model_card.kept"),
        most=100 * top,
        series=[
            line(t("model_card.ideal"), [[0, 0], [100 * top, 100 * top]], p.DIM, dotted=True),
            line(t("model_card.kept"), points, p.GOLD),
        ],
    )


def lead(t: Words, times: Sequence[Sequence[Any]]) -> Option:
    """Share of the late parcels warned, and share of the warnings that were right, by hours before the promise."""

    def points(column: int) -> list[list[float]]:
        return [[one[0], round(100 * one[column], 1)] for one in times if one[column] is not None]

    option = chart(
        t("model_card.hours"),
        "",
        most=100,
        series=[
            line(t("model_card.lead_of_late"), points(2), p.GOLD),
            line(t("model_card.lead_right"), points(3), p.BLUE),
        ],
    )
    option["xAxis"] |= {"inverse": True, "max": max(one[0] for one in times), "axisLabel": {"color": p.DIM}}
    return option


def line(name: str, points: list[list[float]], colour: str, *, dotted: bool = False) -> Option:
    """A line through points of percent, each with its dot."""
    return {
        "name": name,
        "type": "line",
        "data": points,
        "showSymbol": not dotted,
        "symbolSize": 7,
        "lineStyle": {"color": colour, "width": 1.6, "type": "dotted" if dotted else "solid"},
        "itemStyle": {"color": colour},
    }


def chart(across: str, up: str, *, most: float, series: list[Option]) -> Option:
    """Percent against percent, from 0 to `most`."""
    axis = {
        "type": "value",
        "min": 0,
        "nameTextStyle": {"color": p.DIM},
        "axisLabel": {"color": p.DIM, "formatter": "{value}%"},
        "splitLine": {"lineStyle": {"color": p.LINE, "opacity": 0.6}},
    }
    return {
        **base(),
        "tooltip": TOOLTIP,
        "legend": {"top": 0, "right": 8, "textStyle": {"color": p.DIM}, "itemWidth": 14, "itemHeight": 8},
        "grid": {"left": 48, "right": 24, "top": 34, "bottom": 46},
        "xAxis": axis | {"name": across, "nameLocation": "middle", "nameGap": 28, "max": round(most, 1)},
        "yAxis": axis | {"name": up},
        "series": series,
    }
