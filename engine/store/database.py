"""One database, DuckDB file or PostgreSQL server: opened once a process, one writer at a time, many readers.

Every write goes through `transaction()`: it takes the writer's lock (a lock of this process on DuckDB, which is
the only process that can own the file; an advisory lock of the server on PostgreSQL), appends one audit row and
thereby makes the next data version. Reads are DuckDB's in both cases: on the file itself, or on PostgreSQL
attached read-only. The store decides nothing.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from engine.clock import type_now, utc_now
from engine.errors import BadSetting, DatabaseUnavailable
from engine.store import migrations, readers
from engine.store.failures import explained
from engine.store.transaction import Transaction

_VERSION = "SELECT coalesce(max(version), 0) FROM audit"
_ADVISORY_KEY = 0x42414F44  # "BAOD": any constant that every process of the room shares


def literal(value: str | int | datetime) -> str:
    """A value as SQL text, whatever it contains."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    return "'" + value.replace("\0", "").replace("'", "''") + "'"


class Database:
    """The room's database. Open with `Database.open(url)`, close with `close()`; safe to use from many threads."""

    def __init__(self, url: URL, engine: Engine, writer: Connection, *, now: type_now) -> None:
        self.url = url
        self.now = now
        self._engine = engine
        self._writer = writer
        self._lock = threading.RLock()
        self._version = 0
        self._verbs: dict[str, int] = {}
        self._listeners: dict[str, Callable[[], None]] = {}
        self._reader_root: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()
        self._closed = False

    # --- opening and closing ---------------------------------------------------------------------------------

    @classmethod
    def open(cls, url: str, *, now: type_now = utc_now) -> "Database":
        """Open (and create or migrate) the database at a SQLAlchemy `url`.

        Raises BadSetting for a URL that is none, DatabaseUnavailable (locked, damaged, unreachable, full) or
        OutOfDate (written by a newer room), each with what to do about it.
        """
        parsed = _parse(url)
        where = describe(parsed)
        with explained(where):
            engine = _engine_for(parsed)
            writer = engine.connect()
            try:
                database = cls(parsed, engine, writer, now=now)
                with explained(where):
                    migrations.migrate(writer, now=now())
                    database._version = database._stored_version()
                    database._verbs = database._stored_verbs()
                    writer.rollback()  # ends the transaction that the looks began
                    database._reader_root = readers.open_reader(parsed, writer)
            except BaseException:
                writer.close()
                engine.dispose()
                raise
        return database

    @property
    def is_duckdb(self) -> bool:
        """True where one process owns a file; False on a PostgreSQL server."""
        return self.url.get_backend_name() == "duckdb"

    @property
    def where(self) -> str:
        """The database in words, without its password."""
        return describe(self.url)

    def close(self) -> None:
        """Checkpoint (DuckDB) and close. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._reader_root is not None:
                self._reader_root.close()
            if self.is_duckdb:
                with explained(self.where):
                    self._writer.rollback()
                    raw: Any = self._writer.connection.driver_connection
                    raw.execute("CHECKPOINT")
            self._writer.close()
            self._engine.dispose()

    # --- writing ---------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, *, actor: str, verb: str, subject: str = "") -> Iterator[Transaction]:
        """One commit: everything inside happens with its audit row, or nothing does.

        The transaction's `version` is already known inside, so facts can name the commit that brought them.
        A transaction that wrote nothing leaves no audit row and no new version.
        """
        with self._lock:
            if self._closed:
                raise DatabaseUnavailable(f"{self.where} is closed: the room is stopping.")
            with explained(self.where):
                if self._writer.in_transaction():
                    self._writer.rollback()
                with self._writer.begin():
                    if not self.is_duckdb:
                        self._writer.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
                        self._version = self._stored_version()
                    step = Transaction(
                        self._writer,
                        version=self._version + 1,
                        at=self.now(),
                        actor=actor,
                        verb=verb,
                        subject=subject,
                    )
                    yield step
                    step.write_audit()
                if step.wrote:
                    self._version = step.version
                    self._verbs[verb] = step.version
        for bell in step.rung if step.wrote else ():
            if bell in self._listeners:
                self._listeners[bell]()

    def listen(self, bell: str, act: Callable[[], None]) -> None:
        """Do `act` after every commit that rang `bell` in this process, in the thread that committed; at most one
        listener a bell. What another process commits is not heard."""
        self._listeners[bell] = act

    def data_version(self) -> int:
        """The number of commits so far. On PostgreSQL this asks the server: another process may have written."""
        if self.is_duckdb:
            return self._version
        return int(self.read_where_it_lies(_VERSION).item())

    def last_version(self, *verbs: str) -> int:
        """The version of the newest commit with one of these verbs, 0 if there is none; costs nothing on DuckDB."""
        if not self.is_duckdb:
            names = ", ".join(literal(verb) for verb in verbs)
            newest = f"SELECT version FROM audit WHERE verb IN ({names}) ORDER BY version DESC LIMIT 1"
            rows = self.read_where_it_lies(newest)
            return int(rows.item()) if rows.height else 0
        return max((self._verbs.get(verb, 0) for verb in verbs), default=0)

    def _stored_version(self) -> int:
        value = self._writer.execute(text(_VERSION)).scalar_one()
        return int(value)

    def _stored_verbs(self) -> dict[str, int]:
        rows = self._writer.execute(text("SELECT verb, max(version) FROM audit GROUP BY verb")).fetchall()
        return {str(verb): int(version) for verb, version in rows}

    # --- reading ---------------------------------------------------------------------------------------------

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The rows of a DuckDB query with `$name` parameters; the tables and the views in views/ are in reach.

        Each thread has its own cursor. Times come back as UTC.
        """
        cursor = self._cursor()
        with explained(self.where):
            result = cursor.execute(sql, dict(parameters) if parameters else None)
            return pl.DataFrame(result.to_arrow_table())

    def read_where_it_lies(self, sql: str) -> pl.DataFrame:
        """The rows of a query over tables that both databases understand; values stand in it as `literal` writes them.

        PostgreSQL answers it itself, from its indexes. A `read` would have it send every row of the columns concerned:
        of a million commits that takes a third of a second, however few are wanted.
        """
        return self.read(sql) if self.is_duckdb else self.read("FROM postgres_query('room', $sql)", {"sql": sql})

    @contextmanager
    def snapshot(self) -> Iterator[Callable[[str], pl.DataFrame]]:
        """Several reads as of one moment: yields a function from SQL to frame."""
        cursor = self._cursor()
        with explained(self.where):
            cursor.execute("BEGIN TRANSACTION")
            try:
                yield lambda sql: pl.DataFrame(cursor.execute(sql).to_arrow_table())
            finally:
                cursor.execute("ROLLBACK")

    @contextmanager
    def try_own(self, name: str) -> Iterator[bool]:
        """Yield whether this process owns the work called `name` for now; on DuckDB it is the only process and does.

        On PostgreSQL a session-level advisory lock decides, held on a connection of its own until the block ends.
        """
        if self.is_duckdb:
            yield True
            return
        key = int.from_bytes(blake2b(name.encode(), digest_size=7).digest())
        with explained(self.where), self._engine.connect() as connection:
            [(won,)] = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).fetchall()
            try:
                yield bool(won)
            finally:
                if won:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._closed or self._reader_root is None:
            raise DatabaseUnavailable(f"{self.where} is closed: the room is stopping.")
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._reader_root.cursor()
            cursor.execute("SET TimeZone = 'UTC'")
            self._local.cursor = cursor
        return cursor


def describe(url: URL) -> str:
    """A database URL in words, with no password in it."""
    if url.get_backend_name() == "duckdb":
        return f"The database file {url.database}"
    return f"The database {url.render_as_string(hide_password=True)}"


def as_json(value: object) -> str:
    """JSON text as audit and reason columns keep it."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except Exception as error:
        raise BadSetting(f"WARROOM_DATABASE is {url!r}, which is no SQLAlchemy URL: {error}") from error
    if backend == "duckdb":
        if not parsed.database or parsed.database == ":memory:":
            raise BadSetting(
                "WARROOM_DATABASE names an in-memory DuckDB: orders would be lost at the first stop. "
                "Name a file, for example duckdb:////var/lib/warroom/warroom.duckdb"
            )
        if Path(parsed.database).stem == "boards":  # DuckDB calls a catalog after its file
            raise BadSetting(
                f"WARROOM_DATABASE names the file {Path(parsed.database).name}: its views would be hidden by it. "
                "Call it something else, for example warroom.duckdb"
            )
        return parsed.set(database=str(Path(parsed.database).expanduser().resolve()))
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise BadSetting(
        f"WARROOM_DATABASE asks for {backend!r}; the room speaks duckdb:///FILE and postgresql+psycopg://..."
    )


def _engine_for(url: URL) -> Engine:
    if url.get_backend_name() != "duckdb":
        return create_engine(url, poolclass=NullPool)
    engine = create_engine(url, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _session(connection: Any, _record: object) -> None:
        connection.execute("SET TimeZone = 'UTC'")
        # A checkpoint inside a burst costs tens of milliseconds. 256 MB of log replays in about two seconds.
        connection.execute("SET checkpoint_threshold = '256MB'")

    return engine
