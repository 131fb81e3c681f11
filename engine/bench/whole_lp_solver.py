"""Solve a whole LP with HiGHS, as a script of its own: whole_lp_solver.py LP.npz METHOD SECONDS PRICES.npy.

Prints one JSON object: status, optimum (null when not reached), seconds from arrays in memory to the answer, rounds;
writes row prices to PRICES.npy, one row for each LP that it solved on the way. Methods: HiGHS as it comes (simplex,
ipm, hipo), and `sifted`: HiGHS on the promising columns first, priced against all until none is missing, which general
solvers leave to their users.

Imports nothing of the engine: highspy and OR-Tools cannot share a process, and what the engine loads is not HiGHS's
memory.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

METHODS = ("simplex", "ipm", "hipo", "sifted")

FIRST, AGAIN = 3, 3
"""Columns a pack to begin with, and to add a round at most."""

SAMPLE = 2_500
"""Classes whose LP alone, with their part of everything shared, says which columns to begin with."""

SMALL = 1e-7
"""Yuan; a reduced cost nearer to zero is zero."""

PRIMAL_SIMPLEX = 4

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(slots=True)
class _Lp:
    cost: Floats
    most: Floats
    low: Floats
    high: Floats
    start: Whole
    row: Whole
    value: Floats
    pack: Whole
    item_class: Whole


def main(arguments: list[str]) -> int:
    """Read, solve, print."""
    path, method, limit, prices = Path(arguments[0]), arguments[1], float(arguments[2]), Path(arguments[3])
    with np.load(path) as file:
        lp = _Lp(**{name: file[name] for name in _Lp.__slots__})
    answer, dual = _sifted(lp, limit) if method == "sifted" else (_direct(lp, method, limit), None)
    if dual is not None:
        np.save(prices, dual)
    print(json.dumps(answer))
    return 0


def _direct(lp: _Lp, method: str, limit: float) -> dict[str, Any]:
    began = time.perf_counter()
    highs = _highs(limit)
    if highs.setOptionValue("solver", method) != highspy.HighsStatus.kOk:
        return {"status": "unavailable", "optimum": None, "seconds": 0.0, "rounds": 0}
    highs.passModel(_model(lp, np.arange(len(lp.cost))))
    highs.run()
    done = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = highs.getInfo().objective_function_value if done else None
    return {
        "status": highs.modelStatusToString(highs.getModelStatus()),
        "optimum": value,
        "seconds": round(time.perf_counter() - began, 3),
        "rounds": 1,
    }


def _sifted(lp: _Lp, limit: float) -> tuple[dict[str, Any], Floats]:
    began = time.perf_counter()
    sample, mine = _sample(lp)
    first = _sift(sample, mine, np.zeros(len(lp.low)), limit)
    prices = np.where(np.arange(len(lp.low)) < len(lp.item_class), 0.0, first.dual)
    done = _sift(lp, np.ones(len(lp.cost), dtype=bool), prices, limit - (time.perf_counter() - began))
    seconds = time.perf_counter() - began
    answer = {
        "status": done.status,
        "optimum": done.optimum,
        "seconds": round(seconds, 3),
        "rounds": first.rounds + done.rounds,
        "columns_used": done.columns,
    }
    return answer, np.stack([first.dual, done.dual])


@dataclass(frozen=True, slots=True)
class _Sifted:
    status: str
    optimum: float | None
    dual: Floats
    rounds: int
    columns: int


def _sift(lp: _Lp, eligible: npt.NDArray[np.bool_], dual: Floats, limit: float) -> _Sifted:
    """Columns that `dual` finds best first; then those that the last prices find missing, until there is none."""
    began = time.perf_counter()
    parcels = np.flatnonzero(eligible & (lp.pack >= 0))
    taken = eligible & (lp.pack < 0)
    taken[parcels[_best(_reduced(lp, dual)[parcels], lp.pack[parcels], FIRST)]] = True
    highs = _highs(limit)
    highs.passModel(_model(lp, np.flatnonzero(taken)))
    rounds, optimum = 0, None
    while True:
        left = limit - (time.perf_counter() - began)
        highs.setOptionValue("time_limit", max(left, 0.0) + highs.getRunTime())
        highs.run()
        rounds += 1
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        dual = np.array(highs.getSolution().row_dual)
        reduced = _reduced(lp, dual)
        missing = np.flatnonzero((reduced < -SMALL) & ~taken & eligible)
        if not len(missing):
            optimum = highs.getInfo().objective_function_value
            break
        more = missing[_best(reduced[missing], lp.pack[missing], AGAIN)]
        taken[more] = True
        _add(highs, lp, more)
        # What was optimal stays feasible when columns join, so the primal simplex goes on from there.
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
    status = highs.modelStatusToString(highs.getModelStatus()) if optimum is None else "Optimal"
    return _Sifted(status, optimum, dual, rounds, int(taken.sum()))


def _sample(lp: _Lp) -> tuple[_Lp, npt.NDArray[np.bool_]]:
    """The LP of an even sample of the classes with their part of everything shared, and the columns that it has."""
    classes, items = int(lp.item_class.max(initial=-1)) + 1, len(lp.item_class)
    chosen = np.zeros(classes, dtype=bool)
    chosen[np.linspace(0, classes - 1, min(classes, SAMPLE)).astype(np.int64)] = True
    kept = np.concatenate([chosen[lp.item_class], np.ones(len(lp.low) - items, dtype=bool)])
    part = float(np.sum(lp.high[:items][kept[:items]]) / np.sum(lp.high[:items])) if items else 1.0
    scale = np.where(np.arange(len(lp.low)) < items, 1.0, part)
    first = lp.row[lp.start[:-1]]  # a column's items come first
    sample = _Lp(
        cost=lp.cost,
        most=np.where(first >= items, lp.most * part, lp.most),
        low=np.where(kept, lp.low * scale, 0.0),
        high=np.where(kept, lp.high * scale, 0.0),
        start=lp.start,
        row=lp.row,
        value=lp.value,
        pack=lp.pack,
        item_class=lp.item_class,
    )
    return sample, (first >= items) | kept[first]


def _reduced(lp: _Lp, dual: Floats) -> Floats:
    """Each column's cost less what its rows pay for it."""
    return np.asarray(lp.cost - np.add.reduceat(lp.value * dual[lp.row], lp.start[:-1]))


def _best(score: Floats, pack: Whole, most: int) -> Whole:
    """The `most` lowest scores of each pack, by position."""
    order = np.lexsort((score, pack))
    first = np.searchsorted(pack[order], pack[order], side="left")
    chosen = (np.arange(len(order)) - first < most) & (pack[order] >= 0)
    return np.asarray(order[chosen], dtype=np.int64)


def _highs(limit: float) -> Any:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003
    highs.setOptionValue("time_limit", limit)
    return highs


def _model(lp: _Lp, columns: Whole) -> Any:
    start, row, value = _matrix(lp, columns)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(columns), len(lp.low)
    model.col_cost_, model.col_lower_, model.col_upper_ = lp.cost[columns], np.zeros(len(columns)), lp.most[columns]
    model.row_lower_, model.row_upper_ = lp.low, lp.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = len(columns), len(lp.low)
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = start, row, value
    return model


def _add(highs: Any, lp: _Lp, columns: Whole) -> None:
    start, row, value = _matrix(lp, columns)
    highs.addCols(
        len(columns),
        lp.cost[columns],
        np.zeros(len(columns)),
        lp.most[columns],
        len(row),
        start[:-1].astype(np.int32),
        row.astype(np.int32),
        value,
    )


def _matrix(lp: _Lp, columns: Whole) -> tuple[Whole, Whole, Floats]:
    lengths = (lp.start[1:] - lp.start[:-1])[columns]
    start = np.concatenate([[0], np.cumsum(lengths)])
    entry = np.arange(start[-1]) + np.repeat(lp.start[columns] - start[:-1], lengths)
    return start, lp.row[entry], lp.value[entry]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
