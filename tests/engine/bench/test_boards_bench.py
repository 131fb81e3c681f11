"""The boards benchmark on a small room: it asks what the boards ask, and what it stores looks like a room."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.bench.boards import BOARDS, CITY, ON_THE_WAY, clocks, fill, run_boards
from engine.settings import ROOT
from engine.store.database import Database
from engine.store.screens import maps as map_screens
from engine.store.screens import room as screens

AS_OF = datetime(2026, 11, 11, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return run_boards(orders=3_000, say=lambda _: None)


def test_every_board_has_its_time_and_its_ratio(result: dict[str, Any]) -> None:
    assert set(result["boards"]) == set(BOARDS) | set(ON_THE_WAY)
    for figures in result["boards"].values():
        assert figures["ms"] > 0
        assert figures["times_the_scan"] > 0
        assert figures["within_limit"] == (figures["ms"] < result["limit_ms"])
    assert result["scan"]["ms"] > 0
    assert result["stored"]["orders"] == 3_000
    assert len(result["goals"]) == 1


def test_the_benchmark_asks_exactly_what_the_boards_ask() -> None:
    asked = {}
    files = [
        ROOT / "dashboard" / f"{name}.py"
        for name in ("boards/four", "boards/stagger", "boards/logistics", "order_file")
    ]
    body = [node for file in files for node in ast.parse(file.read_text(encoding="utf-8")).body]
    for made in (node for node in body if isinstance(node, ast.FunctionDef)):
        calls = [node for node in ast.walk(made) if isinstance(node, ast.Attribute)]
        modules = {
            "screens",
            "search_screens",
            "steering_screens",
            "tracking_screens",
        }  # the floor's questions are none of SQL alone
        asked[made.name] = {c.attr for c in calls if isinstance(c.value, ast.Name) and c.value.id in modules}
        spoken = {node.id for node in ast.walk(made) if isinstance(node, ast.Name)}
        for part in spoken & (set(asked) - {made.name}):  # a board may hold another, and all hold the stamp
            asked[made.name] |= asked[part]
    assert {name: {question.__name__ for question in questions} for name, questions in BOARDS.items()} == {
        name: questions for name, questions in asked.items() if questions and name != "stamp"
    }


def test_the_filled_room_answers_every_question_with_something(tmp_path: Path) -> None:
    path = tmp_path / "room.duckdb"
    fill(path, orders=3_000, as_of=AS_OF)
    database = Database.open(f"duckdb:///{path}")
    try:
        assert screens.orders_by_status(database)["orders"].sum() >= 3_000
        assert screens.order_pulse(database, AS_OF)["orders"].sum() > 1_000
        assert screens.latest_orders(database).height == 100
        assert screens.pool_clocks(database, AS_OF)["units_per_minute"].max() > 0
        for empty in (screens.hold_queue, screens.unserved_orders, screens.carrier_mix, screens.latest_batches):
            assert not empty(database).is_empty(), empty.__name__
        assert map_screens.riders(database, CITY)["stops"].to_list() == [3] * 300
        assert clocks(database, AS_OF).height > 0
        [(first, last)] = database.read("SELECT min(received_at), max(received_at) FROM orders").rows()
        assert last <= AS_OF
        assert 47 < (last - first).total_seconds() / 3600 <= 48
    finally:
        database.close()
