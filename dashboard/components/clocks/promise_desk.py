"""The promise ledger: what anchors said on air, a form to log it, and taking back what was logged by mistake."""

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.clocks import Clocks
from dashboard.commands import clocks as clock_commands
from dashboard.commands import desk as commands
from dashboard.components import grid, outcomes
from dashboard.permits import permit
from dashboard.wording import Words
from engine.clock import BEIJING

_TOLD = "promise_told"
WITHIN, UNTIL = "within", "until"
EVERYTHING = ""


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def ledger(t: Words, board: Clocks) -> None:
    """What was promised, the newest first."""
    if board.ledger.is_empty():
        st.caption(t("promises.none"))
        return
    grid.live(t, board.ledger, lambda: _table(t, board.ledger), key="promise-ledger", height=220)


def _table(t: Words, found: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    def promise(row: dict[str, Any]) -> str:
        if row["hours"] is not None:
            return t("promises.hours", n=f"{row['hours']:g}")
        return t("promises.moment", at=t.stamp(row["moment"])[5:16])

    rows = list(found.iter_rows(named=True))
    shown = found.with_columns(
        *grid.beijing("said_at", "binds_from"),
        pl.Series("promise", [promise(row) for row in rows], dtype=pl.String),
        pl.Series("goods", [t.name(row) if row["sku"] else t("promises.all") for row in rows], dtype=pl.String),
        pl.Series("show", [t.name(row, "title") for row in rows], dtype=pl.String),
        pl.Series(
            "standing",
            [t("promises.withdrawn") if row["withdrawn_at"] else t("promises.stands") for row in rows],
            dtype=pl.String,
        ),
    )
    columns = {
        "promise_id": grid.text(t("clock_col.promise_id"), width=70),
        "standing": grid.text(t("clock_col.state"), width=85),
        "promise": grid.text(t("clock_col.promise"), width=150),
        "words": grid.text(t("clock_col.words"), width=330),
        "goods": grid.text(t("clock_col.goods"), width=160),
        "show": grid.text(t("clock_col.show"), width=160),
        "said_at": grid.moment(t("clock_col.said_at"), width=125),
        "binds_from": grid.moment(t("clock_col.binds_from"), width=125),
        "moved": grid.number(t("clock_col.moved"), width=90),
        "logged_by": grid.text(t("clock_col.logged_by"), width=130),
    }
    return shown, columns


def form(t: Words, board: Clocks, now: datetime) -> None:
    """Log a promise; orders of its cohort move with the click."""
    live_first = board.shows.sort(pl.col("phase") != "live", pl.col("starts_at"), nulls_last=True)
    shows = {row["show_id"]: t.name(row, "title") for row in live_first.iter_rows(named=True)}
    if not shows:
        st.caption(t("promises.no_show"))
        return
    here = now.astimezone(BEIJING)
    goods = {EVERYTHING: t("promises.all")} | {
        code: f"{zh if t.language == 'zh' else en} · {code}" for code, (zh, en) in board.names.items()
    }
    with st.form("promise", border=True, clear_on_submit=False):
        first, second = st.columns([1.2, 1.2]), st.columns([0.9, 0.8, 0.9, 0.9, 0.9, 1.1], vertical_alignment="bottom")
        show = first[0].selectbox(t("promises.show"), list(shows), format_func=lambda s: shows[s], key="promise-show")
        code = first[1].selectbox(t("promises.goods"), list(goods), format_func=lambda c: goods[c], key="promise-goods")
        words = st.text_input(t("promises.words"), max_chars=300, key="promise-words")
        kind = second[0].selectbox(
            t("promises.kind"), (WITHIN, UNTIL), format_func=lambda k: t(f"promises.{k}"), key="promise-kind"
        )
        hours = second[1].number_input(t("promises.within"), 1, 720, 24, key="promise-hours")
        day = second[2].date_input(t("promises.until"), here.date() + timedelta(days=1), key="promise-day")
        at = second[3].time_input(t("promises.until_time"), time(23, 59), key="promise-time")
        said = second[4].time_input(
            t("promises.said_at"), here.time().replace(second=0, microsecond=0), key="promise-said"
        )
        whole = second[5].checkbox(t("promises.whole_show"), key="promise-whole")
        go = st.form_submit_button(
            t("promises.log"), type="primary", icon=":material/record_voice_over:", **permit(t, "log_promise")
        )
    st.caption(t("promises.help"))
    if go:
        outcome = clock_commands.log_promise(
            t,
            show_id=show,
            sku=code or None,
            words=words,
            said_at=_said(here, said),
            hours=float(hours) if kind == WITHIN else None,
            moment=datetime.combine(day, at, BEIJING) if kind == UNTIL and isinstance(day, date) else None,
            whole_show=whole,
        )
        _end(outcome)


def _said(here: datetime, said: time) -> datetime:
    """The last time that the clock showed this: a show runs past midnight. This minute counts as now."""
    at = datetime.combine(here.date(), said, BEIJING)
    return min(at, here) if at - here < timedelta(minutes=10) else at - timedelta(days=1)


def withdraw(t: Words, board: Clocks) -> None:
    """Take back a promise that stands."""
    standing = board.ledger.filter(pl.col("withdrawn_at").is_null())
    if standing.is_empty():
        return
    words = {row["promise_id"]: f"{row['promise_id']} · {row['words']}" for row in standing.iter_rows(named=True)}
    with st.form("withdraw-promise", border=True):
        which, why, go = st.columns([2.4, 2, 1], vertical_alignment="bottom")
        chosen = which.selectbox(
            t("promises.which"), list(words), format_func=lambda p: words[p], key="promise-withdrawn"
        )
        reason = why.text_input(t("promises.why"), max_chars=200, key="promise-why")
        pressed = go.form_submit_button(
            t("promises.withdraw"), icon=":material/undo:", width="stretch", **permit(t, "withdraw_promise")
        )
    if pressed:
        _end(clock_commands.withdraw_promise(t, chosen, reason=reason))


def _end(outcome: commands.Told) -> None:
    st.session_state[_TOLD] = outcome
    st.rerun()
