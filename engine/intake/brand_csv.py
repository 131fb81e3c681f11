"""How is one CSV file of the brand read, and where exactly is it wrong?

Turns text cells into typed columns and names the file, the row and the cell that cannot be taken. Knows no
file of the brand in particular and nothing about how the files belong together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from engine.errors import BadBrand

FIRST_ROW = 2
"""Rows are counted as a spreadsheet counts them: the header is row 1."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the file, how text becomes a value (null: it does not), what it must be."""

    name: str
    value: pl.Expr
    must_be: str
    out: str
    optional: bool = False


def text(name: str) -> Column:
    """Any words, not empty."""
    cell = pl.col(name)
    return Column(name, pl.when(cell != "").then(cell), "filled in", name)


def pattern(name: str, expression: str, must_be: str, *, optional: bool = False) -> Column:
    """Text that matches a regular expression as a whole."""
    cell = pl.col(name)
    return Column(name, pl.when(cell.str.contains(f"^(?:{expression})$")).then(cell), must_be, name, optional)


def choice(name: str, values: type[StrEnum]) -> Column:
    """One of a closed set."""
    cell = pl.col(name)
    return Column(name, pl.when(cell.is_in(list(values))).then(cell), f"one of {', '.join(values)}", name)


def choices(name: str, values: type[StrEnum]) -> Column:
    """One or more of a closed set, separated by |, none twice."""
    cell = pl.col(name)
    one = "|".join(re.escape(v) for v in values)
    parts = cell.str.split("|")
    fits = cell.str.contains(f"^(?:{one})(?:\\|(?:{one}))*$") & (parts.list.n_unique() == parts.list.len())
    return Column(
        name,
        pl.when(fits).then(cell),
        f"one or more of {', '.join(values)}, separated by |, none twice",
        name,
    )


def whole(
    name: str,
    *,
    at_least: int = 0,
    optional: bool = False,
    dtype: type[pl.DataType] = pl.Int64,
) -> Column:
    """A whole number from `at_least` up to 10^9 - 1, which fits 32 bits as well."""
    cell = pl.col(name)
    value = pl.when(cell.str.contains(r"^-?[0-9]{1,9}$")).then(cell).cast(pl.Int64)
    kept = pl.when(value >= at_least).then(value).cast(dtype)
    return Column(name, kept, f"a whole number of at least {at_least}", name, optional)


def number(name: str, *, least: float, most: float, optional: bool = False) -> Column:
    """A decimal number between `least` and `most`, both allowed; never NaN, an infinity or 1e5."""
    cell = pl.col(name)
    value = pl.when(cell.str.contains(r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$")).then(cell).cast(pl.Float64)
    kept = pl.when(value.is_between(least, most)).then(value)
    return Column(name, kept, f"a number from {least:g} to {most:g}", name, optional)


def cents(name: str) -> Column:
    """Yuan with at most two decimals in `<name>_yuan`; whole cents in `<name>_cents`."""
    cell = pl.col(name)
    fits = cell.str.contains(r"^[0-9]{1,9}(\.[0-9]{1,2})?$")
    # Exact: below 10^9 yuan a double is off by less than 10^-5 cents before rounding.
    value = (pl.when(fits).then(cell).cast(pl.Float64) * 100).round(0).cast(pl.Int64)
    return Column(
        name,
        value,
        "an amount in yuan of at least 0 with at most two decimals",
        f"{name.removesuffix('_yuan')}_cents",
    )


def read_utf8(path: Path) -> str:
    """The file's text. A byte order mark is tolerated; any other encoding than UTF-8 is refused."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadBrand(f"{path.name}: the file is missing in {path.parent}.") from None
    except OSError as error:
        raise BadBrand(f"{path.name}: the file cannot be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise BadBrand(
            f"{path.name}, row {row}: the text is not UTF-8 (GBK from a spreadsheet?). Save the file as UTF-8."
        ) from error


def read_table(path: Path, columns: Sequence[Column], *, key: Sequence[str]) -> pl.DataFrame:
    """The typed rows of a CSV file, in file order; raises BadBrand at the first cell or key that is wrong."""
    raw = _cells(path)
    missing = [c.name for c in columns if c.name not in raw.columns]
    if missing:
        raise BadBrand(f"{path.name}: the column {missing[0]} is missing.")
    unknown = sorted(set(raw.columns) - {c.name for c in columns})
    if unknown:
        raise BadBrand(f"{path.name}: the column {unknown[0]} is not known. Remove or rename it.")
    if raw.is_empty():
        raise BadBrand(f"{path.name}: there is a header and no row.")
    frame = raw.select(c.value.alias(c.out) for c in columns)
    for column in columns:
        taken = frame[column.out].is_not_null()
        wrong = (~(taken | (raw[column.name] == "") if column.optional else taken)).arg_true()
        if len(wrong):
            at = int(wrong[0])
            seen = raw[column.name][at]
            shown = f"is {seen!r}" if seen else "is empty"
            raise BadBrand(f"{place(path.name, at)}: {column.name} {shown}; it must be {column.must_be}.")
    refuse_repeated(frame, path.name, key)
    return frame


def place(file: str, index: int) -> str:
    """How a message names a row: `stock.csv, row 7`."""
    return f"{file}, row {index + FIRST_ROW}"


def refuse_repeated(frame: pl.DataFrame, file: str, key: Sequence[str]) -> None:
    """Raise BadBrand at the first row whose key an earlier row has."""
    at = frame.select(pl.struct(key).is_first_distinct().not_()).to_series().arg_true()
    if len(at):
        row = int(at[0])
        words = ", ".join(f"{name} {frame[name][row]}" for name in key)
        raise BadBrand(f"{place(file, row)}: {words} is already in an earlier row; it may stand once.")


def _cells(path: Path) -> pl.DataFrame:
    """Every cell as trimmed text, empty cells as empty strings."""
    content = read_utf8(path)
    try:
        raw = pl.read_csv(content.encode(), infer_schema=False)
    except pl.exceptions.NoDataError:
        raise BadBrand(f"{path.name}: the file is empty; it needs a header row.") from None
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise BadBrand(f"{path.name}: a row does not fit the header ({first}). Check commas and quotes.") from error
    return raw.select(pl.all().fill_null("").str.strip_chars())
