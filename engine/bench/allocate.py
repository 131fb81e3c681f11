"""How good and how fast are plans, family by family, beside today's rule and a general solver on the whole LP?

Each problem goes through the door that everybody uses, `python -m engine allocate DIR --out DIR2`, as a whole process;
what comes out is read back and judged by the checker, which shares no code with the planner.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.feasibility import violations
from engine.allocation.plan import Plan, PlanSummary, Relaxation, RelaxedRule
from engine.allocation.problem import Problem
from engine.bench.allocate_peer import METHODS, solve_whole_lp
from engine.bench.allocation_problems import FAMILIES, make_problem, write_problem
from engine.bench.measure import BenchFailed, machine
from engine.bench.measured_run import last_line, run_python

SEED = 20261111
ROUNDS = 3
MANY = 50_000
"""From so many orders on one round has to do, and the quickest of the peer's methods (QUICKEST)."""
QUICKEST = ("sifted",)
PEERED = ("loose", "single")
"""Families beside which the peer is run: the whole LP takes it minutes each. These are the one where everything is
there, and the one whose LP it can solve at 100,000 orders."""

LIMIT_SECONDS = 60.0
"""What each of the peer's methods gets for 100,000 orders; in proportion for more."""

MOST_GAP, MOST_GAP_SINGLE = 0.005, 0.001
MOST_SECONDS, TIMES_FASTER = {100_000: 5.0, 1_000_000: 30.0}, {100_000: 5.0, 1_000_000: 30.0}
"""The goals, by orders."""


def run_allocate(
    *,
    orders: int,
    say: Callable[[str], None],
    families: Sequence[str] = tuple(FAMILIES),
    methods: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where a plan breaks a rule or lies."""
    if methods is None:
        methods = METHODS if orders < MANY else QUICKEST
    result: dict[str, Any] = {
        "bench": "allocate",
        "machine": machine(),
        "orders": orders,
        "seed": SEED,
        "rounds": ROUNDS if orders < MANY else 1,
        "families": {},
    }
    for family in families:
        say(f"{family}: {FAMILIES[family].about}; {orders:,} orders ...")
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            result["families"][family] = _family(
                family, orders, directory=Path(name), methods=methods if family in PEERED else (), say=say
            )
        say(_in_words(family, result["families"][family]))
    result["worst"] = _worst(result["families"])
    result["goals"] = _goals(result["families"], orders)
    return result


def _family(
    family: str, orders: int, *, directory: Path, methods: Sequence[str], say: Callable[[str], None]
) -> dict[str, Any]:
    problem = make_problem(family, orders=orders, seed=SEED)
    write_problem(problem, directory / "problem")
    runs = [
        run_python("-m", "engine", "allocate", str(directory / "problem"), "--out", str(directory / "plan"))
        for _ in range(ROUNDS if orders < MANY else 1)
    ]
    if failed := [run for run in runs if run.code]:
        raise BenchFailed(f"{family}: the planner failed: {last_line(failed[0].complained)}")
    plan, told = read_plan(directory / "plan")
    began = time.perf_counter()
    _check(family, problem, plan)
    check_seconds = time.perf_counter() - began
    summary = plan.summary
    figures: dict[str, Any] = {
        "about": FAMILIES[family].about,
        "seconds": round(statistics.median(run.seconds for run in runs), 2),
        "seconds_of_rounds": [round(run.seconds, 2) for run in runs],
        "cpu_seconds": round(min(run.cpu_seconds for run in runs), 2),
        "planning_seconds": told["planning_seconds"],
        "check_seconds": round(check_seconds, 3),
        "peak_mb": max((run.peak_mb for run in runs if run.peak_mb is not None), default=None),
        "violations": 0,
        "method": summary.method,
        "parcels": summary.parcels,
        "unserved": summary.unserved,
        "split_orders": summary.split_orders,
        "relaxed_parcels": sum(r.parcels for r in summary.relaxations),
        "cost_yuan": round(summary.cost_yuan, 2),
        "lower_bound_yuan": summary.lower_bound_yuan,
        "gap": _gap(summary.cost_yuan, summary.lower_bound_yuan),
        "baseline": _beside_baseline(family, problem, plan),
        "highs": {},
    }
    if methods:
        limit = LIMIT_SECONDS * max(1.0, orders / 100_000)
        allowed = shares_allowed(problem, plan)
        peer = solve_whole_lp(
            problem, allowed_shares=allowed, directory=directory, limit=limit, say=say, methods=methods
        )
        figures["highs"] = peer | _beside_peer(summary.cost_yuan, told["planning_seconds"], peer)
    return figures


def read_plan(directory: Path) -> tuple[Plan, dict[str, Any]]:
    """The plan in a directory, and its summary.json as it stands there."""
    told = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
    relaxations = tuple(Relaxation(**(row | {"rule": RelaxedRule(row["rule"])})) for row in told["relaxations"])
    known = {field.name: told[field.name] for field in fields(PlanSummary)} | {"relaxations": relaxations}
    frames = {
        name: pl.read_parquet(directory / f"{file}.parquet")
        for name, file in (("picks", "plan"), ("parcels", "parcels"), ("unserved", "unserved"), ("reasons", "reasons"))
    }
    return Plan(**frames, summary=PlanSummary(**known)), told


def shares_allowed(problem: Problem, plan: Plan) -> dict[str, tuple[float, float]]:
    """Least and most share of each carrier whose share the plan had to relax: what it relaxed them to."""
    counts = dict(plan.parcels["carrier"].value_counts().iter_rows())
    relaxed = {relaxation.carrier for relaxation in plan.summary.relaxations}
    planned = max(plan.parcels.height, 1)
    return {
        carrier: (min(low, counts.get(carrier, 0) / planned), max(high, counts.get(carrier, 0) / planned))
        for carrier, low, high in problem.carriers.select("carrier", "min_share", "max_share").iter_rows()
        if carrier in relaxed
    }


def _check(family: str, problem: Problem, plan: Plan) -> None:
    wrong = violations(problem, plan)
    if wrong:
        raise BenchFailed(f"{family}: the plan breaks {len(wrong)} rules, first: {wrong[0]}")


def _beside_baseline(family: str, problem: Problem, plan: Plan) -> dict[str, Any]:
    began = time.perf_counter()
    baseline = nearest_then_cheapest(problem)
    seconds = time.perf_counter() - began
    _check(family, problem, baseline)
    cost, summary, bound = baseline.summary.cost_yuan, plan.summary, plan.summary.lower_bound_yuan
    keeps_shares = not baseline.summary.relaxations
    if keeps_shares and bound is not None and bound > cost * (1 + 1e-9):
        raise BenchFailed(f"{family}: the plan claims a bound of {bound} yuan, and the rule does it for {cost}.")
    return {
        "method": baseline.summary.method,
        "planning_seconds": round(seconds, 2),
        "cost_yuan": round(cost, 2),
        "unserved": baseline.summary.unserved,
        "keeps_shares": keeps_shares,
        "plan_is_cheaper_by_yuan": round(cost - summary.cost_yuan, 2),
        "plan_is_cheaper_by_percent": round(100 * (cost - summary.cost_yuan) / cost, 3) if cost else 0.0,
    }


def _beside_peer(cost: float, seconds: float, peer: dict[str, Any]) -> dict[str, Any]:
    """The plan's cost over the LP's optimum (or over its bound), and how many times longer the peer took."""
    if not peer["built"]:
        return {}
    took = peer["seconds"] if peer["finished"] else peer["seconds_at_least"]
    times = round(took / max(seconds, 1e-3), 1)
    bound = peer["bound"]
    return {
        "cost_over_lp": round(cost / bound, 6) if bound else None,
        ("times_slower_than_the_plan" if peer["finished"] else "times_slower_at_least"): times,
    }


def _gap(cost: float, bound: float | None) -> float | None:
    return None if bound is None else round((cost - bound) / max(bound, 1e-9), 6)


def _worst(families: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Which family comes off worst in what, and with which figure."""
    asked: dict[str, tuple[Callable[[dict[str, Any]], float | None], Callable[..., str]]] = {
        "gap": (lambda f: f["gap"], max),
        "seconds": (lambda f: f["seconds"], max),
        "cpu_seconds": (lambda f: f["cpu_seconds"], max),
        "peak_mb": (lambda f: f["peak_mb"], max),
        "cost_over_lp": (lambda f: f["highs"].get("cost_over_lp"), max),
        "cheaper_than_the_rule_by_percent": (lambda f: f["baseline"]["plan_is_cheaper_by_percent"], min),
    }
    worst = {}
    for name, (figure, worse) in asked.items():
        known = {family: value for family, figures in families.items() if (value := figure(figures)) is not None}
        if known:
            family = worse(known, key=known.__getitem__)
            worst[name] = {"family": family, "figure": known[family]}
    return worst


def _goals(families: dict[str, dict[str, Any]], orders: int) -> dict[str, bool]:
    goals = {
        "no plan breaks a rule": all(f["violations"] == 0 for f in families.values()),
        f"within {MOST_GAP:.1%} of the lower bound, {MOST_GAP_SINGLE:.1%} where every order is one SKU": all(
            f["gap"] is not None and f["gap"] <= (MOST_GAP_SINGLE if family == "single" else MOST_GAP)
            for family, f in families.items()
        ),
    }
    if orders in MOST_SECONDS:
        seconds, times = MOST_SECONDS[orders], TIMES_FASTER[orders]
        goals[f"from files to files within {seconds:g} s"] = all(f["seconds"] <= seconds for f in families.values())
        ratios = [
            f["highs"].get("times_slower_than_the_plan", f["highs"].get("times_slower_at_least"))
            for f in families.values()
            if f["highs"].get("built")
        ]
        if ratios:
            goals[f"{times:g} times faster than HiGHS on the whole LP"] = min(ratios) >= times
    return goals


def _in_words(family: str, figures: dict[str, Any]) -> str:
    gap = "no bound" if figures["gap"] is None else f"gap {figures['gap']:.3%}"
    cheaper = figures["baseline"]["plan_is_cheaper_by_percent"]
    over = figures["highs"].get("cost_over_lp")
    lp = "" if over is None else f", {over:.5f} of the LP"
    return (
        f"{family}: {figures['seconds']:.2f} s ({figures['cpu_seconds']:.2f} of a processor), {figures['peak_mb']} MB, "
        f"{figures['cost_yuan']:,.0f} yuan, {gap}, "
        f"{cheaper:.2f} % under the rule{lp}"
    )
