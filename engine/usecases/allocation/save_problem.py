"""Write an allocation problem as the directory that `engine allocate` reads, or as a zip of it.

What is read back is the same problem. The buyer's name and door are not: orders of one buyer keep one number in
common, which is all that planning asks of them, and the files may then leave the room.
"""

import io
import shlex
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import polars as pl

from engine.allocation.change_words import say_change
from engine.allocation.problem import CONTRACTS, NEAR_EXPIRY_DAYS, AllocationPolicy, Problem
from engine.allocation.what_if import Change
from engine.usecases.allocation.allocate_files import POLICY_FILE


def save_problem(problem: Problem, directory: Path) -> None:
    """Write the seven frames and the policy into `directory`, which is made."""
    directory.mkdir(parents=True)
    for name, content in _files(problem).items():
        (directory / name).write_bytes(content)


def zipped_problem(directory: Path, changes: Sequence[Change]) -> bytes:
    """A zip of a saved problem, with the command that plans it under these changes in README.txt."""
    asked = "".join(f" --change {shlex.quote(say_change(change))}" for change in changes)
    told = (
        f"python -m engine allocate DIR --out DIR2{asked}\n\nDIR: this folder, unpacked. DIR2: where the plan goes.\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # Parquet is compressed already
        for path in sorted(directory.iterdir()):
            archive.write(path, path.name)
        archive.writestr("README.txt", told)
    return packed.getvalue()


def _files(problem: Problem) -> Mapping[str, bytes]:
    frames = {name: problem.frame(name).select(_columns(problem, name)) for name in CONTRACTS}
    frames["orders"] = frames["orders"].with_columns(buyer=pl.format("B{}", pl.col("buyer").rank("dense")))
    made = {f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}
    return made | {POLICY_FILE: _policy(problem.policy).encode()}


def _columns(problem: Problem, name: str) -> list[str]:
    return [column for column in CONTRACTS[name].columns if column in problem.frame(name).columns]


def _parquet(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.write_parquet(written)
    return written.getvalue()


def _policy(policy: AllocationPolicy) -> str:
    """Every knob that policy.toml has, as TOML."""
    assert policy.near_expiry == NEAR_EXPIRY_DAYS, "policy.toml has no word for another near-expiry rule"
    knobs = {knob.name: getattr(policy, knob.name) for knob in fields(policy) if knob.name != "near_expiry"}
    return "".join(f"{name} = {_toml(value)}\n" for name, value in knobs.items())


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case _:
            return repr(value)
