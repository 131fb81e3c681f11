"""One commit in the making: appends, amendments and its audit row, on one connection, inside one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import Connection, Executable, Table, insert, text

from engine.store import bulk, tables


class Transaction:
    """What a use case may do to the database. Made by `Database.transaction`; not kept afterwards."""

    def __init__(
        self, connection: Connection, *, version: int, at: datetime, actor: str, verb: str, subject: str
    ) -> None:
        self.version = version
        self.at = at
        self.actor = actor
        self.wrote = False
        self._connection = connection
        self._verb = verb
        self._subject = subject
        self._detail: dict[str, object] = {}
        self.rung: set[str] = set()

    def append(self, table: Table, frame: pl.DataFrame, *, stamp: bool = False) -> int:
        """Insert the rows of `frame`, in bulk; with `stamp`, under this commit's version. Returns how many."""
        if stamp:
            frame = frame.with_columns(version=pl.lit(self.version, dtype=pl.Int64))
        count = bulk.append(self._connection, table, frame)
        self.wrote = self.wrote or count > 0
        return count

    def amend(self, table: Table, frame: pl.DataFrame, *, on: tuple[str, ...]) -> None:
        """Set the other columns of `frame` where the `on` columns match. For current state only, never for facts."""
        bulk.amend(self._connection, table, frame, on=on)
        self.wrote = self.wrote or not frame.is_empty()

    def execute(self, statement: Executable) -> None:
        """Run one small SQLAlchemy Core statement."""
        self._connection.execute(statement)
        self.wrote = True

    def matching(self, table: Table, keys: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """Rows of `table` whose key columns equal a row of `keys`, as this transaction sees them."""
        return bulk.matching(self._connection, table, keys, columns)

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows as this transaction sees them; `sql` stays in what both databases speak, with `:name` parameters."""
        return [tuple(row) for row in self._connection.execute(text(sql), dict(parameters or {})).fetchall()]

    def frame(self, sql: str, schema: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Rows as this transaction sees them, as a frame of `schema`; for thousands and millions of rows."""
        return bulk.fetch(self._connection, sql, schema, dict(parameters or {}))

    def note(self, **detail: object) -> None:
        """Add to what the audit row will tell: what was asked for, what was before, what is after."""
        self._detail.update(detail)

    def ring(self, bell: str) -> None:
        """After the commit, wake whoever listens for `bell` in this process (`Database.listen`)."""
        self.rung.add(bell)

    def keep(self) -> None:
        """Leave an audit row although nothing else is written: that something was asked for is worth knowing."""
        self.wrote = True

    def write_audit(self) -> None:
        """Append the audit row; called by `Database.transaction` just before the commit, once."""
        if not self.wrote:
            return
        self._connection.execute(
            insert(tables.audit).values(
                version=self.version,
                at=self.at,
                actor=self.actor,
                verb=self._verb,
                subject=self._subject,
                detail=orjson.dumps(self._detail, default=str).decode(),
            )
        )
