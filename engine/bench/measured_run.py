"""How long does a command take as a whole process, and how much memory does it take at its peak?"""

import contextlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.settings import ROOT

LOOK_EVERY = 0.02
"""Seconds between two looks at a running process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """Wall-clock seconds from start to exit, of processors (the honest figure on a busy machine), most megabytes
    resident at once (None where the system does not tell), exit code (negative: killed by that signal), and what was
    said."""

    seconds: float
    cpu_seconds: float
    peak_mb: int | None
    code: int
    said: str
    complained: str


def run_python(*words: str, kill_after: float | None = None) -> MeasuredRun:
    """`python words` from the root of the repository, ended after `kill_after` seconds."""
    command = [sys.executable, *words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began, used = time.perf_counter(), _cpu_of_children()
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err)
        peak: int | None = None
        while process.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY)
            # The kernel keeps the peak. What wait4 tells would include the memory of this process at the fork.
            peak = _peak_mb(process.pid) or peak
            if kill_after is not None and time.perf_counter() - began > kill_after:
                process.kill()
        seconds = time.perf_counter() - began
        return MeasuredRun(
            seconds=seconds,
            cpu_seconds=_cpu_of_children() - used,
            peak_mb=peak,
            code=process.returncode,
            said=_read(out),
            complained=_read(err),
        )


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peak_mb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None  # gone, or a system without /proc
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, flags=re.MULTILINE)
    return int(found[1]) // 1024 if found else None


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
