"""Plan the allocation problem in a directory and write the plan out: `engine allocate DIR --out DIR2`.

The door for what-ifs and benchmarks. Touches no database; whatever is wrong with the files is said in a
sentence.
"""

import json
import os
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from engine.allocation.conform import problem_from_frames
from engine.allocation.feasibility import violations
from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import CONTRACTS, AllocationPolicy, Problem
from engine.errors import BadProblem

POLICY_FILE = "policy.toml"


@dataclass(frozen=True, slots=True)
class _Knob:
    types: tuple[type, ...]
    in_words: str


_YUAN = _Knob((int, float), "a number of yuan")
_KNOBS: Mapping[str, _Knob] = {
    "unserved_yuan": _YUAN,
    "handling_yuan_per_parcel": _YUAN,
    "max_share_yuan": _YUAN,
    "min_share_yuan": _YUAN,
    "merge": _Knob((bool,), "true or false"),
    "now": _Knob((datetime,), "a timestamp (unquoted, like 2026-11-11T20:00:00+08:00)"),
}


def allocate_files(directory: Path, out: Path, *, now: datetime) -> dict[str, object]:
    """Read the problem's seven Parquet files and policy.toml; write the plan to `out`; return its summary.

    `now` (aware) counts where policy.toml gives no `now`. Writes plan, parcels, unserved, reasons (.parquet)
    and, last, summary.json, each under a temporary name first: a reader never meets half a file.
    `seconds` covers reading, planning and checking, `planning_seconds` the rule alone. Raises BadProblem.
    """
    started = time.perf_counter()
    plan, summary = planned(read_problem(directory, now=now), since=started)
    write_plan(plan, summary, out=out)
    return summary


def planned(problem: Problem, *, since: float) -> tuple[Plan, dict[str, object]]:
    """The plan of a checked problem, itself checked, and its summary; `seconds` counts from `since` on."""
    planning = time.perf_counter()
    plan = plan_batch(problem)
    done = time.perf_counter()
    wrong = violations(problem, plan)
    if wrong:
        raise RuntimeError(f"The rule made a plan that breaks {len(wrong)} rules, first: {wrong[0]}")
    summary = plan.summary.as_dict() | {
        "seconds": round(time.perf_counter() - since, 3),
        "planning_seconds": round(done - planning, 3),
        "checked": True,
    }
    return plan, summary


def read_problem(directory: Path, *, now: datetime) -> Problem:
    """The problem in a directory, brought to the contract and checked. Raises BadProblem."""
    if not directory.is_dir():
        raise BadProblem(f"{directory} is not a directory that can be read.")
    policy = _read_policy(directory / POLICY_FILE, now=now)
    frames = {name: _read_frame(directory / f"{name}.parquet") for name in CONTRACTS}
    return problem_from_frames(frames, policy, called="{}.parquet")


def _read_frame(path: Path) -> pl.DataFrame:
    try:
        # Opened here rather than by Polars: a path is then a path, whatever *, = or :// its name contains.
        with path.open("rb") as file:
            return pl.read_parquet(file)
    except FileNotFoundError as gone:
        raise BadProblem(f"{path.name} is missing in {path.parent}.") from gone
    except OSError as refused:
        raise BadProblem(f"{path.name} cannot be read: {refused.strerror or refused}.") from refused
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as damaged:
        # About one random bit flip in a hundred makes the reader panic rather than complain.
        raise BadProblem(f"{path.name} is damaged or not Parquet: {_first_line(damaged)}") from damaged


def _read_policy(path: Path, *, now: datetime) -> AllocationPolicy:
    try:
        knobs = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as gone:
        raise BadProblem(f"{path.name} is missing in {path.parent}.") from gone
    except OSError as refused:
        raise BadProblem(f"{path.name} cannot be read: {refused.strerror or refused}.") from refused
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as damaged:
        raise BadProblem(f"{path.name} is not TOML: {_first_line(damaged)}") from damaged
    unknown = sorted(set(knobs) - set(_KNOBS))
    if unknown:
        raise BadProblem(f"{path.name} sets {', '.join(unknown)}; it may set {', '.join(_KNOBS)}.")
    for name, value in knobs.items():
        # The exact type: in Python true is also an int, in a policy it is no price.
        if type(value) not in _KNOBS[name].types:
            raise BadProblem(f"{path.name}: {name} must be {_KNOBS[name].in_words}, not {value!r}.")
    moment = knobs.get("now", now)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # no zone means UTC, as in the frames
    try:
        return AllocationPolicy(**(knobs | {"now": aware}))
    except BadProblem as wrong:
        raise BadProblem(str(wrong).replace("policy:", f"{path.name}:", 1)) from wrong


def write_plan(plan: Plan, summary: Mapping[str, object], *, out: Path) -> None:
    """Write a plan's frames and, last, its summary into `out`, which is made. Raises BadProblem."""
    frames = {"plan": plan.picks, "parcels": plan.parcels, "unserved": plan.unserved, "reasons": plan.reasons}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            with _whole_file(out / f"{name}.parquet") as path:
                frame.write_parquet(path)
        with _whole_file(out / "summary.json") as path:
            text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False)
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as refused:
        raise BadProblem(f"The plan cannot be written to {out}: {refused.strerror or refused}.") from refused


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """A temporary name to write to; it becomes `path` when everything is written, and is gone otherwise."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
