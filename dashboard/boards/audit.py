"""What the audit page needs to know, asked together."""

from dataclasses import dataclass

import polars as pl

from engine.store.database import Database
from engine.store.screens import audit as audit_screens
from engine.store.screens.audit import AuditFilter

PAGE = 50
"""Commits on a page: two screens of rows."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A page of commits, how many fit in all, whether there are newer and older ones, and what there is to choose."""

    rows: pl.DataFrame
    fitting: int
    newer: bool
    older: bool
    names: pl.DataFrame


def audit(database: Database, chosen: AuditFilter, *, before: int | None, after: int | None) -> Audit:
    """Ask everything the audit page shows."""
    found = audit_screens.audit_page(database, chosen, limit=PAGE + 1, before=before, after=after)
    one_more = found.height > PAGE
    rows = found.tail(PAGE) if after is not None else found.head(PAGE)
    return Audit(
        rows=rows,
        fitting=audit_screens.audit_count(database, chosen),
        newer=before is not None or (after is not None and one_more),
        older=one_more if after is None else not rows.is_empty(),
        names=audit_screens.audit_names(database),
    )
