"""Charts of the classifier of complaints: is its confidence true, and what does abstaining buy?"""

from collections.abc import Sequence

from dashboard.components import palette as p
from dashboard.components.charts import Option
from dashboard.components.road.probability_charts import chart, line
from dashboard.wording import Words


def reliability(t: Words, bands: Sequence[Sequence[float]]) -> Option:
    """Mean confidence against share right, band by band; the dotted line is what an honest one keeps to."""
    points = [[round(100 * said, 1), round(100 * right, 1)] for said, right, _ in bands]
    return chart(
        t("ticket_model.said"),
        "",
        most=100,
        series=[
            line(t("model_card.ideal"), [[0, 0], [100, 100]], p.DIM, dotted=True),
            line(t("ticket_model.right"), points, p.GOLD),
        ],
    )


def abstaining(t: Words, curve: Sequence[Sequence[float]], other: Sequence[Sequence[float]], accuracy: float) -> Option:
    """Accuracy on the surest share of the texts; the dotted line is answering all of them."""

    def points(said: Sequence[Sequence[float]]) -> list[list[float]]:
        return [[round(100 * share, 1), round(100 * right, 1)] for share, right in sorted(map(list, said))]

    series = [
        line(t("ticket_model.answer_all"), [[0, 100 * accuracy], [100, 100 * accuracy]], p.DIM, dotted=True),
        line(t("ticket_model.speaking_now"), points(curve), p.GOLD),
    ]
    if other:
        series.append(line(t("ticket_model.other_one"), points(other), p.BLUE))
    option = chart(t("ticket_model.answered"), "", most=100, series=series)
    lowest = min(right for _, right in (*curve, *other))
    option["yAxis"] = option["yAxis"] | {"min": max(0, 10 * (int(100 * lowest) // 10) - 10)}
    option["xAxis"] = option["xAxis"] | {"min": 40}
    return option
