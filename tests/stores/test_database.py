"""The store's contract, the same on DuckDB and PostgreSQL."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting, DatabaseUnavailable, OutOfDate
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database


def pools(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows),
        schema={"show_id": pl.String, "sku": pl.String, "quantity": pl.Int64, "reserved": pl.Int64},
        orient="row",
    )


def write(database: Database, *rows: tuple[str, str, int, int]) -> None:
    with database.transaction(actor="test", verb="write") as tx:
        tx.append(tables.pool_balance, pools(*rows))


def read(database: Database) -> list[tuple[object, ...]]:
    return database.read("SELECT * FROM pool_balance ORDER BY show_id, sku").rows()


def test_what_was_appended_is_read_back(database: Database) -> None:
    write(database, ("show", "RICE", 10, 0), ("show", "OIL", 5, 2))
    assert read(database) == [("show", "OIL", 5, 2), ("show", "RICE", 10, 0)]


def test_every_commit_is_one_version_and_one_audit_row(database: Database) -> None:
    write(database, ("a", "x", 1, 0))
    write(database, ("b", "x", 1, 0))
    assert database.data_version() == 2
    assert database.read("SELECT version, actor, verb FROM audit ORDER BY version").rows() == [
        (1, "test", "write"),
        (2, "test", "write"),
    ]


def test_a_transaction_that_wrote_nothing_leaves_no_trace(database: Database) -> None:
    with database.transaction(actor="test", verb="look") as tx:
        tx.rows("SELECT count(*) FROM pool_balance")
    assert database.data_version() == 0
    assert database.read("SELECT * FROM audit").is_empty()


def test_a_failed_transaction_keeps_nothing_not_even_its_version(database: Database) -> None:
    write(database, ("a", "x", 1, 0))
    with (
        pytest.raises(ZeroDivisionError),
        database.transaction(actor="test", verb="break") as tx,
    ):
        tx.append(tables.pool_balance, pools(("b", "x", 1, 0)))
        raise ZeroDivisionError
    assert read(database) == [("a", "x", 1, 0)]
    assert database.data_version() == 1
    write(database, ("c", "x", 1, 0))
    assert database.data_version() == 2


def test_the_database_itself_refuses_an_oversold_pool(database: Database) -> None:
    write(database, ("a", "x", 3, 3))
    with (
        pytest.raises(Exception, match=r"(?i)check"),
        database.transaction(actor="test", verb="oversell") as tx,
    ):
        tx.amend(tables.pool_balance, pools(("a", "x", 3, 4)), on=("show_id", "sku"))
    assert read(database) == [("a", "x", 3, 3)]


def test_a_key_can_be_there_only_once(database: Database) -> None:
    write(database, ("a", "x", 1, 0))
    with pytest.raises(Exception, match=r"(?i)duplicate"):
        write(database, ("a", "x", 2, 0))
    assert read(database) == [("a", "x", 1, 0)]


def test_amending_touches_only_the_rows_named(database: Database) -> None:
    write(database, ("a", "x", 5, 0), ("a", "y", 5, 0))
    with database.transaction(actor="test", verb="amend") as tx:
        tx.amend(
            tables.pool_balance,
            pl.DataFrame({"show_id": ["a"], "sku": ["y"], "reserved": [4]}),
            on=("show_id", "sku"),
        )
        assert tx.rows("SELECT reserved FROM pool_balance WHERE sku = :sku", {"sku": "y"}) == [(4,)]
    assert read(database) == [("a", "x", 5, 0), ("a", "y", 5, 4)]


def test_matching_finds_rows_by_their_keys_inside_the_transaction(database: Database) -> None:
    write(database, ("a", "x", 5, 1), ("b", "x", 6, 2))
    with database.transaction(actor="test", verb="look") as tx:
        keys = pl.DataFrame({"show_id": ["b", "nowhere"], "sku": ["x", "x"]})
        assert tx.matching(tables.pool_balance, keys, "show_id", "reserved").rows() == [("b", 2)]
        assert tx.matching(tables.pool_balance, keys.clear(), "show_id").is_empty()


def test_times_keep_their_instant_and_nulls_stay_null(database: Database) -> None:
    at = datetime(2026, 11, 11, 12, 0, 0, 123456, tzinfo=UTC)
    show = pl.DataFrame(
        {
            "show_id": ["s"],
            "title_zh": ["爆单夜"],
            "title_en": ["Harvest"],
            "platform": [None],
            "anchors": [""],
            "starts_at": [at],
            "ends_at": [None],
            "province_quota": [None],
        },
        schema={
            "show_id": pl.String,
            "title_zh": pl.String,
            "title_en": pl.String,
            "platform": pl.String,
            "anchors": pl.String,
            "starts_at": INSTANT,
            "ends_at": INSTANT,
            "province_quota": pl.Int64,
        },
    )
    with database.transaction(actor="test", verb="write") as tx:
        tx.append(tables.shows, show)
    assert database.read("SELECT * FROM shows").equals(show)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",))), unique=True))
def test_any_text_survives_the_way_in_and_out(database: Database, texts: list[str]) -> None:
    rows = [(f"k{i}", text, 1, 0) for i, text in enumerate(texts)]
    with database.transaction(actor="test", verb="write") as tx:
        tx.append(tables.pool_balance, pools(*rows))
        stored = tx.rows("SELECT show_id, sku, quantity, reserved FROM pool_balance")
        assert sorted(stored) == sorted(rows)
        tx.execute(tables.pool_balance.delete())


def test_many_threads_write_one_after_the_other_and_nothing_is_lost(database: Database) -> None:
    write(database, ("a", "x", 1000, 0))

    def take() -> None:
        for _ in range(10):
            with database.transaction(actor="thread", verb="take") as tx:
                [(reserved,)] = tx.rows("SELECT reserved FROM pool_balance")
                tx.amend(tables.pool_balance, pools(("a", "x", 1000, reserved + 1)), on=("show_id", "sku"))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(database) == [("a", "x", 1000, 80)]
    assert database.data_version() == 81


def test_a_snapshot_sees_one_moment_while_others_write(database: Database) -> None:
    write(database, ("a", "x", 10, 0))
    with database.snapshot() as look:
        before = look("SELECT count(*) AS n FROM pool_balance").item()
        thread = threading.Thread(target=write, args=(database, ("b", "x", 10, 0)))
        thread.start()
        thread.join()
        assert look("SELECT count(*) AS n FROM pool_balance").item() == before == 1
    assert len(read(database)) == 2


def test_reopening_finds_everything_and_migrates_nothing_twice(database_url: str) -> None:
    first = Database.open(database_url)
    write(first, ("a", "x", 1, 0))
    first.close()
    first.close()
    second = Database.open(database_url)
    assert read(second) == [("a", "x", 1, 0)]
    assert second.data_version() == 1
    steps = [(step,) for step in range(1, tables.SCHEMA_VERSION + 1)]
    assert second.read("SELECT version FROM schema_version ORDER BY version").rows() == steps
    second.close()


def test_incidents_of_an_older_schema_are_kept_and_a_route_may_follow(database_url: str) -> None:
    old = Database.open(database_url)
    names = {
        "incident_id": "i1-0", "level": "region", "cause": '["31"]', "complaint": "damaged", "ground": "excess",
        "state": "open", "buyers": 3, "expected": 0.5, "p_value": 0.01, "quiet_runs": 0, "delay_stages": 1,
        "delay_days": 2.0, "rivals": "[]",
    }  # fmt: skip
    now = old.now()
    row = pl.DataFrame([names]).with_columns(
        pl.lit(now).dt.cast_time_unit("us").alias(at) for at in ("began_at", "opened_at", "state_at")
    )
    with old.transaction(actor="test", verb="old") as tx:
        tx.append(tables.incidents, row, stamp=True)
        tx.execute(tables.schema_version.delete().where(tables.schema_version.c.version == 5))
    old.close()
    new = Database.open(database_url)
    assert new.read("SELECT incident_id, level, buyers, expected, began_at FROM incidents").rows() == [
        ("i1-0", "region", 3, 0.5, now)
    ]
    assert new.read("SELECT max(version) FROM schema_version").item() == tables.SCHEMA_VERSION
    route = row.with_columns(incident_id=pl.lit("i2-0"), level=pl.lit("route"), cause=pl.lit('["N1","31"]'))
    with new.transaction(actor="test", verb="new") as tx:
        tx.append(tables.incidents, route, stamp=True)
    with pytest.raises(Exception, match=r"i2-0|[Dd]uplicate"), new.transaction(actor="test", verb="again") as tx:
        tx.append(tables.incidents, route, stamp=True)
    new.close()


def test_a_database_from_the_future_is_refused_and_left_alone(database_url: str) -> None:
    opened = Database.open(database_url)
    with opened.transaction(actor="test", verb="future") as tx:
        tx.execute(tables.schema_version.insert().values(version=99, applied_at=opened.now()))
    opened.close()
    with pytest.raises(OutOfDate, match="schema 99"):
        Database.open(database_url)


def test_a_closed_database_says_that_the_room_is_stopping(database: Database) -> None:
    database.close()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        write(database, ("a", "x", 1, 0))
    with pytest.raises(DatabaseUnavailable, match="closed"):
        read(database)


def test_only_one_process_wins_the_ownership_of_a_job(postgres_url: str) -> None:
    one, two = Database.open(postgres_url), Database.open(postgres_url)
    with one.try_own("allocate") as first, two.try_own("allocate") as second, two.try_own("verify") as other:
        assert (first, second, other) == (True, False, True)
    with two.try_own("allocate") as later:
        assert later
    one.close()
    two.close()


def test_two_processes_on_postgres_see_each_others_versions(postgres_url: str) -> None:
    one, two = Database.open(postgres_url), Database.open(postgres_url)
    write(one, ("a", "x", 1, 0))
    write(two, ("b", "x", 1, 0))
    write(one, ("c", "x", 1, 0))
    assert one.data_version() == two.data_version() == 3
    assert len(read(two)) == 3
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("not a url", "no SQLAlchemy URL"),
        ("mysql://localhost/room", "duckdb:///FILE"),
        ("duckdb://", "in-memory"),
        ("duckdb:///:memory:", "in-memory"),
        ("duckdb:////tmp/boards.duckdb", "hidden by it"),
    ],
)
def test_a_wrong_url_is_refused_in_words(url: str, sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        Database.open(url)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    junk = tmp_path / "junk.duckdb"
    junk.write_bytes(b"hello" * 5000)
    with pytest.raises(DatabaseUnavailable, match="not a DuckDB database"):
        Database.open(f"duckdb:///{junk}")
    assert junk.read_bytes() == b"hello" * 5000


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        Database.open(f"duckdb:///{tmp_path / 'nowhere' / 'room.duckdb'}")


def test_a_postgres_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer") as refusal:
        Database.open("postgresql://room:secret@127.0.0.1:1/room")
    assert "secret" not in str(refusal.value)
