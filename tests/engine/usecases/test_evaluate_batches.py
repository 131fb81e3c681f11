"""`engine evaluate batches`: the promised columns, levels that are not there, and one sentence for a bad file."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from engine.__main__ import main
from tests.batch_worlds import small_world

COLUMNS = ["raised_at", "level", "key", "kind", "count", "expected", "p_value"]


def evaluate(folder: Path, told: pl.DataFrame, exposure: pl.DataFrame) -> int:
    told.write_parquet(folder / "events.parquet")
    exposure.write_parquet(folder / "exposure.parquet")
    files = [str(folder / name) for name in ("events.parquet", "exposure.parquet", "out.parquet")]
    return main(["evaluate", "batches", *files[:2], "--out", files[2], "--json"])


def test_a_bad_lot_is_told_in_the_promised_columns(tmp_path: Path) -> None:
    told, exposure = small_world(3, factor=6.0, sku="S1", lot="L2")
    zoned = told.with_columns(pl.col("time").dt.replace_time_zone("Asia/Shanghai"))
    assert evaluate(tmp_path, zoned, exposure) == 0
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.columns == COLUMNS
    assert found.schema["raised_at"] == pl.Datetime("us", "Asia/Shanghai")
    row = found.row(0, named=True)
    assert (row["level"], row["key"], row["kind"]) == ("lot", "S1+L2", "quality")
    assert row["count"] > 2 * row["expected"] > 0
    assert row["raised_at"] in zoned["time"].to_list(), "raised at the complaint that tipped it"


def test_levels_that_nobody_names_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, exposure = small_world(3, factor=6.0, carrier="C1")
    told = told.with_columns(lot=pl.lit(None)).drop("region")
    assert evaluate(tmp_path, told, exposure.drop("lot", "node").sample(fraction=1, shuffle=True, seed=1)) == 0
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.select("level", "key").rows() == [("carrier", "C1")]
    assert '"levels_tested":["sku","carrier","region"]' in capsys.readouterr().out


def test_no_complaints_and_no_exposure_raise_nothing(tmp_path: Path) -> None:
    told, exposure = small_world(3)
    assert evaluate(tmp_path, told.clear(), exposure) == 0
    assert evaluate(tmp_path, told, exposure.clear()) == 0
    assert pl.read_parquet(tmp_path / "out.parquet").columns == COLUMNS


EVENT = {"time": [datetime(2026, 11, 1, tzinfo=UTC)], "kind": ["quality"]}
SHIPPED = {"day": [date(2026, 11, 1)], "sku": ["S1"], "units": [3.0]}


@pytest.mark.parametrize(
    ("events", "exposure", "sentence"),
    [
        ({"kind": ["quality"]}, SHIPPED, "events.parquet has no column time; it has kind."),
        (EVENT | {"time": ["noon"]}, SHIPPED, "events.parquet: column time holds String; it must hold timestamps."),
        (EVENT | {"kind": [None]}, SHIPPED,
         "events.parquet: column kind is empty or unreadable in row 1; it must hold a value."),
        (EVENT | {"sku": [1.5]}, SHIPPED, "events.parquet: column sku holds Float64; it must hold texts."),
        (EVENT, SHIPPED | {"units": [-1.0]}, "exposure.parquet: column units is -1.0 in row 1; it must be 0 or more."),
        (EVENT, SHIPPED | {"units": [float("nan")]},
         "exposure.parquet: column units is nan in row 1; it must be 0 or more."),
        (EVENT, SHIPPED | {"units": [None]},
         "exposure.parquet: column units holds Null; it must hold numbers."),
        (EVENT, SHIPPED | {"day": ["soon"]},
         "exposure.parquet: column day is empty or unreadable in row 1; it must hold a date such as 2026-11-11."),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], events: dict, exposure: dict, sentence: str
) -> None:
    assert evaluate(tmp_path, pl.DataFrame(events), pl.DataFrame(exposure)) == 2
    assert capsys.readouterr().err.strip() == sentence


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events.parquet").write_text("no")
    files = [str(tmp_path / "events.parquet"), str(tmp_path / "gone.parquet"), "--out", str(tmp_path / "out.parquet")]
    assert main(["evaluate", "batches", *files]) == 2
    assert capsys.readouterr().err.strip() == "events.parquet is damaged or not Parquet."
