"""A timeline as a table: newest first, what is still to come on top; each row leads to the commit that wrote it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.components.search import trail_words
from dashboard.wording import Words

Told = tuple[datetime, str, str, str, str, int | None]
"""When, what, about which thing, the rest, who, and the version of its commit."""

SHAPE = {
    "at": pl.Datetime("us", "UTC"), "what": pl.String, "subject": pl.String, "why": pl.String, "actor": pl.String,
    "version": pl.Int64,
}  # fmt: skip


def told(t: Words, trail: pl.DataFrame, names: Mapping[str, str]) -> list[Told]:
    """The rows of a trail in words."""
    return [
        (
            row["at"],
            trail_words.what(t, row["source"], row["kind"]),
            row["subject"] or "",
            trail_words.detail(t, row, names),
            row["actor"] or "",
            row["version"],
        )
        for row in trail.iter_rows(named=True)
    ]


def draw(t: Words, rows: Sequence[Told], now: datetime, *, key: str, height: int) -> None:
    """All of them."""
    frame = pl.DataFrame(rows, schema=SHAPE, orient="row").sort(
        "at", descending=True, nulls_last=True, maintain_order=True
    )
    ahead = pl.when(pl.col("at") > now).then(pl.concat_str(pl.lit(t("search.ahead")), "what")).otherwise("what")
    links = [
        None if version is None else f"/audit?lang={t.language}&who=all&span=ever&before={version + 1}"
        for version in frame["version"]
    ]
    shown = frame.with_columns(*grid.beijing("at"), what=ahead, link=pl.Series(links, dtype=pl.String))
    columns: dict[str, Any] = {
        "at": grid.moment(t("col.at"), width=115),
        "what": grid.text(t("col.what"), width=165),
        "why": grid.text(t("col.detail"), width=270),
        "subject": grid.text(t("col.subject"), width=120),
        "actor": grid.text(t("col.actor"), width=90),
        "link": st.column_config.LinkColumn(t("search.commit"), display_text=r"before=(\d+)$", width=60),
    }
    grid.show(t, shown, columns, key=key, height=height)
