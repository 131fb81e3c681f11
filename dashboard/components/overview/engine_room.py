"""The system page: do all promises hold, how old is each feed, what did the jobs and the people do."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import sentences
from dashboard.boards.four import System
from dashboard.commands import desk as commands
from dashboard.components import ages, panels
from dashboard.components.overview import room_tables
from dashboard.permits import permit
from dashboard.wording import Words, plain

RUNS = 375
AUDIT = 345


def figures(t: Words, board: System, now: datetime, *, where: str) -> None:
    """Feeds as tiles, then where all this is kept."""
    columns = st.columns(len(ages.FEEDS), gap="small")
    for column, feed in zip(columns, ages.FEEDS, strict=True):
        fresh = ages.of_feed(t, board.stamp, feed, now)
        row = board.feeds.filter(pl.col("feed") == feed).row(0, named=True)
        with column:
            panels.tile(
                f"feed-{feed}",
                t.of("feed", feed),
                t.duration(board.stamp.age(feed, now)),
                t("system.event", at=t.stamp(row["event_time"])),
                fresh,
            )
    st.caption(
        t(
            "system.where",
            where=plain(sentences.said(t, where)),
            version=t.count(board.stamp.version),
            orders=t.count(board.totals["orders"]),
        )
    )


def checks(t: Words, board: System) -> None:
    """Invariants with a button, and what the jobs did."""
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="verify"
        ):
            st.markdown(f"**{t('system.invariants')}**", width="content")
            pressed = st.button(
                t("system.verify"),
                icon=":material/fact_check:",
                type="primary",
                key="verify-now",
                **permit(t, "verify_now"),
            )
        if pressed:
            with st.spinner(t("system.verifying")):
                told = commands.verify_now(t)
            # A toast, because the next refresh of this part would take any other message away.
            if told.done:
                st.toast(plain(told.text), icon=":material/check_circle:", duration="long")
            else:
                st.toast(plain(told.text), icon=":material/error:", duration="infinite")
        if board.invariants.height:
            room_tables.invariants(t, board.invariants)
        else:
            st.caption(t("system.never_checked"))
    with right:
        st.markdown(f"**{t('system.jobs')}**")
        room_tables.jobs(t, board.jobs)
        st.markdown(f"**{t('system.runs')}**")
        room_tables.runs(t, board.runs, height=RUNS)


def audit(t: Words, board: System) -> None:
    """What people and jobs committed last."""
    st.markdown(f"**{t('system.audit')}**")
    room_tables.audit(t, board.audit, height=AUDIT)
