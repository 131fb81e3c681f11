"""Tells the desk whose business it is that something was raised, in the commit that raises it.

The one door from alarms to the outbox: whoever judges alarms decides what is raised; this puts it into words and queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model.notices import NoticeKind, StaffDesk
from engine.store.transaction import Transaction
from engine.usecases.notices.write_notice import StaffNotice, write_staff_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Something that was raised. cause: its id and state, told once. what: a code of data/notices/words.toml. orders,
    cents, due_at: None where nobody knows. critical: at night as well."""

    cause: str
    what: str
    where: str
    desk: StaffDesk
    orders: int | None
    cents: int | None = None
    due_at: datetime | None = None
    critical: bool = False


def tell_staff(tx: Transaction, raised: Sequence[Raised]) -> None:
    """One notice a cause and channel; nothing where no channel serves the desk."""
    for one in raised:
        fields = {
            "what": one.what,
            "where": one.where,
            "orders": one.orders,
            "yuan": None if one.cents is None else f"{one.cents / 100:,.2f}",
            "due_at": None if one.due_at is None else one.due_at.isoformat(),
        }
        write_staff_notice(
            tx,
            StaffNotice(kind=NoticeKind.ALERT, desk=one.desk, cause=one.cause, fields=fields, critical=one.critical),
        )
