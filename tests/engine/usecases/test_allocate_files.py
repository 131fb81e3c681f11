"""The file door: a directory in, a plan out, and a sentence for everything that can be wrong with the directory."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from engine.allocation.problem import CONTRACTS, Problem
from engine.errors import BadProblem
from engine.usecases.allocation import allocate_files as door
from engine.usecases.allocation.allocate_files import allocate_files, read_problem
from tests.engine.allocation.worlds import NOW, lot, order, quiet_night, sku


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return laid_out(quiet_night(), tmp_path / "problem")


def laid_out(problem: Problem, directory: Path, *, policy: str = "now = 2026-11-11T20:00:00+08:00\n") -> Path:
    directory.mkdir()
    for name in CONTRACTS:
        problem.frame(name).write_parquet(directory / f"{name}.parquet")
    (directory / "policy.toml").write_text(policy, encoding="utf-8")
    return directory


def test_a_directory_in_and_a_plan_out(directory: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "plan"
    summary = allocate_files(directory, out, now=NOW)
    assert sorted(path.name for path in out.iterdir()) == [
        "parcels.parquet",
        "plan.parquet",
        "reasons.parquet",
        "summary.json",
        "unserved.parquet",
    ]
    assert json.loads((out / "summary.json").read_text(encoding="utf-8")) == json.loads(json.dumps(summary))
    assert (summary["orders"], summary["cost_yuan"], summary["checked"]) == (2, 14.5, True)
    assert summary["lower_bound_yuan"] == pytest.approx(14.5)
    assert summary["gap"] == pytest.approx(0.0)
    assert isinstance(summary["seconds"], float)
    assert summary["seconds"] > 0
    assert pl.read_parquet(out / "plan.parquet").columns == [
        "order_id",
        "parcel_id",
        "sku",
        "qty",
        "node",
        "lot",
        "carrier",
    ]
    assert pl.read_parquet(out / "parcels.parquet")["orders"].to_list() == [["O1"], ["O2"]]
    assert pl.read_parquet(out / "unserved.parquet").columns[:2] == ["order_id", "reason"]
    assert pl.read_parquet(out / "reasons.parquet")["node"].to_list() == ["shanghai", "shanghai"]


def test_a_second_run_replaces_the_first(directory: Path, tmp_path: Path) -> None:
    allocate_files(directory, tmp_path / "out", now=NOW)
    quiet_night(orders=[order("X", ("rice", 1))]).orders.write_parquet(directory / "orders.parquet")
    quiet_night(orders=[order("X", ("rice", 1))]).lines.write_parquet(directory / "lines.parquet")
    allocate_files(directory, tmp_path / "out", now=NOW)
    assert pl.read_parquet(tmp_path / "out" / "plan.parquet")["order_id"].to_list() == ["X"]


def test_the_policy_file_sets_the_knobs(tmp_path: Path) -> None:
    policy = (
        "unserved_yuan = 50\nhandling_yuan_per_parcel = 1.5\nmerge = false\nmax_share_yuan = 30\nmin_share_yuan = 0\n"
        "now = 2026-11-11T20:00:00+08:00\n"
    )
    problem = read_problem(laid_out(quiet_night(), tmp_path / "p", policy=policy), now=datetime(2000, 1, 1, tzinfo=UTC))
    assert (problem.policy.unserved_yuan, problem.policy.handling_yuan_per_parcel) == (50, 1.5)
    assert (problem.policy.max_share_yuan, problem.policy.min_share_yuan) == (30, 0)
    assert problem.policy.merge is False
    assert problem.policy.now == NOW


def test_a_policy_without_now_takes_the_callers(tmp_path: Path) -> None:
    assert read_problem(laid_out(quiet_night(), tmp_path / "p", policy=""), now=NOW).policy.now == NOW


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    problem = read_problem(laid_out(quiet_night(), tmp_path / "p", policy="now = 2026-11-11T12:00:00\n"), now=NOW)
    assert problem.policy.now == NOW


def test_now_decides_what_is_near_expiry(tmp_path: Path) -> None:
    stock = [lot("shanghai", "rice", 9, expiry=NOW.date())]
    problem = quiet_night(orders=[order("O1", ("rice", 1))], skus=[sku("rice")], stock=stock)
    directory = laid_out(problem, tmp_path / "p", policy="")
    assert allocate_files(directory, tmp_path / "late", now=NOW)["served"] == 0
    assert allocate_files(directory, tmp_path / "early", now=datetime(2026, 9, 1, tzinfo=UTC))["served"] == 1


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadProblem, match="is not a directory that can be read"):
        allocate_files(tmp_path / "nowhere", tmp_path / "out", now=NOW)


@pytest.mark.parametrize("name", [*(f"{name}.parquet" for name in CONTRACTS), "policy.toml"])
def test_every_missing_file_is_named(directory: Path, tmp_path: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(BadProblem, match=f"{name} is missing"):
        allocate_files(directory, tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"order_id,buyer\n1,2\n", b"PAR1" + bytes(40) + b"PAR1"])
def test_damaged_parquet_is_named(directory: Path, tmp_path: Path, damage: bytes) -> None:
    (directory / "orders.parquet").write_bytes(damage)
    with pytest.raises(BadProblem, match=r"orders\.parquet is damaged or not Parquet"):
        allocate_files(directory, tmp_path / "out", now=NOW)


def test_parquet_cut_off_anywhere_is_named(directory: Path, tmp_path: Path) -> None:
    whole = (directory / "stock.parquet").read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        (directory / "stock.parquet").write_bytes(whole[:length])
        with pytest.raises(BadProblem, match=r"stock\.parquet"):
            allocate_files(directory, tmp_path / "out", now=NOW)


def test_a_folder_in_the_place_of_a_file_is_refused(directory: Path, tmp_path: Path) -> None:
    (directory / "skus.parquet").unlink()
    (directory / "skus.parquet").mkdir()
    with pytest.raises(BadProblem, match=r"skus\.parquet cannot be read"):
        allocate_files(directory, tmp_path / "out", now=NOW)


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("merge = 'yes'", "merge must be true or false, not 'yes'"),
        ("merge = 1", "merge must be true or false, not 1"),
        ("unserved_yuan = '200'", "unserved_yuan must be a number of yuan, not '200'"),
        ("unserved_yuan = true", "unserved_yuan must be a number of yuan, not True"),
        ("unserved_yuan = -1", "unserved_yuan must be a number of at least 0"),
        ("unserved_yuan = nan", "unserved_yuan must be a number of at least 0"),
        ("now = '2026-11-11'", "now must be a timestamp"),
        ("now = 2026-11-11", "now must be a timestamp"),
        ("unserved_yaun = 5", "sets unserved_yaun; it may set unserved_yuan"),
        ("unserved_yuan = -1", r"^policy\.toml: unserved_yuan"),
        ("merge = ", "is not TOML"),
    ],
)
def test_a_wrong_policy_is_refused_in_words(directory: Path, tmp_path: Path, policy: str, sentence: str) -> None:
    (directory / "policy.toml").write_text(policy, encoding="utf-8")
    with pytest.raises(BadProblem, match=sentence):
        allocate_files(directory, tmp_path / "out", now=NOW)


def test_a_policy_in_another_encoding_is_refused(directory: Path, tmp_path: Path) -> None:
    (directory / "policy.toml").write_bytes("# 爆单\n".encode("gb18030"))
    with pytest.raises(BadProblem, match="is not TOML"):
        allocate_files(directory, tmp_path / "out", now=NOW)


def test_a_wrong_cell_is_refused_before_anything_is_written(directory: Path, tmp_path: Path) -> None:
    lines = pl.read_parquet(directory / "lines.parquet").with_columns(sku=pl.lit("tea"))
    lines.write_parquet(directory / "lines.parquet")
    with pytest.raises(
        BadProblem, match=r"^lines\.parquet, column sku, row 1: 'tea' does not stand in skus\.parquet\.$"
    ):
        allocate_files(directory, tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("stock", pl.col("qty") * 0 - 1, "stock.parquet, column qty, row 1: must be at least 0, but is -1."),
        (
            "stock",
            pl.col("node").replace("hefei", "x"),
            "stock.parquet, column node, row 3: 'x' does not stand in nodes.parquet.",
        ),
        (
            "orders",
            pl.lit("x").alias("lat"),
            "orders.parquet, column lat: must be a number (f64), but is of the type String.",
        ),
        (
            "orders",
            pl.lit("O1").alias("order_id"),
            "orders.parquet, column order_id, row 2: 'O1' stands in row 1 already.",
        ),
        (
            "offers",
            pl.col("carrier").replace("SF", "UFO"),
            "offers.parquet, column carrier, row 4: 'UFO' does not stand in carriers.parquet.",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_file_column_and_row(
    directory: Path, tmp_path: Path, name: str, change: pl.Expr, sentence: str
) -> None:
    path = directory / f"{name}.parquet"
    pl.read_parquet(path).with_columns(change).write_parquet(path)
    with pytest.raises(BadProblem) as refusal:
        allocate_files(directory, tmp_path / "out", now=NOW)
    assert str(refusal.value) == sentence


def test_a_column_missing_from_a_file_is_named(directory: Path, tmp_path: Path) -> None:
    path = directory / "carriers.parquet"
    pl.read_parquet(path).drop("capacity").write_parquet(path)
    with pytest.raises(BadProblem, match=r"^carriers\.parquet: the column capacity is missing\.$"):
        allocate_files(directory, tmp_path / "out", now=NOW)


def test_an_output_that_cannot_be_written_is_refused(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a directory", encoding="utf-8")
    with pytest.raises(BadProblem, match="The plan cannot be written to"):
        allocate_files(directory, tmp_path / "out", now=NOW)


def test_a_failed_write_leaves_the_old_file_and_no_debris(directory: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    allocate_files(directory, out, now=NOW)
    (out / "summary.json").unlink()
    (out / "summary.json").mkdir()  # the last rename fails
    with pytest.raises(BadProblem, match="The plan cannot be written to"):
        allocate_files(directory, out, now=NOW)
    assert not [path for path in out.iterdir() if path.name.endswith(".tmp")]


def test_a_plan_that_breaks_a_rule_is_a_bug_and_is_not_written(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = door.plan_batch(quiet_night(orders=[order("O1", ("rice", 1))]))
    monkeypatch.setattr(door, "plan_batch", lambda problem: other)
    with pytest.raises(RuntimeError, match="Order O2 asks for"):
        allocate_files(directory, tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()
