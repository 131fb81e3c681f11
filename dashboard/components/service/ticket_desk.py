"""The service desk: figures, filters, the queue, and what can be done to the tickets that are chosen in it."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard.boards.tickets import Tickets
from dashboard.commands import compensation as compensation_commands
from dashboard.commands import tickets as ticket_commands
from dashboard.components import ages, outcomes, panels
from dashboard.components.service import ticket_card, ticket_table
from dashboard.permits import Told, permit
from dashboard.views.tickets import PER_PAGE, TicketsView
from dashboard.wording import Words
from engine.model.tickets import Complaint, TicketDesk, TicketState

_LAID, _ROUND, _TOLD = "tickets_laid", "tickets_round", "tickets_told"
HEIGHT = 470

_ICONS = {TicketState.OPEN: ":material/undo:", TicketState.WAITING: ":material/hourglass_top:",
          TicketState.RESOLVED: ":material/task_alt:"}  # fmt: skip


def figures(t: Words, board: Tickets, now: datetime) -> None:
    """Five tiles over the queue, of the whole desk whatever is filtered."""
    fresh = ages.of_feed(t, board.stamp, "tickets", now)
    loads = board.loads
    opened = loads.filter(pl.col("state") == TicketState.OPEN)
    waiting = int(loads.filter(pl.col("state") == TicketState.WAITING)["tickets"].sum())
    overdue, soon = int(loads["overdue"].sum()), int(loads["soon"].sum())
    unsure = int(opened.filter(pl.col("complaint").is_null())["tickets"].sum())
    oldest = opened["oldest_at"].min()
    age = t.age((now - oldest).total_seconds()) if isinstance(oldest, datetime) else t("tickets.none_open")
    shown = (
        ("open", int(opened["tickets"].sum()), t("tickets.open_note", age=age), "gray"),
        ("overdue", overdue, t("tickets.overdue_note"), "red" if overdue else "green"),
        ("soon", soon, t("tickets.soon_note", n=t.count(board.soon_minutes)), "orange" if soon else "gray"),
        ("unsure", unsure, t("tickets.unsure_note"), "orange" if unsure else "gray"),
        ("waiting", waiting, t("tickets.waiting_note", n=t.count(int(loads["resolved_today"].sum()))), "gray"),
    )
    for column, (name, value, note, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"tickets-{name}", t(f"tickets.{name}"), t.count(value), note, fresh, colour=colour)


def filters(t: Words, view: TicketsView) -> None:
    """Which tickets; the choice goes into the address bar, so that a queue is a link."""
    desk, state, about, older, word = st.columns([1, 1, 1.1, 1, 1.6], gap="small")
    choices = (
        (desk, "desk", view.DESKS, view.desk, "ticket_desk"),
        (state, "state", view.STATES, view.state, "ticket_state"),
        (about, "complaint", view.COMPLAINTS, view.complaint, "complaint"),
    )
    for column, name, members, chosen, family in choices:
        column.selectbox(
            t(f"tickets.by_{name}"), members, index=members.index(chosen), key=f"tickets_{name}",
            format_func=lambda one, family=family: t.of(family, str(one)), on_change=_choose, args=(name,),
        )  # fmt: skip
    older.selectbox(
        t("tickets.by_older"), view.OLDER, index=view.OLDER.index(view.older), key="tickets_older",
        format_func=lambda hours: t.of("tickets_older", str(hours)), on_change=_choose, args=("older",),
    )  # fmt: skip
    word.text_input(
        t("tickets.by_word"), view.word, max_chars=60, key="tickets_word", on_change=_choose, args=("word",),
        icon=":material/search:", placeholder=t("tickets.word_help"),
    )  # fmt: skip


def _choose(name: str) -> None:
    st.query_params[name] = str(st.session_state[f"tickets_{name}"])
    st.query_params.pop("page", None)
    lay_anew()


def _turn(page: int) -> None:
    st.query_params["page"] = str(page)
    lay_anew()


def lay_anew() -> None:
    """Take the queue as it is now; nothing stays chosen."""
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def told() -> None:
    """What came of the last click."""
    outcomes.tell(_TOLD)


def changed(board: Tickets, view: TicketsView) -> int:
    """How many of this page came or went since it was laid."""
    laid = st.session_state.get(_LAID)
    if laid is None or laid[0] != view:
        return 0
    return len(set(laid[1]["ticket_id"]) ^ set(board.page["ticket_id"]))


def desk(t: Words, board: Tickets, view: TicketsView, now: datetime) -> None:
    """The queue on the left, what is chosen in it on the right."""
    laid = st.session_state.get(_LAID)
    if laid is None or laid[0] != view:
        laid = st.session_state[_LAID] = (view, board.page)
    page: pl.DataFrame = laid[1]
    key = f"tickets-{st.session_state.get(_ROUND, 0)}"
    left, right = st.columns([1.9, 1], gap="medium")
    with left:
        rows = ticket_table.queue(t, page, now, height=HEIGHT, key=key)
        _pages(t, board, view)
    chosen = page[rows] if rows else page.clear()
    with right:
        _acts(t, chosen)
        if chosen.height:
            ticket_card.card(t, chosen.row(0, named=True), now)
        else:
            st.caption(t("tickets.choose") if page.height else t("tickets.nothing_fits"))


def _pages(t: Words, board: Tickets, view: TicketsView) -> None:
    last = max((board.fitting - 1) // PER_PAGE, 0)
    where, back, on = st.columns([4, 1, 1], vertical_alignment="center")
    first = view.page * PER_PAGE
    where.caption(
        t("tickets.fitting", n=t.count(board.fitting), first=t.count(min(first + 1, board.fitting)),
          last=t.count(min(first + PER_PAGE, board.fitting)))
    )  # fmt: skip
    back.button(
        t("tickets.back"), icon=":material/chevron_left:", disabled=view.page == 0, width="stretch", key="tickets-back",
        on_click=_turn, args=(view.page - 1,), shortcut="B",
    )  # fmt: skip
    on.button(
        t("tickets.on"), icon=":material/chevron_right:", disabled=view.page >= last, width="stretch", key="tickets-on",
        on_click=_turn, args=(view.page + 1,), shortcut="N",
    )  # fmt: skip


def _acts(t: Words, chosen: pl.DataFrame) -> None:
    """One click says what all that is chosen is about; one moves it; one sends it to another desk."""
    ids: Sequence[str] = chosen["ticket_id"].to_list()
    with st.container(border=True, key="ticket-acts"):
        st.caption(t("tickets.about", n=t.count(len(ids))))
        with st.container(horizontal=True, gap="small"):
            for place, complaint in enumerate(Complaint, start=1):
                may = permit(t, "label_ticket", disabled=not ids)
                if st.button(t.of("complaint", complaint), key=f"label-{complaint}", shortcut=str(place), **may):
                    _end(ticket_commands.label(t, ids, complaint))
        reason = st.text_input(
            t("tickets.reason"), max_chars=200, key=f"tickets-why-{st.session_state.get(_ROUND, 0)}",
            placeholder=t("tickets.reason_help"), label_visibility="collapsed",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            for state in (TicketState.RESOLVED, TicketState.WAITING, TicketState.OPEN):
                may = permit(t, "move_ticket", disabled=not ids)
                kind = "primary" if state is TicketState.RESOLVED else "secondary"
                if st.button(t.of("ticket_move", state), key=f"move-{state}", icon=_ICONS[state], type=kind, **may):
                    _end(ticket_commands.move(t, ids, state, reason=reason))
            to = st.selectbox(
                t("tickets.send"), [None, *TicketDesk], key=f"tickets-send-{st.session_state.get(_ROUND, 0)}",
                format_func=lambda one: t("tickets.send") if one is None else t.of("ticket_desk", one),
                label_visibility="collapsed", width=170, **permit(t, "send_ticket", disabled=not ids),
            )  # fmt: skip
            may = permit(t, "propose_compensations", disabled=not ids)
            if st.button(t("tickets.make_good"), icon=":material/redeem:", key="make-good", **may):
                _end(compensation_commands.propose(t, ids))
        if to is not None and ids:
            _end(ticket_commands.send(t, ids, to, reason=reason))


def _end(outcome: Told) -> None:
    """After a command: tell it, and lay the queue anew if it was done."""
    st.session_state[_TOLD] = outcome
    if outcome.done:
        lay_anew()
    st.rerun()
