"""`python -m engine waves`: a folder of CSV files, one line of JSON, one sentence for a refusal."""

import csv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.__main__ import main
from engine.usecases.allocation.allocate_orders import allocate_waiting
from tests.worlds import Clock, order, small_room, take


@pytest.fixture
def allocated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with two open parcels at WH, closed: the command is its only owner."""
    url = f"duckdb:///{tmp_path / 'room.duckdb'}"
    monkeypatch.setenv("WARROOM_DATABASE", url)
    with closing(small_room(url, Clock())) as room:
        take(room, order(1), order(2, ("BERRY", 2)))
        assert allocate_waiting(room).served == 2
    yield url


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_waves_are_written_and_what_is_open_only_on_wish(
    allocated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "floor"
    assert main(["waves", "--node", "WH", "--out", str(out)]) == 0
    assert orjson.loads(capsys.readouterr().out) == {"node": "WH", "released": 0, "waves": 0, "parcels": 0, "files": 1}
    assert read(out / "waves.csv") == []
    assert main(["waves", "--node", "WH", "--out", str(out), "--release", "all"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert (told["released"], told["waves"], told["parcels"], told["files"]) == (2, 2, 2, 5)
    names = sorted(path.name for path in out.iterdir())
    waves = [row["wave_id"] for row in read(out / "waves.csv")]
    assert names == sorted(["waves.csv", *(f"{wave}-{kind}.csv" for wave in waves for kind in ("pick", "pack"))])
    picked = {row["sku"]: row["qty"] for wave in waves for row in read(out / f"{wave}-pick.csv")}
    assert picked == {"RICE": "1", "BERRY": "2"}


def test_an_unknown_node_is_one_sentence(allocated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["waves", "--node", "MOON", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.strip() == "There is no node MOON."
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(
    allocated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert main(["waves", "--node", "WH", "--out", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
