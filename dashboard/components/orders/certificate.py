"""The latest allocation certificate: what the plan cost, how low it could be, and what is dearest, in words."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.stagger import Certificate
from dashboard.components import ages, panels
from dashboard.wording import NOTHING, Words, plain

SHOWN = 3
"""Bottlenecks named; more would be read by nobody at three metres."""
KINDS = ("throughput", "capacity", "share", "stock")
"""Kinds of price that there are words for."""


def panel(t: Words, board: Certificate, now: datetime) -> None:
    """Figures above, the dearest bottlenecks under them; a sentence where no plan has proved anything yet."""
    latest = board.latest
    fresh = ages.of_time(t, latest["at"] if latest else None, now, limit=board.good_for_seconds)
    with panels.panel("certificate", t("certificate.title"), fresh):
        if latest is None:
            st.caption(t("certificate.none"))
            return
        figures, words = st.columns([1, 1.15], gap="medium")
        with figures:
            _figures(t, latest)
        with words:
            st.markdown(f"**{t('certificate.dearest')}**")
            for sentence in dearest(t, board):
                st.markdown(sentence)
            if board.prices.is_empty():
                st.caption(t("certificate.nothing_dear"))


def _figures(t: Words, latest: dict[str, Any]) -> None:
    cost, bound, gap = st.columns([1.1, 1.1, 1])
    cost.metric(t("certificate.cost"), t.money(latest["cost_cents"]))
    bound.metric(t("certificate.bound"), t.money(latest["lower_bound_cents"]))
    gap.metric(t("certificate.gap"), NOTHING if latest["gap"] is None else f"≤ {latest['gap']:.2%}")
    st.caption(
        t(
            "certificate.note",
            served=t.count(latest["served"]),
            orders=t.count(latest["orders"]),
            parcels=t.count(latest["parcels"]),
            ms=t.count(latest["took_ms"]),
            method=plain(t.of("method", latest["method"])),
        )
    )


def dearest(t: Words, board: Certificate) -> list[str]:
    """The dearest bottlenecks as Markdown lines: what so many more would save at most, and the price of one."""
    return [
        t(
            "certificate.line",
            money=f"¥{row['saving']:,.0f}",
            what=t(
                f"bottleneck.{row['kind']}",
                n=t.count(row["amount"]),
                name=plain(t.name(row)),
                goods=plain(t.name(row, "goods")),
            ),
            each=t.money(round(row["yuan"] * 100)),
        )
        for row in board.prices.filter(pl.col("kind").is_in(KINDS)).head(SHOWN).iter_rows(named=True)
    ]
