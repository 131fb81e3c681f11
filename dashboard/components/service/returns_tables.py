"""Tables of the page of returns: shares with their ranges, reasons, low ratings and what failed, ratings by day."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from dashboard.boards.returns import Returns
from dashboard.components import grid
from dashboard.views.returns import ReturnsView
from dashboard.wording import NOTHING, Words
from engine.aftersales.returns import DIMENSIONS, rates
from engine.usecases.buyers.trace_ratings import TracedRating
from engine.usecases.making_good.analyse_returns import drill


def shares(t: Words, board: Returns, view: ReturnsView) -> None:
    """One row a member of the chosen dimension, the worst first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        found = drill(board.outcomes.cells, view.dimension, view.measure)
        known = board.names[view.dimension]
        shown = found.with_columns(
            name=pl.Series([_name(t, known, code) for code in found[view.dimension]], dtype=pl.String),
            plain=pl.Series(
                [_range(row, "share", "low", "high") for row in found.iter_rows(named=True)], dtype=pl.String
            ),
            fair=pl.Series(
                [_range(row, "adjusted", "adjusted_low", "adjusted_high") for row in found.iter_rows(named=True)],
                dtype=pl.String,
            ),
            drawn=pl.col("drawn") * 100,
            note=pl.when("small").then(pl.lit(t("returns.small"))).otherwise(pl.lit("")),
        )
        columns = {
            "name": grid.text(t.of("returns_by", view.dimension), width=240),
            "units": grid.number(t("col.units"), width=80),
            "hits": grid.number(t.of("returns_measure", view.measure), width=90),
            "plain": grid.text(t("returns.plain"), width=150),
            "fair": grid.text(t("returns.fair"), width=160),
            "drawn": grid.number(t("returns.drawn"), form="%.1f %%", width=100),
            "note": grid.text("", width=120),
        }
        return shown, columns

    grid.live(t, board.outcomes.cells, build, key=f"returns-{view.dimension}-{view.measure}", height=260)


def crossed(t: Words, board: Returns, view: ReturnsView) -> None:
    """One row a combination of article, packing, carrier, node and province, the worst first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        found = rates(board.outcomes.cells, DIMENSIONS, view.measure, board.policy.rates).head(300)
        shown = found.with_columns(
            *(
                pl.Series(by, [_name(t, board.names[by], code) for code in found[by]], dtype=pl.String)
                for by in DIMENSIONS
            ),
            plain=pl.Series([_range(r, "share", "low", "high") for r in found.iter_rows(named=True)], dtype=pl.String),
            drawn=pl.col("drawn") * 100,
            note=pl.when("small").then(pl.lit(t("returns.small"))).otherwise(pl.lit("")),
        )
        columns = {
            **{by: grid.text(t.of("returns_by", by), width=140) for by in DIMENSIONS},
            "units": grid.number(t("col.units"), width=60),
            "hits": grid.number(t.of("returns_measure", view.measure), width=80),
            "plain": grid.text(t("returns.plain"), width=150),
            "drawn": grid.number(t("returns.drawn"), form="%.1f %%", width=85),
            "note": grid.text("", width=95),
        }
        return shown, columns

    grid.live(t, board.outcomes.cells, build, key=f"returns-crossed-{view.measure}", height=300)


def _name(t: Words, known: dict[str, tuple[str, str]], code: str) -> str:
    if code == "":
        return t("returns.unknown_material")
    zh, en = known.get(code, (code, code))
    return f"{zh if t.language == 'zh' else en} · {code}" if zh != en else zh


def _range(row: dict[str, Any], share: str, low: str, high: str) -> str:
    """`4.1% (2.9–5.7)`."""
    if row[share] is None:
        return NOTHING
    return f"{100 * row[share]:.1f}% ({100 * row[low]:.1f}–{100 * row[high]:.1f})"


def reasons(t: Words, frame: pl.DataFrame) -> None:
    """Why buyers want their money back."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            *grid.yuan("cents"),
            grid.mapped(t, "complaint", "complaint"),
        )
        columns = {
            "complaint": grid.text(t("compensation.complaint"), width=85),
            "reason": grid.text(t("returns.platform_reason"), width=125),
            "tickets": grid.number(t("returns.tickets"), width=60),
            "cents": grid.number(t("returns.asked_back"), form="¥%.2f", width=90),
        }
        return shown, columns

    grid.live(t, frame, build, key="returns-reasons", height=480)


def low_ratings(t: Words, found: Sequence[TracedRating]) -> None:
    """One row a low rating: stars, words, what failed and by what it is known, and whose part it was."""
    rows = [
        {
            "order_id": one.row["order_id"],
            "stars": "★" * one.row["stars"],
            "words": one.row["words"],
            "failed": t.of("failed", one.traced.failed),
            "why": _why(t, one),
            "node": t.name(one.row, "node"),
            "carrier": t.name(one.row, "carrier"),
            "lots": one.row["lots"],
            "rated_at": one.row["rated_at"],
        }
        for one in found
    ]
    frame = pl.DataFrame(rows)
    shown = frame.with_columns(*grid.beijing("rated_at"), grid.links(t, frame))
    columns = {
        "link": grid.link(t),
        "stars": grid.text(t("returns.stars"), width=60),
        "words": grid.text(t("returns.words"), width=180),
        "failed": grid.text(t("returns.failed"), width=90),
        "why": grid.text(t("col.why"), width=190),
        "carrier": grid.text(t("col.carrier"), width=95),
        "node": grid.text(t("col.node"), width=120),
        "lots": grid.text(t("col.lot"), width=100),
        "rated_at": grid.moment(t("col.at"), form="MM-DD HH:mm", width=100),
    }
    grid.show(t, shown, columns, key="low-ratings", height=480)


def _why(t: Words, one: TracedRating) -> str:
    text = t.of("traced_by", one.traced.by)
    if one.traced.leg is None or one.traced.hours is None or one.traced.usual is None:
        return text
    leg = t(
        "returns.leg", leg=t.of("leg", one.traced.leg), hours=f"{one.traced.hours:.1f}", usual=f"{one.traced.usual:.1f}"
    )
    return f"{text} · {leg}"


def rating_days(t: Words, days: pl.DataFrame) -> None:
    """Ratings by day, the newest first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = days.sort("day", descending=True).with_columns(
            day=pl.col("day").cast(pl.String), share=100 * pl.col("content") / pl.col("ratings")
        )
        columns = {
            "day": grid.text(t("returns.day"), width=95),
            "ratings": grid.number(t("returns.ratings"), width=70),
            "share": grid.number(t("returns.content_day"), form="%.0f %%", width=75),
            "stars": grid.number(t("returns.stars"), form="%.2f", width=70),
        }
        return shown, columns

    grid.live(t, days, build, key="rating-days", height=480)
