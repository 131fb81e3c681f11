"""The grid that every table is drawn in: which columns, how wide, how formatted. Knows no table."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard import reads, sentences
from dashboard.wording import NOTHING, Words
from engine.clock import BEIJING

ROW = 31
"""Pixels of a row."""


Build = Callable[[], tuple[pl.DataFrame, dict[str, Any]]]
"""Makes the frame to show and its columns, in order."""


def live(t: Words, source: pl.DataFrame, build: Build, *, key: str, height: int = 10_000) -> None:
    """A table on a board that refreshes: built once for `source`, a frame of a shared board, for all who watch it."""
    table, columns, rows = reads.figure(f"grid.{key}", source, t.language, lambda: _prepared(*build()))
    if rows == 0:
        st.caption(t("table.empty"))
        return
    st.dataframe(table, **_options(columns, rows, key=key, height=height))


def _prepared(frame: pl.DataFrame, columns: dict[str, Any]) -> tuple[Any, dict[str, Any], int]:
    """As an Arrow table, which needs no way through pandas at every refresh of every viewer."""
    return frame.select(list(columns)).to_arrow(), columns, frame.height


def _options(columns: dict[str, Any], rows: int, *, key: str, height: int) -> dict[str, Any]:
    return {
        "hide_index": True,
        "column_config": columns,
        "key": key,
        "height": min(height, ROW * (rows + 1) + 3),
        "width": "stretch",
        "row_height": ROW,
        "placeholder": NOTHING,
    }


def show(
    t: Words,
    frame: pl.DataFrame,
    columns: dict[str, Any],
    *,
    key: str,
    height: int = 10_000,
    selection: str | None = None,
) -> list[int]:
    """Show `columns` of `frame` in that order, at most `height` high.

    Returns the positions of the selected rows: [] unless `selection` is a mode of st.dataframe.
    """
    shown = frame.select(list(columns))
    if shown.is_empty():
        st.caption(t("table.empty"))
        return []
    options = _options(columns, shown.height, key=key, height=height)
    if selection is None:
        st.dataframe(shown, **options)
        return []
    event = st.dataframe(shown, on_select="rerun", selection_mode=selection, **options)
    return list(event.selection.rows)


def beijing(*columns: str) -> list[pl.Expr]:
    """Instants as Beijing wall time, which is what the grid shows as it stands."""
    return [pl.col(c).dt.convert_time_zone(str(BEIJING)).dt.replace_time_zone(None) for c in columns]


def mapped(t: Words, family: str, column: str) -> pl.Expr:
    """Members of a family of words in the reader's language.

    Never by a Python function inside an expression: Polars would run it in its own threads, which then wait for the
    interpreter while a thread that holds it (a frame on its way into a grid) waits for them, and the process stands.
    """
    members = {key.removeprefix(f"{family}."): text for key, text in t.texts.items() if key.startswith(f"{family}.")}
    return pl.col(column).replace(members).fill_null(NOTHING)


def yuan(*columns: str) -> list[pl.Expr]:
    """Cents as yuan, for a column that formats money."""
    return [(pl.col(c) / 100).alias(c) for c in columns]


def said(t: Words, sentences_of_engine: pl.Series) -> pl.Series:
    """Sentences of the engine in the reader's language."""
    told = [None if text is None else sentences.said(t, text) for text in sentences_of_engine]
    return pl.Series(sentences_of_engine.name, told, dtype=pl.String)


def names(t: Words, frame: pl.DataFrame, prefix: str = "name") -> pl.Series:
    """The frame's names in the reader's language."""
    other = "en" if t.language == "zh" else "zh"
    return frame.select(pl.coalesce(f"{prefix}_{t.language}", f"{prefix}_{other}")).to_series()


def links(t: Words, frame: pl.DataFrame) -> pl.Series:
    """Where each order's own page is. The order travels in the link: a row's position would not survive a refresh."""
    return pl.Series(
        "link",
        [f"/order?lang={t.language}&order={quote(order_id, safe='')}" for order_id in frame["order_id"]],
        dtype=pl.String,
    )


def text(label: str, *, width: str | int | None = None) -> Any:
    """A column of text."""
    return st.column_config.TextColumn(label, width=width)


def number(label: str, *, form: str = "localized", width: str | int | None = "small") -> Any:
    """A column of numbers."""
    return st.column_config.NumberColumn(label, format=form, width=width)


def moment(label: str, *, form: str = "MM-DD HH:mm:ss", width: int = 130) -> Any:
    """A column of Beijing wall time."""
    return st.column_config.DatetimeColumn(label, format=form, width=width)


def link(t: Words) -> Any:
    """A column of links to an order's own page."""
    return st.column_config.LinkColumn(t("col.order_no"), display_text=r"order=[^&]*?%3A(.*)$", width=180)
