"""The outbox to work on: choose notices, try them again or stop them; send a channel a test message.

The list stays as it was while somebody chooses, as the review desk's does.
"""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import sentences
from dashboard.boards.notices import SHOWN, Notices
from dashboard.commands import notices as notice_commands
from dashboard.components import grid, outcomes
from dashboard.components.actions.notice_board import text_of
from dashboard.permits import Told, permit
from dashboard.views.notices import NoticesView
from dashboard.wording import NOTHING, Words

_TOLD, _LAID, _ROUND = "notices_told", "notices_laid", "notices_round"


def choices(t: Words, view: NoticesView) -> None:
    """Outbox, channels or templates."""
    st.segmented_control(
        t("notices.panel"),
        NoticesView.PANELS,
        default=view.panel,
        format_func=lambda panel: t(f"notices_panel.{panel}"),
        key="notices_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
    )


def _choose() -> None:
    st.query_params["panel"] = st.session_state["notices_panel"]
    _lay_anew()


def _choose_shown() -> None:
    st.query_params["shown"] = st.session_state["notices_shown"]
    _lay_anew()


def _lay_anew() -> None:
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def outbox(t: Words, board: Notices, view: NoticesView) -> None:
    """The list, and what may be done with the chosen ones."""
    chooser, anew = st.columns([4, 1], vertical_alignment="bottom")
    chooser.segmented_control(
        t("notices.shown"),
        tuple(SHOWN),
        default=view.shown,
        format_func=lambda shown: t(f"notices_shown.{shown}"),
        key="notices_shown",
        label_visibility="collapsed",
        required=True,
        on_change=_choose_shown,
    )
    if anew.button(t("notices.lay_anew"), icon=":material/refresh:", width="stretch", key="notices-anew"):
        _lay_anew()
    queue: pl.DataFrame = st.session_state.setdefault(_LAID, board.lists[view.shown])
    chosen = _table(t, board, queue)
    ids = queue[chosen]["notice_id"].to_list() if chosen else []
    with st.form("notices", border=True):
        reason, again, stop = st.columns([4, 1.2, 1.2], vertical_alignment="bottom")
        why = reason.text_input(t("notices.reason"), max_chars=200, key=f"notices_reason-{_round()}")
        go = again.form_submit_button(
            t("notices.retry", n=len(ids)),
            type="primary",
            icon=":material/send:",
            width="stretch",
            **permit(t, "retry_notices", disabled=not ids),
        )
        end = stop.form_submit_button(
            t("notices.stop", n=len(ids)),
            icon=":material/block:",
            width="stretch",
            **permit(t, "give_up_notices", disabled=not ids),
        )
    st.caption(t("notices.help"))
    if go:
        _end(notice_commands.retry(t, ids))
    if end:
        _end(notice_commands.give_up(t, ids, reason=why))


def _round() -> int:
    return int(st.session_state.get(_ROUND, 0))


def _table(t: Words, board: Notices, queue: pl.DataFrame) -> list[int]:
    texts = [text_of(t, board, kind, fields) for kind, fields in queue.select("kind", "fields").iter_rows()]
    details = [NOTHING if detail is None else sentences.said(t, detail) for detail in queue["detail"]]
    shown = queue.with_columns(
        *grid.beijing("created_at", "next_at"),
        grid.mapped(t, "notice_state", "state"),
        grid.mapped(t, "notice_kind", "kind"),
        to=pl.coalesce(
            "order_no", pl.col("desk").replace({d: t.of("staff_desk", d) for d in queue["desk"].drop_nulls()})
        ),
        text=pl.Series(texts, dtype=pl.String),
        detail=pl.Series(details, dtype=pl.String),
    )
    columns: dict[str, Any] = {
        "created_at": grid.moment(t("notice_col.created"), form="MM-DD HH:mm:ss", width=112),
        "state": grid.text(t("notice_col.state"), width=90),
        "kind": grid.text(t("notice_col.kind"), width=100),
        "to": grid.text(t("notice_col.to"), width=130),
        "channel": grid.text(t("notice_col.channel"), width=80),
        "text": grid.text(t("notice_col.text"), width=430),
        "attempts": grid.number(t("notice_col.attempts"), width=60),
        "next_at": grid.moment(t("notice_col.next"), form="MM-DD HH:mm:ss", width=112),
        "detail": grid.text(t("notice_col.detail"), width=260),
    }
    return grid.show(t, shown, columns, key=f"notices-{_round()}", height=420, selection="multi-row")


def test_message(t: Words, board: Notices) -> None:
    """A test to one channel of staff."""
    names = board.channels.filter(pl.col("configured"), pl.col("kind") != "gateway")["channel"].to_list()
    if not names:
        st.caption(t("notices.no_robot"))
        return
    with st.form("notices-test", border=True):
        channel, go = st.columns([3, 1], vertical_alignment="bottom")
        name = channel.selectbox(t("notices.test_channel"), names, key="notices_test")
        pressed = go.form_submit_button(
            t("notices.test"), icon=":material/send:", width="stretch", **permit(t, "send_test_notice")
        )
    if pressed and name is not None:
        _end(notice_commands.send_test(t, name))


def _end(outcome: Told) -> None:
    _lay_anew()
    st.session_state[_TOLD] = outcome
    st.rerun()
