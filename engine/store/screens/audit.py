"""The questions about the audit: a page of commits under filters, how many there are, who and what is in it."""

import threading
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database, literal

SHAPES: dict[str, Contract] = {
    "audit_rows": {
        "version": pl.Int64, "at": INSTANT, "actor": pl.String, "verb": pl.String, "subject": pl.String,
        "detail": pl.String,
    },
    "audit_names": {"actor": pl.String, "verb": pl.String, "commits": pl.Int64},
}  # fmt: skip


FIRST = 1
"""The version of the first commit of a room."""
_NAMES: "WeakKeyDictionary[Database, tuple[int, pl.DataFrame]]" = WeakKeyDictionary()
_NAMES_LOCK = threading.Lock()


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

    def clause(self) -> str:
        """The condition, in words of both databases."""
        parts: list[str] = []
        if self.people is not None:
            operator = literal(self.operator)
            person = f"(actor = {operator} OR position('@' IN actor) > 0 OR starts_with(actor, 'sub:'))"
            parts.append(person if self.people else f"NOT {person}")
        parts += [
            f"{column} = {literal(value)}" for column, value in (("actor", self.actor), ("verb", self.verb)) if value
        ]
        if self.subject:
            parts.append(f"starts_with(subject, {literal(self.subject)})")
        if self.since is not None:
            parts.append(f'"at" >= {literal(self.since)}')
        return " AND ".join(parts) or "true"


def audit_page(
    database: Database, chosen: AuditFilter, *, limit: int, before: int | None = None, after: int | None = None
) -> pl.DataFrame:
    """The newest commits, or those next older than version `before`, or next newer than `after`; newest first."""
    edge, order = "true", "DESC"
    if before is not None:
        edge = f"version < {before}"
    elif after is not None:
        edge, order = f"version > {after}", "ASC"
    # The rows of the page are chosen by the narrow columns, along the key, and only their texts are read.
    sql = f"""SELECT version, "at", actor, verb, subject, detail FROM audit WHERE version IN (
                SELECT version FROM audit WHERE {edge} AND {chosen.clause()} ORDER BY version {order} LIMIT {limit})
              ORDER BY version DESC"""
    return conform(database.read_where_it_lies(sql), SHAPES["audit_rows"])


def audit_count(database: Database, chosen: AuditFilter) -> int:
    """How many commits fit."""
    return int(database.read_where_it_lies(f"SELECT count(*) FROM audit WHERE {chosen.clause()}").item())


def audit_names(database: Database) -> pl.DataFrame:
    """Every actor with what it did, and how often. Commits are never taken back, so only new ones are looked at."""
    with _NAMES_LOCK:
        kept = _NAMES.get(database, (FIRST - 1, pl.DataFrame(schema=SHAPES["audit_names"])))
        upto = database.data_version()
        seen, names = kept
        if upto != seen:
            fresh = database.read_where_it_lies(
                f"SELECT actor, verb, count(*) AS commits FROM audit WHERE version > {seen} AND version <= {upto} "
                "GROUP BY actor, verb"
            )
            both = pl.concat([names, conform(fresh, SHAPES["audit_names"])])
            names = both.group_by("actor", "verb").agg(pl.col("commits").sum()).sort("actor", "verb")
            _NAMES[database] = (upto, names)
        return names
