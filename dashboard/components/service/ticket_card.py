"""One ticket whole: the buyer's words as plain text, what it is about, its order, its clock and what has happened."""

from datetime import datetime
from typing import Any

import orjson
import streamlit as st

from dashboard import reads, sentences
from dashboard.components.service import ticket_table
from dashboard.wording import NOTHING, Words, plain
from engine.model.tickets import TicketDesk, TicketState

FIRST_CHARACTERS = 400
"""Of the buyer's words, so many at first sight; the rest on demand. The longest real complaint seen had 290."""


def card(t: Words, row: dict[str, Any], now: datetime) -> None:
    """The card of a ticket of the queue."""
    file = reads.ticket_file(row["ticket_id"])
    with st.container(border=True, key="ticket-card"):
        st.markdown(f"**{plain(row['ticket_no'])}** · {plain(t.of('platform', row['platform']))}")
        _words(t, row)
        facts = [
            (t("tickets.clock"), ticket_table.clock(t, row, now)),
            (t("tickets.complaint"), ticket_table.about(t, row)),
            (t("tickets.evidence"), _weights(row)),
            (t("tickets.claim"), f"{t.of('claim', row['claim'])} · {t.money(row['refund_cents'])}"),
            (t("tickets.platform_reason"), row["reason"] or NOTHING),
            (t("tickets.goods"), _goods(t, file.pieces.rows(named=True))),
        ]
        st.markdown("  \n".join(f":gray[{plain(name)}] {plain(value)}" for name, value in facts))
        if row["order_id"] is not None:
            if st.button(t("tickets.order"), icon=":material/receipt_long:", key="ticket-order"):
                st.switch_page("pages/order.py", query_params={"lang": t.language, "order": row["order_id"]})
        else:
            st.caption(t("tickets.no_order"))
        for event in file.story.head(8).iter_rows(named=True):
            st.caption(plain(_event(t, event)))


def _words(t: Words, row: dict[str, Any]) -> None:
    """The words never pass through Markdown or HTML: whatever they hold is shown as it was typed."""
    said = row["said"] or NOTHING
    whole = len(said) <= FIRST_CHARACTERS
    with st.container(height=130 if len(said) > 120 else "content", border=False):
        st.text(said if whole else f"{said[:FIRST_CHARACTERS]}…")
    if not whole:
        with st.expander(t("tickets.whole", n=t.count(len(said)))):
            st.text(said)


def _weights(row: dict[str, Any]) -> str:
    told = [f"{word} {weight:+.1f}" for word, weight in orjson.loads(row["evidence"])]
    return " · ".join(told) or NOTHING


def _goods(t: Words, pieces: list[dict[str, Any]]) -> str:
    told = [
        " ".join(str(part) for part in (t.name(piece), f"x {piece['qty']}", piece["lot"], piece["node"]) if part)
        for piece in pieces
    ]
    return ", ".join(told) or NOTHING


def _event(t: Words, event: dict[str, Any]) -> str:
    kind = event["kind"]
    if kind in set(TicketState):
        what = t.of("ticket_state", kind)
    else:
        what = t.of("ticket_desk", kind) if kind in set(TicketDesk) else t.of("ticket_event", kind)
    told = f"{t.stamp(event['event_time'])[5:16]} {what} · {event['actor']}"
    why = ", ".join(_reason(t, kind, part) for part in event["reason"].split(", ") if part)
    return f"{told} · {why}" if why else told


def _reason(t: Words, kind: str, part: str) -> str:
    """What changed, in words; or why it was moved, as the engine or a person said it."""
    return t.of("ticket_field", part) if kind == "changed" else sentences.said(t, part)
