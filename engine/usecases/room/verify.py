"""Asks the database whether every promise of the room holds, by SQL written apart from the code that keeps it."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from engine.store import tables
from engine.store.database import Database

QUESTIONS = Path(tables.__file__).parent.with_name("invariants.sql")
_CHECK = re.compile(r"^-- check (\w+): (.+)$", re.MULTILINE)
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: what was asked, how many breaches, the first of them."""

    name: str
    question: str
    breaches: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All invariants at one moment."""

    checked_at: datetime
    data_version: int
    orders: int
    checks: tuple[Check, ...]

    @property
    def clean(self) -> bool:
        """No invariant is broken."""
        return all(check.breaches == 0 for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "checked_at": self.checked_at.isoformat(), "clean": self.clean}


def questions() -> dict[str, tuple[str, str]]:
    """Name -> (question, SQL) of every invariant, in file order."""
    text = QUESTIONS.read_text(encoding="utf-8")
    marks = list(_CHECK.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {
        mark[1]: (mark[2], text[mark.end() : end].strip().rstrip(";")) for mark, end in zip(marks, ends, strict=True)
    }


def verify(database: Database) -> VerifyReport:
    """Every invariant, all as of one moment: on a room that is taking orders as well as on one at rest."""
    with database.snapshot() as read:
        checks = []
        for name, (question, sql) in questions().items():
            found = read(sql)
            checks.append(Check(name, question, found.height, tuple(found["example"].head(EXAMPLES).to_list())))
        version = int(read("SELECT coalesce(max(version), 0) FROM audit").item())
        orders = int(read("SELECT count(*) FROM orders").item())
    return VerifyReport(database.now(), version, orders, tuple(checks))


def record_report(database: Database, report: VerifyReport) -> None:
    """Keep a report, for the system page and for history."""
    rows = [(c.name, report.checked_at, c.breaches, "; ".join(c.examples)) for c in report.checks]
    with database.transaction(actor="verify", verb="record_report", subject=f"{len(rows)} invariants") as tx:
        tx.append(
            tables.invariant_checks,
            pl.DataFrame(rows, schema=["invariant", "checked_at", "breaches", "detail"], orient="row").with_columns(
                pl.col("checked_at").dt.cast_time_unit("us")
            ),
            stamp=True,
        )
