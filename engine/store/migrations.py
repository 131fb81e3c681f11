"""From any older schema to this one, step by step, each step once. A newer schema than ours is refused, untouched."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, insert, inspect, text

from engine.errors import OutOfDate
from engine.store.tables import SCHEMA_VERSION, metadata, schema_version

Step = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


def _new_tables(connection: Connection) -> None:
    """Creates what is not there yet; what is there stays as it is."""
    metadata.create_all(connection)


def _incidents_of_routes(connection: Connection) -> None:
    """New tables; and incidents may have a route as their cause, which the check of schema 4 does not know. Neither
    database changes a check alike, so the table is made anew from its rows."""
    connection.execute(text("CREATE TABLE incidents_of_schema_4 AS SELECT * FROM incidents"))
    metadata.tables["incidents"].drop(connection)
    metadata.create_all(connection)
    names = ", ".join(f'"{column.name}"' for column in metadata.tables["incidents"].columns)
    connection.execute(text(f"INSERT INTO incidents ({names}) SELECT {names} FROM incidents_of_schema_4"))
    connection.execute(text("DROP TABLE incidents_of_schema_4"))


STEPS: dict[int, Step] = {1: _first, 2: _new_tables, 3: _new_tables, 4: _new_tables, 5: _incidents_of_routes}
"""Version reached -> the step that reaches it from the one before."""


def migrate(connection: Connection, *, now: datetime) -> None:
    """Bring the schema to SCHEMA_VERSION; every step and its record are one transaction."""
    if not connection.in_transaction():
        connection.begin()
    if connection.dialect.name == "postgresql":
        # Two processes that open an empty database at once: the second waits and finds the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(1112559172)"))
    present = _present(connection)
    if present > SCHEMA_VERSION:
        raise OutOfDate(
            f"The database has schema {present}, this room knows {SCHEMA_VERSION}: it was written by a newer "
            f"version. Nothing was changed; start that version, or point WARROOM_DATABASE elsewhere."
        )
    for version in range(present + 1, SCHEMA_VERSION + 1):
        STEPS[version](connection)
        connection.execute(insert(schema_version).values(version=version, applied_at=now))
    connection.commit()


def _present(connection: Connection) -> int:
    if not inspect(connection).has_table("schema_version"):
        return 0
    return int(connection.execute(text("SELECT coalesce(max(version), 0) FROM schema_version")).scalar_one())
