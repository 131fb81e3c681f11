"""Files of `evaluate`: read with one sentence for whatever is wrong, written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl

from engine.errors import BadFile


def read_parquet(path: Path) -> pl.DataFrame:
    """The file's rows. Raises BadFile."""
    try:
        # Opened here rather than by Polars: a path is then a path, whatever *, = or :// its name contains.
        with closing(path.open("rb")) as file:
            return pl.read_parquet(file)
    except FileNotFoundError as gone:
        raise BadFile(f"{path} does not exist.") from gone
    except OSError as refused:
        raise BadFile(f"{path} cannot be read: {refused.strerror or refused}.") from refused
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as damaged:
        raise BadFile(f"{path.name} is damaged or not Parquet.") from damaged


@contextmanager
def written_whole(out: Path, *, called: str) -> Iterator[Path]:
    """A temporary name to write to, which becomes `out` once all is written. Raises BadFile that names `called`."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as refused:
        raise BadFile(f"{called} cannot be written to {out}: {refused.strerror or refused}.") from refused
