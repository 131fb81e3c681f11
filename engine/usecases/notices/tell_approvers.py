"""Tells whoever may approve an action that one waits, in the commit that proposes it; the link leads to its card."""

from datetime import datetime

from engine.model.actions import ActionKind, Desk
from engine.model.notices import NoticeKind, StaffDesk
from engine.model.roles import Role
from engine.store.transaction import Transaction
from engine.usecases.notices.write_notice import StaffNotice, write_staff_notice

SERVED_BY: dict[Desk, StaffDesk] = {
    Desk.ORDERS: StaffDesk.CUSTOMER_SERVICE,
    Desk.INVENTORY: StaffDesk.WAREHOUSE,
    Desk.LOGISTICS: StaffDesk.CARRIER,
    Desk.SERVICE: StaffDesk.CUSTOMER_SERVICE,
}
"""Who hears of what an operator may approve; what takes more goes to the managers."""


def tell_approvers(
    tx: Transaction,
    action_id: str,
    *,
    kind: ActionKind,
    subject: str,
    desk: Desk,
    orders: int,
    stake_cents: int,
    approver: Role,
    expires_at: datetime,
) -> None:
    """One notice an action and channel."""
    fields = {
        "what": kind.value,
        "where": subject,
        "orders": orders,
        "yuan": f"{stake_cents / 100:,.2f}",
        "role": approver.value,
        "due_at": expires_at.isoformat(),
    }
    to = SERVED_BY[desk] if approver is Role.OPERATOR else StaffDesk.MANAGER
    notice = StaffNotice(
        kind=NoticeKind.APPROVAL, desk=to, cause=f"action:{action_id}", fields=fields, action_id=action_id
    )
    write_staff_notice(tx, notice)
