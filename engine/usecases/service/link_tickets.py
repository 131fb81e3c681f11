"""Tickets that came before their order, or before it was allocated, find it and its goods when it is there."""

import polars as pl

from engine.aftersales.ticket_reports import REPORTS, together
from engine.model.frames import conform
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.answer_times import load_answer_times
from engine.usecases.service.take_tickets import KNOWN, gather_goods, stand
from engine.usecases.service.ticket_goods import ASKED, orders_named

_ORDERLESS = """
    SELECT DISTINCT t.ticket_id
    FROM tickets t JOIN ticket_reports r ON r.ticket_id = t.ticket_id JOIN orders o ON o.order_id = r.order_id
    WHERE t.order_id IS NULL
"""
_LOTLESS = """
    SELECT DISTINCT g.ticket_id
    FROM ticket_goods g JOIN boards.standing_picks p ON p.order_id = g.order_id AND p.sku = g.sku
    WHERE g.lot IS NULL
"""


def link_tickets(work: Workplace, *, actor: str) -> int:
    """Link what can be linked now, in one commit; returns how many tickets that were."""
    orderless, lotless = work.database.read(_ORDERLESS), work.database.read(_LOTLESS)
    if orderless.is_empty() and lotless.is_empty():
        return 0
    times = load_answer_times()
    with work.database.transaction(actor=actor, verb="link_tickets") as tx:
        known = tx.matching(tables.tickets, orderless, *KNOWN)
        reports = conform(tx.matching(tables.ticket_reports, known.select("ticket_id"), *REPORTS), REPORTS)
        stand(tx, reports, reports, known, times)
        _place(tx, lotless.join(orderless, on="ticket_id", how="anti"))
        tx.note(to_orders=orderless.height, to_lots=lotless.height)
    return pl.concat([orderless, lotless]).unique().height


def _place(tx: Transaction, tickets: pl.DataFrame) -> None:
    """Gather the goods of tickets whose order has been allocated since."""
    linked = tx.matching(tables.tickets, tickets, "ticket_id", "order_id")
    reports = conform(tx.matching(tables.ticket_reports, tickets, *REPORTS), REPORTS)
    asked = together(reports).drop("order_id").join(linked, on="ticket_id")
    gather_goods(tx, conform(asked, ASKED), orders_named(tx, asked["order_id"]), again=linked)
