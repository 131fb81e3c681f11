"""Readings of the search, of one order and of the audit: asked each time, as few look and each at something else."""

import polars as pl

from dashboard import order_file as one_order
from dashboard.boards import audit as audit_boards
from dashboard.boards import search as search_boards
from dashboard.runtime import board_settings, room
from dashboard.views.audit import AuditView
from engine.store.screens.audit import AuditFilter


def audit_filter(view: AuditView) -> AuditFilter:
    """What the view asks of the audit, as of now."""
    return view.filter(board_settings().operator, room().now())


def audit(view: AuditView) -> audit_boards.Audit:
    """A page of the audit; asked each time, because few look, and each with filters of their own."""
    return audit_boards.audit(room().database, audit_filter(view), before=view.before, after=view.after)


def finds(words: str) -> search_boards.Finds:
    """What somebody means; asked each time, because few look."""
    return search_boards.find(room().database, words)


def trail(thing: str, thing_id: str) -> pl.DataFrame:
    """All that happened to a thing that is no order; asked each time."""
    return search_boards.trail(room().database, thing, thing_id)


def order_file(order_id: str) -> one_order.OrderFile:
    """All that is known of one order; asked each time."""
    return one_order.order_file(room().database, order_id, room().now())
