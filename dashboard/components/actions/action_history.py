"""What became of actions: who decided, what happened, what it brought; and the way back where there is one."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import action_words
from dashboard.boards.actions import Inbox
from dashboard.commands import actions as action_commands
from dashboard.components import grid
from dashboard.components.actions import inbox_board
from dashboard.permits import permit
from dashboard.views.actions import InboxView
from dashboard.wording import Words, plain
from engine.model.actions import ActionState
from engine.response.preview import differences

HEIGHT = 420


def table(t: Words, board: Inbox) -> None:
    """What was decided, the newest first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        rows = board.decided.rows(named=True)
        shown = board.decided.with_columns(
            *grid.beijing("state_at"),
            grid.mapped(t, "action", "kind"),
            grid.mapped(t, "action_state", "state"),
            grid.said(t, board.decided["reason"]),
            about=_series([action_words.subject(t, board.names, row["subject"]) for row in rows]),
            happened=_series([_happened(t, row) for row in rows]),
            brought=_series([_brought(t, row) for row in rows]),
        )
        columns = {
            "action_id": grid.text(t("col.action"), width=70),
            "state_at": grid.moment(t("col.at"), form="MM-DD HH:mm", width=95),
            "kind": grid.text(t("col.kind"), width=150),
            "about": grid.text(t("inbox.about"), width=200),
            "state": grid.text(t("col.state"), width=75),
            "actor": grid.text(t("col.actor"), width=90),
            "reason": grid.text(t("review.reason"), width=180),
            "happened": grid.text(t("inbox.happened"), width=230),
            "brought": grid.text(t("inbox.brought"), width=420),
        }
        return shown, columns

    grid.live(t, board.decided, build, key="inbox-history", height=HEIGHT)


def _series(values: list[str]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def _happened(t: Words, row: dict[str, Any]) -> str:
    if row["detail"] is None:
        return ""
    told = orjson.loads(row["detail"])
    apart = differences(told["promised"], told["happened"])
    return " ".join(
        part
        for part in (
            action_words.figures(t, told["happened"]),
            action_words.otherwise(t, [(one.figure, one.promised, one.happened) for one in apart]),
        )
        if part
    )


def _brought(t: Words, row: dict[str, Any]) -> str:
    if row["verdict"] is None and row["state"] == ActionState.EXECUTED:
        return t("inbox.judged_at", at=t.stamp(row["judge_at"])[5:16])
    return action_words.outcome(t, row["verdict"], row["measure"], row["effect"], row["low"], row["high"])


def way_back(t: Words, board: Inbox, view: InboxView, now: datetime) -> None:
    """Choose an executed action, say why, take it back."""
    done = board.decided.filter(pl.col("state") == ActionState.EXECUTED.value)
    if done.is_empty():
        st.caption(t("inbox.nothing_to_undo"))
        return
    lines = {row["action_id"]: _line(t, board, row, now) for row in done.iter_rows(named=True)}
    with st.form("inbox-undo", border=True):
        which, why, go = st.columns([2.6, 2.4, 1], vertical_alignment="bottom")
        place = list(lines).index(view.action) if view.action in lines else 0
        chosen = which.selectbox(
            t("inbox.undo_which"), lines, format_func=lambda one: lines.get(one, one), index=place, key="undo_which"
        )
        reason = why.text_input(t("review.reason"), max_chars=200, key="undo_why")
        pressed = go.form_submit_button(
            t("inbox.undo_go"), icon=":material/undo:", width="stretch", **permit(t, "undo_action")
        )
    kind = done.row(by_predicate=pl.col("action_id") == chosen, named=True)["kind"]
    st.caption(plain(t.of("action_undo", kind)))
    if pressed:
        inbox_board.keep_told(action_commands.undo(t, chosen, reason=reason))
        st.rerun()


def _line(t: Words, board: Inbox, row: dict[str, Any], now: datetime) -> str:
    what = f"{t.of('action', row['kind'])} · {action_words.subject(t, board.names, row['subject'])}"
    return f"{what} · {t.age((now - row['executed_at']).total_seconds())}"
