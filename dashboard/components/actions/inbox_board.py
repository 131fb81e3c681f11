"""The inbox: how much waits, the choice of panel and desk, and the cards with their buttons.

Three clicks from an alert to the deed: its link, the card's button, done. A click is handled before the screen is drawn
again, so a card that is decided is gone at once, and what came of it stands above the rest for half a minute.
"""

from dataclasses import replace
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import state
from dashboard.boards.actions import Inbox
from dashboard.commands import actions as action_commands
from dashboard.commands.desk import Told
from dashboard.components import ages, panels
from dashboard.components.actions import action_card
from dashboard.permits import permit
from dashboard.views.actions import InboxView
from dashboard.wording import Words, plain
from engine.model.actions import ActionState

TOLD, TOLD_AT = "inbox_told", "inbox_told_at"
_TURN, _DESK = "inbox_turn", "inbox_my_desk"
TOLD_SECONDS = 30
STALE_SECONDS = 60


def figures(t: Words, board: Inbox, now: datetime) -> None:
    """Four tiles."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    totals = board.totals
    judged = totals["judged"]
    tiles = (
        ("open", t.count(totals["open"]), t("inbox.open_note", n=t.count(totals["pressing"])),
         "red" if totals["pressing"] else "gray"),
        ("at_stake", t.big_money(totals["stake_cents"]), t("inbox.at_stake_note"), "gray"),
        ("executed", t.count(totals["executed"]), t("inbox.executed_note", n=t.count(totals["undone"])), "gray"),
        ("judged", t.count(judged), t("inbox.judged_note", worked=t.count(totals["worked"]),
                                      none=t.count(totals["no_effect"])), "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(4, gap="small"), tiles, strict=True):
        with column:
            panels.tile(f"inbox-{name}", t(f"inbox.{name}"), value, note, fresh, colour=colour, height=112)


def choices(t: Words, view: InboxView) -> None:
    """Panel and desk, kept in the address bar."""
    with st.container(horizontal=True, vertical_alignment="center", key="inbox-choices"):
        st.segmented_control(
            t("inbox.panel"), InboxView.PANELS, default=view.panel, key="inbox_panel", required=True,
            format_func=lambda name: t.of("inbox_panel", name), label_visibility="collapsed", on_change=_keep,
        )  # fmt: skip
        if view.panel == "cards":
            st.segmented_control(
                t("inbox.desk"), InboxView.DESKS, default=view.desk, key="inbox_desk", required=True,
                format_func=lambda name: t.of("desk", name), label_visibility="collapsed", on_change=_keep,
            )  # fmt: skip


def _keep() -> None:
    for name in ("panel", "desk"):
        chosen = st.session_state.get(f"inbox_{name}")
        if chosen is not None:
            st.query_params[name] = chosen


def told(now: datetime) -> None:
    """What the last click came to, for half a minute."""
    last: Told | None = st.session_state.get(TOLD)
    if last is None:
        return
    since: datetime = st.session_state.setdefault(TOLD_AT, now)
    if (now - since).total_seconds() > TOLD_SECONDS:
        st.session_state.pop(TOLD)
        return
    (st.success if last.done else st.error)(plain(last.text))


def keep_told(outcome: Told) -> None:
    """Show this above the rest from now on."""
    st.session_state[TOLD] = outcome
    st.session_state.pop(TOLD_AT, None)


def cards(t: Words, board: Inbox, view: InboxView, now: datetime) -> None:
    """The cards of the desk, what runs out first on top; a calm line where nothing waits."""
    shown = board.cards if view.desk == state.ALL else board.cards.filter(pl.col("desk") == view.desk)
    if view.action and view.action in board.decided["action_id"]:
        st.info(t("inbox.decided", id=view.action), icon=":material/task_alt:")
    if shown.is_empty():
        with st.container(border=True, key="panel-inbox-calm"):
            st.markdown(f"**{t('inbox.calm')}**")
            st.caption(t("inbox.calm_text"))
        return
    # A link from a chat or an alert names its card: that one stands on top, whatever runs out first.
    waiting = shown.sort(pl.col("action_id") != view.action, maintain_order=True).rows(named=True)
    turn = st.session_state.get(_TURN, 0) % len(waiting)
    _keys(t, len(waiting))
    for place, card in enumerate([*waiting[turn:], *waiting[:turn]]):
        with st.container(border=True, key=f"panel-act-{card['action_id']}"):
            st.html(action_card.html(t, card, board.names, now))
            _buttons(t, card, on_top=place == 0)


def my_desk(view: InboxView) -> InboxView:
    """The view with the desk that was chosen last, where the address names none: a desk comes back to its own cards."""
    if "desk" in st.query_params:
        st.session_state[_DESK] = view.desk
        return view
    return replace(view, desk=st.session_state.get(_DESK, view.desk))


def _keys(t: Words, waiting: int) -> None:
    """The next card and the one before, by J and K; the keys of the card on top stand on its buttons."""
    if waiting < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="inbox-turn"):
        st.button(t("inbox.next"), key="inbox_next", shortcut="J", on_click=_turn, args=(1,), type="tertiary")
        st.button(t("inbox.previous"), key="inbox_previous", shortcut="K", on_click=_turn, args=(-1,), type="tertiary")


def _turn(by: int) -> None:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + by


def _buttons(t: Words, card: dict[str, object], *, on_top: bool) -> None:
    go_key, anew_key = ("A", "N") if on_top else (None, None)
    action_id, approver = str(card["action_id"]), str(card["approver"])
    may = action_commands.can_approve(approver)
    not_yours = t("inbox.not_yours", role=t.of("role", approver))
    with st.container(horizontal=True, vertical_alignment="center", key=f"act-do-{action_id}"):
        if card["state"] == ActionState.APPROVED:
            st.button(
                t("inbox.carry_out"), type="primary", icon=":material/bolt:", key=f"go-{action_id}",
                shortcut=go_key, on_click=_carry_out, args=(t, action_id), **permit(t, "carry_out_action"),
            )  # fmt: skip
        else:
            st.button(
                t("inbox.approve"), type="primary", icon=":material/bolt:", key=f"yes-{action_id}",
                shortcut=go_key, on_click=_approve, args=(t, action_id, str(card["inputs"])),
                **permit(t, "approve_action", disabled=not may, help=None if may else not_yours),
            )  # fmt: skip
            with st.popover(t("inbox.reject"), icon=":material/block:"):
                st.text_input(t("inbox.reject_why"), key=f"why-{action_id}", max_chars=200)
                st.button(
                    t("inbox.reject_go"), key=f"no-{action_id}", on_click=_reject, args=(t, action_id),
                    **permit(t, "reject_action"),
                )  # fmt: skip
            st.button(
                t("inbox.renew"), icon=":material/refresh:", key=f"renew-{action_id}", on_click=_renew,
                shortcut=anew_key, args=(t, action_id), **permit(t, "renew_action", help=t("inbox.renew_help")),
            )  # fmt: skip


def _approve(t: Words, action_id: str, seen: str) -> None:
    keep_told(action_commands.approve(t, action_id, seen=seen))


def _carry_out(t: Words, action_id: str) -> None:
    keep_told(action_commands.carry_out(t, action_id))


def _renew(t: Words, action_id: str) -> None:
    keep_told(action_commands.renew(t, action_id))


def _reject(t: Words, action_id: str) -> None:
    keep_told(action_commands.reject(t, action_id, reason=st.session_state.get(f"why-{action_id}", "")))
