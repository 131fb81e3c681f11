"""The questions about the audit: a page of commits under filters, how many there are, who and what is in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database

SHAPES: dict[str, Contract] = {
    "audit_rows": {
        "version": pl.Int64, "at": INSTANT, "actor": pl.String, "verb": pl.String, "subject": pl.String,
        "detail": pl.String,
    },
    "audit_names": {"actor": pl.String, "verb": pl.String, "commits": pl.Int64},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which commits: None and "" leave a field open. `subject` is how it begins. `people`: True those of persons, False
    those of machines; a person is `operator`, here or from another machine, or somebody who logged in."""

    operator: str
    people: bool | None = None
    actor: str = ""
    verb: str = ""
    subject: str = ""
    since: datetime | None = None

    def clause(self) -> tuple[str, dict[str, Any]]:
        """The condition and its parameters."""
        parts: list[str] = []
        bound: dict[str, Any] = {}
        if self.people is not None:
            person = "(actor = $operator OR contains(actor, '@') OR actor ^@ 'sub:')"
            parts.append(person if self.people else f"NOT {person}")
            bound["operator"] = self.operator
        for column, value in (("actor", self.actor), ("verb", self.verb)):
            if value:
                parts.append(f"{column} = ${column}")
                bound[column] = value
        if self.subject:
            parts.append("subject ^@ $subject")
            bound["subject"] = self.subject
        if self.since is not None:
            parts.append('"at" >= $since')
            bound["since"] = self.since
        return " AND ".join(parts) or "true", bound


def audit_page(
    database: Database, chosen: AuditFilter, *, limit: int, before: int | None = None, after: int | None = None
) -> pl.DataFrame:
    """The newest commits, or those next older than version `before`, or next newer than `after`; newest first."""
    where, bound = chosen.clause()
    order = "DESC"
    if before is not None:
        where, bound["edge"] = f"version < $edge AND {where}", before
    elif after is not None:
        where, bound["edge"], order = f"version > $edge AND {where}", after, "ASC"
    # The rows of the page are chosen by the narrow columns, and only their texts are read.
    sql = f"""FROM boards.audit_rows WHERE version IN (
                SELECT version FROM audit WHERE {where} ORDER BY version {order} LIMIT $rows) ORDER BY version DESC"""
    return conform(database.read(sql, {**bound, "rows": limit}), SHAPES["audit_rows"])


def audit_count(database: Database, chosen: AuditFilter) -> int:
    """How many commits fit."""
    where, bound = chosen.clause()
    return int(database.read(f"SELECT count(*) FROM boards.audit_rows WHERE {where}", bound or None).item())


def audit_names(database: Database) -> pl.DataFrame:
    """Every actor with what it did, and how often."""
    return conform(database.read("FROM boards.audit_names ORDER BY actor, verb"), SHAPES["audit_names"])
