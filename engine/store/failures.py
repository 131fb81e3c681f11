"""Turns what a database says into a sentence for the person at the desk. Refuses to hide bugs: those pass through."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import psycopg
import sqlalchemy.exc

from engine.errors import DatabaseUnavailable, WarRoomError

_FULL = ("No space left", "File too large", "disk full", "could not write", "Disk quota")


def refusal_for(error: BaseException, where: str) -> WarRoomError | None:
    """The refusal that explains `error`, or None if it looks like a bug of ours."""
    text = str(error)
    if any(mark in text for mark in _FULL):
        return DatabaseUnavailable(
            f"The disk that holds {where} is full or may not grow: nothing of this step was kept, "
            f"everything acknowledged before is safe. Free some space, then start the room again."
        )
    if "Could not set lock" in text or "Conflicting lock" in text:
        return DatabaseUnavailable(
            f"{where} is open in another process, and DuckDB lets only one process own a file. "
            f"If that is the running room, send orders to it with --to http://127.0.0.1:8501; "
            f"otherwise close the other program ({_holder(text)})."
        )
    if "not a valid DuckDB database file" in text:
        return DatabaseUnavailable(
            f"{where} is not a DuckDB database. It was left as it is: move it away or point "
            f"WARROOM_DATABASE at another file."
        )
    if "Cannot open file" in text or "unable to open database" in text:
        return DatabaseUnavailable(
            f"{where} cannot be opened: check that its folder exists and may be written to. "
            f"The database said: {_first_line(text)}"
        )
    if "invalidated" in text or "Corrupt" in text or "corrupt" in text or "Serialization Error" in text:
        return DatabaseUnavailable(
            f"{where} is damaged or its last write failed, so DuckDB closed it. Copy the file and its .wal aside "
            f"before anything else, then start the room again. The database said: {_first_line(text)}"
        )
    if isinstance(error, (sqlalchemy.exc.OperationalError, psycopg.OperationalError)):
        return DatabaseUnavailable(f"{where} does not answer: {_first_line(text)}")
    return None


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "(nothing)"


def _holder(text: str) -> str:
    start = text.find("held in ")
    return text[start + 8 :].split(". See also")[0] if start >= 0 else "the database did not say which"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Raise the refusal that explains a database failure; let everything else through untouched."""
    try:
        yield
    except (duckdb.Error, sqlalchemy.exc.DBAPIError, psycopg.Error, OSError) as error:
        refusal = refusal_for(error, where)
        if refusal is None:
            raise
        raise refusal from error
