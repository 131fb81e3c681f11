"""The peer of the planner: HiGHS on the whole LP, each of its methods in a process of its own, with a limit.

Kind to the peer: it gets the arrays ready made, only its solving is timed, the best method counts, and beside its
own methods it may sift (see whole_lp_solver). It answers an easier question, since parcels may be fractions.
"""

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from engine.allocation.problem import Problem
from engine.bench.measure import BenchFailed
from engine.bench.measured_run import last_line, run_python
from engine.bench.whole_lp import TooLarge, WholeLp, whole_lp
from engine.bench.whole_lp_bound import proven_bound

SOLVER = Path(__file__).with_name("whole_lp_solver.py")
LP_FILE = "whole_lp.npz"

METHODS = ("sifted", "simplex", "ipm", "hipo")

GRACE = 30.0
"""Seconds beyond its limit in which a method may still read its arrays and notice that time is up."""


def solve_whole_lp(
    problem: Problem,
    *,
    allowed_shares: Mapping[str, tuple[float, float]],
    directory: Path,
    limit: float,
    say: Callable[[str], None],
    methods: Sequence[str] = METHODS,
) -> dict[str, Any]:
    """The LP's size, what each method made of it within `limit` seconds, the optimum and the best time; with no
    optimum, the best bound. Raises BenchFailed where HiGHS is not installed or two methods disagree."""
    if importlib.util.find_spec("highspy") is None:
        raise BenchFailed("The peer needs highspy: pip install -r requirements-dev.txt")
    try:
        lp = whole_lp(problem, allowed_shares=allowed_shares)
    except TooLarge as refusal:
        return {"built": False, "why": str(refusal)}
    np.savez(directory / LP_FILE, **{field.name: getattr(lp, field.name) for field in fields(WholeLp)})
    tried = {method: _tried(lp, method, directory=directory, limit=limit, say=say) for method in methods}
    (directory / LP_FILE).unlink()
    return {"built": True, **lp.size(), "limit_seconds": limit, "methods": tried, **_best(tried, limit=limit)}


def _tried(lp: WholeLp, method: str, *, directory: Path, limit: float, say: Callable[[str], None]) -> dict[str, Any]:
    prices = directory / "prices.npy"
    words = (str(SOLVER), str(directory / LP_FILE), method, str(limit), str(prices))
    run = run_python(*words, kill_after=limit + GRACE)
    if run.code < 0:
        answer = {"status": "killed", "optimum": None, "seconds": limit}
    elif run.code:
        raise BenchFailed(f"HiGHS ({method}) failed: {last_line(run.complained)}")
    else:
        answer = json.loads(last_line(run.said))
    answer["bound"] = answer["optimum"]
    if prices.exists():
        if answer["optimum"] is None:
            # No parcel costs less than nothing, so 0 is a bound, too.
            answer["bound"] = max(0.0, *(proven_bound(lp, dual) for dual in np.load(prices)))
        prices.unlink()
    say(f"  HiGHS {method}: {answer['status']} after {answer['seconds']:.1f} s")
    return {**answer, "peak_mb": run.peak_mb}


def _best(tried: Mapping[str, Mapping[str, Any]], *, limit: float) -> dict[str, Any]:
    solved = {method: answer for method, answer in tried.items() if answer["optimum"] is not None}
    if not solved:
        bounds = [answer["bound"] for answer in tried.values() if answer["bound"] is not None]
        return {
            "finished": False,
            "optimum": None,
            "bound": max(bounds, default=None),
            "method": None,
            "seconds_at_least": limit,
        }
    values = [answer["optimum"] for answer in solved.values()]
    if max(values) - min(values) > 1e-5 * (1 + abs(max(values))):
        raise BenchFailed(f"HiGHS's methods disagree about the optimum: {values}")
    fastest = min(solved, key=lambda method: solved[method]["seconds"])
    return {
        "finished": True,
        "optimum": min(values),
        "bound": min(values),
        "method": fastest,
        "seconds": solved[fastest]["seconds"],
    }
