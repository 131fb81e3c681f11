"""A notice was entered by mistake, or its platform took it back: it exempts nothing any more."""

import polars as pl

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.store import tables
from engine.usecases.room.workplace import Workplace


def withdraw_exemption(work: Workplace, notice_id: str, *, reason: str, actor: str) -> None:
    """Withdraw it in one commit. Raises NotFound, NotAllowed or BadRequest."""
    if not reason.strip():
        raise BadRequest("Say why the notice is withdrawn: orders that it exempted are late again.")
    with work.database.transaction(actor=actor, verb="withdraw_exemption", subject=notice_id) as tx:
        if not tx.rows("SELECT 1 FROM exemption_notices WHERE notice_id = :id", {"id": notice_id}):
            raise NotFound(f"There is no notice {notice_id!r}.")
        if tx.rows("SELECT 1 FROM exemption_withdrawals WHERE notice_id = :id", {"id": notice_id}):
            raise NotAllowed(f"The notice {notice_id} is withdrawn already.")
        gone = pl.DataFrame({"notice_id": [notice_id], "reason": [reason.strip()], "actor": [tx.actor]})
        tx.append(
            tables.exemption_withdrawals,
            gone.with_columns(at=pl.lit(tx.at).dt.cast_time_unit("us")),
            stamp=True,
        )
        tx.note(reason=reason.strip())
