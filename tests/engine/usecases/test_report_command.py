"""`python -m engine report`: makes, reads and traces a report, writes its files, and refuses in a sentence."""

import csv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.__main__ import main
from tests.worlds import SHOW, Clock, order, small_room, take


@pytest.fixture
def sold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database with two orders, closed: the command is its only owner."""
    url = f"duckdb:///{tmp_path / 'room.duckdb'}"
    monkeypatch.setenv("WARROOM_DATABASE", url)
    with closing(small_room(url, Clock())) as room:
        take(room, order(1), order(2, ("OIL", 90)))
    yield


def test_a_report_is_made_read_traced_and_written(
    sold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", SHOW, "--out", str(tmp_path / "out")]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert told["report_no"] == 1
    assert {f"{SHOW}-1-zh.html", f"{SHOW}-1-en.html", "zh/figures.csv", "en/pools.csv"} <= set(told["files"])
    with (tmp_path / "out" / "en" / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    assert (rows["orders"]["value"], rows["filled"]["Value"]) == ("2.0", "50.0%")
    assert rows["filled"]["sql"] == f"FROM boards.report_orders('{SHOW}')"
    assert rows["stocking"]["Value"] == "Cannot be told: no stocking plan on record"
    assert main(["report", SHOW, "--no", "1", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["data_version"] > 0
    assert main(["report", SHOW, "--no", "1", "--trace", "sold_out", "--lang", "en"]) == 0
    assert "orders refused for want of stock" in capsys.readouterr().out
    assert main(["report", SHOW, "--lang", "zh"]) == 0
    assert "接单: 2" in capsys.readouterr().out
    assert main(["report", SHOW, "--appeals", str(tmp_path / "a.csv")]) == 0
    assert orjson.loads(capsys.readouterr().out)["rows"] == 0
    for wrong in (["moon"], [SHOW, "--no", "9"], [SHOW, "--no", "1", "--trace", "luck"]):
        assert main(["report", *wrong]) == 2
        assert capsys.readouterr().err.startswith("There is no ")
