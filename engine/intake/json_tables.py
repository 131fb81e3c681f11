"""JSON and JSON Lines -> a table of text cells, one row an object; lists and objects inside stay JSON text.

An entry that is no object, or a line that is no JSON, stays in the table as a broken row with a sentence.
"""

import json
from collections.abc import Iterable, Sequence

import polars as pl

from engine.errors import BadFile
from engine.intake.parsed import RESERVED
from engine.intake.values import TOO_LARGE


def json_table(data: bytes, name: str, *, lines: bool) -> pl.DataFrame:
    """`row` (the place of the object, from 1), every key of any object as a text column, and, if there are broken
    rows, `broken` and `raw_line`. A document is a list of objects, or one object with the list under `orders` or
    `tickets`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{name} is not UTF-8 text, as JSON must be: byte {error.start} is wrong.") from None
    table = table_of(_entries_by_line(text) if lines else _entries(text, name))
    if table.is_empty():
        raise BadFile(f"{name} holds no orders and no tickets.")
    return table


def table_of(entries: Iterable[object]) -> pl.DataFrame:
    """Decoded JSON objects as a table of text cells. Never refuses: what is wrong becomes a broken row."""
    told = [_cut(entry) for entry in entries]
    columns = list(dict.fromkeys(name for cells, _, _ in told for name in cells))
    table = pl.DataFrame(
        {
            "row": pl.Series(range(1, len(told) + 1), dtype=pl.Int64),
            **{name: pl.Series([cells.get(name) for cells, _, _ in told], dtype=pl.String) for name in columns},
        }
    )
    if any(sentence for _, sentence, _ in told):
        broken = [sentence for _, sentence, _ in told]
        lines = [line for _, _, line in told]
        table = table.with_columns(
            pl.Series("broken", broken, dtype=pl.String), pl.Series("raw_line", lines, dtype=pl.String)
        )
    return table


def _entries(text: str, name: str) -> Sequence[object]:
    try:
        document = json.loads(text, parse_float=str)
    except json.JSONDecodeError as error:
        raise BadFile(f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise BadFile(f"{name} is nested too deeply to be a list of orders.") from None
    for key in ("orders", "tickets"):
        if isinstance(document, dict) and isinstance(document.get(key), list):
            document = document[key]
    if not isinstance(document, list):
        raise BadFile(f'{name} holds no list of orders: write [{{...}}, {{...}}] or {{"orders": [...]}}.')
    return document


class _NotJson(str):
    """A line that is no JSON."""

    __slots__ = ()


def _entries_by_line(text: str) -> Iterable[object]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            yield json.loads(line, parse_float=str)
        except (json.JSONDecodeError, RecursionError):
            yield _NotJson(line.strip())


def _cut(entry: object) -> tuple[dict[str, str | None], str | None, str | None]:
    """Cells, and for a broken entry the sentence and the entry as text."""
    if isinstance(entry, _NotJson):
        return {}, "the line is not JSON", str(entry)
    as_text = json.dumps(entry, ensure_ascii=False)
    try:
        as_text.encode()
    except UnicodeEncodeError:
        return {}, "half a character stands in it: it was cut or damaged", json.dumps(entry)
    if not isinstance(entry, dict):
        return {}, "this is not a JSON object", as_text
    cells: dict[str, str | None] = {}
    for name, value in entry.items():
        if isinstance(value, int) and abs(value) >= TOO_LARGE:
            return (
                {},
                f"{name} is {str(value)[:40]}: so large a number must be sent as text, or it loses digits",
                as_text,
            )
        if name not in RESERVED:
            cells[name] = value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
    return cells, None, None
