"""Where analytical reads happen: DuckDB on its own file, or with PostgreSQL attached read-only. Installs views/."""

from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Connection
from sqlalchemy.engine import URL

from engine.store.tables import metadata

VIEWS = Path(__file__).with_name("views")


def open_reader(url: URL, writer: Connection) -> duckdb.DuckDBPyConnection:
    """A root connection for readers (one cursor a thread), with every table and view under its plain name."""
    connection: duckdb.DuckDBPyConnection
    if url.get_backend_name() == "duckdb":
        raw: Any = writer.connection.driver_connection
        connection = raw.duplicate()  # a second session on the same open file
    else:
        connection = duckdb.connect()
        _attach_postgres(connection, url)
    connection.execute("SET TimeZone = 'UTC'")
    for questions in sorted(VIEWS.glob("*.sql")):  # in the order of their numbers: later ones build on earlier ones
        connection.execute(questions.read_text(encoding="utf-8"))
    return connection


def _attach_postgres(connection: duckdb.DuckDBPyConnection, url: URL) -> None:
    from duckdb_extensions import import_extension  # only where PostgreSQL is configured

    import_extension("postgres")
    connection.execute("LOAD postgres")
    target = url.set(drivername="postgresql").render_as_string(hide_password=False).replace("'", "''")
    connection.execute(f"ATTACH '{target}' AS room (TYPE postgres, READ_ONLY)")
    for table in metadata.sorted_tables:
        connection.execute(f"CREATE VIEW {table.name} AS FROM room.{table.name}")
