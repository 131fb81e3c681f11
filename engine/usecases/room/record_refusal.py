"""Somebody asked for what is not theirs to do: nothing is done, and the audit says that it was asked for."""

from engine.store.database import Database

VERB = "refused"


def record_refusal(database: Database, verb: str, *, actor: str, role: str, needs: str) -> None:
    """One audit row: who asked for which verb, with which role, and which it would have taken."""
    with database.transaction(actor=actor, verb=VERB, subject=verb) as tx:
        tx.note(role=role, needs=needs)
        tx.keep()
