"""Write an allocation problem as the directory that `engine allocate` reads, or as a zip of it.

What is read back is the same problem. The buyer's name and door are not: orders of one buyer keep one number in
common, which is all that planning asks of them, and the files may then leave the room.
"""

import io
import shlex
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from engine.allocation.change_words import say_change
from engine.allocation.problem import CONTRACTS, AllocationPolicy, Problem
from engine.allocation.what_if import Change
from engine.usecases.allocate_files import POLICY_FILE


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
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
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
    return (
        f"now = {policy.now.isoformat()}\n"
        f"unserved_yuan = {float(policy.unserved_yuan)!r}\n"
        f"handling_yuan_per_parcel = {float(policy.handling_yuan_per_parcel)!r}\n"
        f"merge = {'true' if policy.merge else 'false'}\n"
    )
