"""How long does a command take as a whole process, and how much memory does it take at its peak?"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import IO

from engine.settings import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """Wall-clock seconds from start to exit, most megabytes resident at once, exit code (negative: killed by that
    signal), and what was said."""

    seconds: float
    peak_mb: int
    code: int
    said: str
    complained: str


def run_python(*words: str, kill_after: float | None = None) -> MeasuredRun:
    """`python words` from the root of the repository, ended after `kill_after` seconds."""
    command = [sys.executable, *words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err)
        watch = threading.Timer(kill_after, process.kill) if kill_after is not None else None
        if watch is not None:
            watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        finally:
            if watch is not None:
                watch.cancel()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        return MeasuredRun(
            seconds=seconds,
            peak_mb=used.ru_maxrss // _MAXRSS_PER_MB,
            code=process.returncode,
            said=_read(out),
            complained=_read(err),
        )


_MAXRSS_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
