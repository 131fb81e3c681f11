"""The queue of tickets as a table. A grid shows text as text, so what buyers wrote is safe in it."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl

from dashboard.components import grid
from dashboard.wording import NOTHING, Words
from engine.model.tickets import LabelBy, TicketState

WORDS_SHOWN, EVIDENCE_SHOWN = 70, 3


def queue(t: Words, page: pl.DataFrame, now: datetime, *, height: int, key: str) -> list[int]:
    """Show a page of tickets; returns the places of those that are chosen."""
    rows = page.iter_rows(named=True)
    told = [(clock(t, row, now), about(t, row), line(row["said"], WORDS_SHOWN), evidence(row)) for row in rows]
    shown = page.with_columns(
        *grid.beijing("asked_at"),
        grid.mapped(t, "ticket_state", "state"),
        grid.mapped(t, "ticket_desk", "desk"),
        grid.mapped(t, "claim", "claim"),
        *[
            pl.Series(name, [row[place] for row in told], dtype=pl.String)
            for place, name in enumerate(("clock", "about", "words", "evidence"))
        ],
        link=_links(t, page),
    )
    columns: dict[str, Any] = {
        "clock": grid.text(t("tickets.clock"), width=105),
        "about": grid.text(t("tickets.complaint"), width=115),
        "words": grid.text(t("tickets.words"), width=270),
        "evidence": grid.text(t("tickets.evidence"), width=130),
        "claim": grid.text(t("tickets.claim"), width=80),
        "link": grid.link(t),
        "desk": grid.text(t("tickets.desk"), width=80),
        "state": grid.text(t("tickets.state"), width=80),
        "buyer": grid.text(t("col.buyer"), width=90),
        "asked_at": grid.moment(t("tickets.asked_at"), form="MM-DD HH:mm", width=95),
    }
    return grid.show(t, shown, columns, key=key, height=height, selection="multi-row")


def clock(t: Words, row: dict[str, Any], now: datetime) -> str:
    """When the answer is owed: in so long, or so long ago; it stands while the room waits for the buyer."""
    if row["state"] == TicketState.RESOLVED:
        return t("tickets.answered")
    if row["due_at"] is None:
        return t("tickets.stands")
    seconds = (row["due_at"] - now).total_seconds()
    span = t.duration(abs(seconds))
    return t("tickets.in", span=span) if seconds > 0 else t("tickets.late", span=span)


def about(t: Words, row: dict[str, Any]) -> str:
    """What the ticket is about, and how sure the machine is; a person's word has a tick."""
    if row["complaint"] is None:
        return t("complaint.unsure") if row["labelled_by"] else t("tickets.unread")
    name = t.of("complaint", row["complaint"])
    if row["labelled_by"] == LabelBy.OPERATOR:
        return f"{name} ✓"
    return name if row["confidence"] is None else f"{name} {row['confidence']:.0%}"


def line(said: str, most: int) -> str:
    """The words in one line, cut; a dash where the buyer said nothing."""
    flat = " ".join(said[: most * 4].split())
    return (flat if len(flat) <= most else f"{flat[: most - 1]}…") or NOTHING


def evidence(row: dict[str, Any]) -> str:
    """The words by which the machine judged, the strongest first."""
    return " · ".join(str(word) for word, _ in orjson.loads(row["evidence"])[:EVIDENCE_SHOWN]) or NOTHING


def _links(t: Words, page: pl.DataFrame) -> pl.Series:
    """Where each order's own page is; none where the room has no such order."""
    known = page.with_columns(pl.col("order_id").fill_null(""))
    return pl.Series("link", [link or None for link in _without_orders(grid.links(t, known), page)], dtype=pl.String)


def _without_orders(links: pl.Series, page: pl.DataFrame) -> list[str | None]:
    return [link if order is not None else None for link, order in zip(links, page["order_id"], strict=True)]
