"""Notices of platforms: which days and regions are exempt, a form to enter one, and taking one back."""

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.clocks import Clocks
from dashboard.commands import clocks as clock_commands
from dashboard.commands import desk as commands
from dashboard.components import grid, outcomes
from dashboard.permits import permit
from dashboard.wording import Words
from engine.clock import BEIJING
from engine.rules.pack_parts import ExemptEnd
from engine.rules.penalties import DELAY_CLAUSES

_TOLD = "exemption_told"
COUNTRY = ""


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def ledger(t: Words, board: Clocks) -> None:
    """What was entered, the newest first; and how many come with the files of the rules."""
    if board.exemptions.is_empty():
        st.caption(t("exemptions.none"))
        return
    grid.live(t, board.exemptions, lambda: _table(t, board.exemptions), key="exemption-ledger", height=220)


def _table(t: Words, found: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    names = _places(t)
    rows = list(found.iter_rows(named=True))

    def column(name: str, told: Any) -> pl.Series:
        return pl.Series(name, [told(row) for row in rows], dtype=pl.String)

    shown = found.with_columns(
        *grid.beijing("since", "until", "entered_at"),
        column("standing", lambda row: t("promises.withdrawn") if row["withdrawn_at"] else t("promises.stands")),
        column("where", lambda row: "、".join(names.get(code, code) for code in row["regions"].split("|"))),
        column("end", lambda row: t.of("exempt_end", row["place"])),
        column(
            "exempt_from", lambda row: "、".join(t.of("exempt_clause", clause) for clause in row["clauses"].split("|"))
        ),
    )
    columns = {
        "notice_id": grid.text(t("exemptions.id"), width=70),
        "standing": grid.text(t("clock_col.state"), width=85),
        "platform": grid.text(t("exemptions.platform"), width=90),
        "where": grid.text(t("exemptions.regions"), width=170),
        "end": grid.text(t("exemptions.end"), width=120),
        "since": grid.moment(t("exemptions.since"), width=125),
        "until": grid.moment(t("exemptions.until_before"), width=125),
        "exempt_from": grid.text(t("exemptions.clauses"), width=220),
        "notice": grid.text(t("exemptions.notice"), width=240),
        "entered_by": grid.text(t("exemptions.by"), width=110),
    }
    return shown, columns


def _places(t: Words) -> dict[str, str]:
    provinces = {code: t.of("province", name) for code, name in reads.provinces().items()}
    return {COUNTRY: t("exemptions.country")} | provinces


def form(t: Words, board: Clocks, now: datetime) -> None:
    """Enter a notice; the clocks follow with the click."""
    known = [name for name, rules in board.platforms.items() if rules.versions]
    if not known:
        return
    places, today = _places(t), now.astimezone(BEIJING).date()
    with st.form("exemption", border=True, clear_on_submit=False):
        first = st.columns([0.8, 2.2, 1.2, 0.9, 0.9], vertical_alignment="bottom")
        second = st.columns([2, 2.4, 1], vertical_alignment="bottom")
        platform = first[0].selectbox(
            t("exemptions.platform"), known, format_func=lambda p: t.of("platform", p), key="exemption-platform"
        )
        regions = first[1].multiselect(
            t("exemptions.regions"), list(places), format_func=lambda code: places[code], key="exemption-regions"
        )
        end = first[2].selectbox(
            t("exemptions.end"),
            [one.value for one in (ExemptEnd.EITHER, ExemptEnd.ORIGIN, ExemptEnd.DESTINATION)],
            format_func=lambda e: t.of("exempt_end", e),
            key="exemption-end",
        )
        since = first[3].date_input(t("exemptions.from_day"), today, key="exemption-since")
        until = first[4].date_input(t("exemptions.to_day"), today + timedelta(days=3), key="exemption-until")
        clauses = second[0].multiselect(
            t("exemptions.clauses"),
            [clause.value for clause in DELAY_CLAUSES],
            default=[clause.value for clause in DELAY_CLAUSES],
            format_func=lambda clause: t.of("exempt_clause", clause),
            key="exemption-clauses",
        )
        notice = second[1].text_input(t("exemptions.notice"), max_chars=300, key="exemption-notice")
        go = second[2].form_submit_button(
            t("exemptions.enter"),
            type="primary",
            icon=":material/gavel:",
            width="stretch",
            **permit(t, "enter_exemption"),
        )
    st.caption(t("exemptions.help"))
    if go and isinstance(since, date) and isinstance(until, date):
        _end(
            clock_commands.enter_exemption(
                t,
                platform=platform,
                notice=notice,
                regions=regions,
                end=end,
                since=datetime.combine(since, time(), BEIJING),
                until=datetime.combine(until + timedelta(days=1), time(), BEIJING),
                clauses=clauses,
            )
        )


def withdraw(t: Words, board: Clocks) -> None:
    """Take back a notice that stands."""
    standing = board.exemptions.filter(pl.col("withdrawn_at").is_null())
    if standing.is_empty():
        return
    words = {row["notice_id"]: f"{row['notice_id']} · {row['notice']}" for row in standing.iter_rows(named=True)}
    with st.form("withdraw-exemption", border=True):
        which, why, go = st.columns([2.4, 2, 1], vertical_alignment="bottom")
        chosen = which.selectbox(
            t("promises.which"), list(words), format_func=lambda one: words[one], key="exemption-withdrawn"
        )
        reason = why.text_input(t("promises.why"), max_chars=200, key="exemption-why")
        pressed = go.form_submit_button(
            t("promises.withdraw"), icon=":material/undo:", width="stretch", **permit(t, "withdraw_exemption")
        )
    if pressed:
        _end(clock_commands.withdraw_exemption(t, chosen, reason=reason))


def _end(outcome: commands.Told) -> None:
    st.session_state[_TOLD] = outcome
    st.rerun()
