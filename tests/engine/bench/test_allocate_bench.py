"""The allocation benchmark on small problems: what it says, and that it fails where a plan is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from engine.allocation.plan import Plan
from engine.bench import allocate
from engine.bench.allocate import run_allocate
from engine.bench.allocation_problems import FAMILIES
from engine.bench.measure import BenchFailed
from engine.bench.measured_run import run_python

SOME = ("tight_stock", "single")


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allocate, "ROUNDS", 1)
        return run_allocate(orders=400, say=lambda _: None, families=SOME, methods=())


def test_every_family_has_its_figures(result: dict[str, Any]) -> None:
    assert set(result["families"]) == set(SOME)
    for figures in result["families"].values():
        assert figures["violations"] == 0
        assert figures["seconds"] > figures["planning_seconds"] > 0
        assert figures["cpu_seconds"] > 0.1
        assert len(figures["seconds_of_rounds"]) == result["rounds"]
        assert figures["peak_mb"] > 50
        assert figures["cost_yuan"] > 0
        baseline = figures["baseline"]
        saved = baseline["cost_yuan"] - figures["cost_yuan"]
        assert baseline["plan_is_cheaper_by_yuan"] == pytest.approx(saved, abs=0.02)
        assert baseline["plan_is_cheaper_by_percent"] == pytest.approx(100 * saved / baseline["cost_yuan"], abs=0.01)


def test_the_worst_family_is_named_for_every_figure(result: dict[str, Any]) -> None:
    seconds = {family: figures["seconds"] for family, figures in result["families"].items()}
    slowest = result["worst"]["seconds"]
    assert slowest["figure"] == seconds[slowest["family"]] == max(seconds.values())
    assert set(result["worst"]) >= {"seconds", "peak_mb", "cheaper_than_the_rule_by_percent"}


def test_the_benchmark_knows_the_families_that_there_are() -> None:
    assert run_allocate.__kwdefaults__ is not None
    assert run_allocate.__kwdefaults__["families"] == tuple(FAMILIES)


def broken(monkeypatch: pytest.MonkeyPatch, **lies: Any) -> None:
    """From now on the plan that is read back has another summary."""
    read = allocate.read_plan

    def lying(*arguments: Any) -> tuple[Plan, dict[str, Any]]:
        plan, told = read(*arguments)
        return replace(plan, summary=replace(plan.summary, **lies)), told

    monkeypatch.setattr(allocate, "read_plan", lying)
    monkeypatch.setattr(allocate, "ROUNDS", 1)


def test_a_plan_that_breaks_a_rule_fails_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, served=1)
    with pytest.raises(BenchFailed, match="single: the plan breaks 1 rules, first: The summary says 1 served"):
        run_allocate(orders=50, say=lambda _: None, families=["single"], methods=())


def test_a_process_is_measured_and_ended_when_its_time_is_up() -> None:
    holding = "held = bytes(range(256)) * 200_000; until = time.monotonic() + 0.5"
    run = run_python("-c", f"import time; {holding}\nwhile time.monotonic() < until: pass")
    assert (run.code, run.complained) == (0, "")
    assert run.peak_mb is not None
    assert 50 <= run.peak_mb < 100  # without the memory of this process
    endless = run_python("-m", "timeit", "-n", "1", "-r", "1", "while True: pass", kill_after=0.5)
    assert endless.code < 0
    assert 0.4 < endless.seconds < 30
