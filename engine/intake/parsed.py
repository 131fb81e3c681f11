"""What every parser of orders hands over: good rows, faulty rows with their sentences, and how many rows there were.

Knows nothing of any format. Remembers the source only to show a faulty row as it came.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

RESERVED = ("row", "broken", "raw_line")
"""Columns that `read_table` adds to those of the file: the row's number; for a row that could not be cut into
cells, the sentence that says why and the line as it came."""

Source = pl.DataFrame | Sequence[object]
"""Where rows came from: a table with the column `row`, or JSON orders of which the n-th is row n."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Rows of one source after parsing.

    rows: frames.ROWS, fit to become orders. faults: frames.FAULTS, one a source row. read: source rows.
    source: where they came from; None: a row is shown by its parsed values.
    whole_orders: each source row is a whole order with all its lines (nested JSON), not one line of it (a table);
    lone_lines: rows of such a source that are a single line nevertheless.
    """

    rows: pl.DataFrame
    faults: pl.DataFrame
    read: int
    source: Source | None = field(default=None, repr=False, compare=False)
    whole_orders: bool = False
    lone_lines: frozenset[int] = frozenset()

    def whole(self) -> pl.Expr:
        """Whether a row of `rows` belongs to a source row that is a whole order."""
        if not self.lone_lines:
            return pl.lit(value=self.whole_orders)
        return ~pl.col("row").is_in(sorted(self.lone_lines))

    def raw(self, numbers: Sequence[int]) -> pl.DataFrame:
        """row (Int64), raw (String): these source rows as JSON objects, each once."""
        return raw_rows(self.rows if self.source is None else self.source, numbers)


def raw_rows(source: Source, numbers: Sequence[int]) -> pl.DataFrame:
    """row (Int64), raw (String): these rows of a source as JSON objects, each once."""
    wanted = pl.DataFrame({"row": list(dict.fromkeys(numbers))}, schema={"row": pl.Int64})
    if not isinstance(source, pl.DataFrame):
        return wanted.with_columns(raw=pl.Series([raw_json(source[n - 1]) for n in wanted["row"]], dtype=pl.String))
    rows = source.join(wanted, on="row", how="semi").unique("row", keep="first")
    cells = [c for c in rows.columns if c not in RESERVED]
    raw = pl.struct(cells).struct.json_encode() if cells else pl.lit("{}")
    if "raw_line" in rows.columns:
        as_line = pl.struct(line=pl.col("raw_line")).struct.json_encode()
        raw = pl.when(pl.col("raw_line").is_null()).then(raw).otherwise(as_line)
    return rows.select("row", raw=raw)


def raw_json(value: object) -> str:
    """A JSON value as text that can be stored: invalid Unicode stays escaped, what is not an object is wrapped."""
    shown = value if isinstance(value, dict) else {"line": value}
    text = json.dumps(shown, ensure_ascii=False, default=str)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate, legal in a JSON escape and in nothing else
        return json.dumps(shown, default=str)
    return text
