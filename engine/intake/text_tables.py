"""Delimited text -> a table of text cells, whatever encoding and separator it was saved with.

Loses nothing: a line that cannot be cut into the header's cells stays in the table as a broken row with a sentence,
and the rest goes on. Knows nothing of what the cells mean.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

import polars as pl

from engine.errors import BadFile

DELIMITERS = (",", "\t", ";")
ENCODINGS = ("utf-8", "gb18030")
JUNK_SHARE = 0.02
"""Above this share of control characters in its beginning a file is not text at all."""

_LINE_FEED = b"\n"
_Row = tuple[int, list[str] | None, str | None, str | None]  # number, cells, sentence, line as it came


def text_table(data: bytes, name: str) -> pl.DataFrame:
    """`row` (header: 1, as a spreadsheet counts), the header's columns as text, and, if there are broken rows,
    `broken` and `raw_line`. Lines without any content are not rows. Raises BadFile.
    """
    lines, undecodable = _lines(data, name)
    start = next((n for n, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise BadFile(f"{name} is empty. Export it again.")
    delimiter = max(DELIMITERS, key=lines[start].count)
    header = column_names(next(csv.reader([lines[start]], delimiter=delimiter)))
    body = lines[start + 1 :]
    table = _cells(body, start + 2, header, delimiter, {n - start - 1 for n in undecodable})
    if table.is_empty():
        raise BadFile(f"{name} has a header but no rows under it.")
    return table


def column_names(cells: list[str]) -> list[str]:
    """Header cells as column names: trimmed; a repeated name gets (2), (3); an empty one its place."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        base = cell.strip(" \t\r\n\ufeff\u3000'\"") or f"column {place}"
        name, again = base, 1
        while name in names or name in ("row", "broken", "raw_line"):
            again += 1
            name = f"{base} ({again})"
        names.append(name)
    return names


def _lines(data: bytes, name: str) -> tuple[list[str], set[int]]:
    """The lines of the file, and the places of those that hold bytes no text has."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or _looks_like_utf16(data):
        raise BadFile(f"{name} is UTF-16 text. Save it as CSV UTF-8 and try again.")
    sample = data[:4096]
    junk = sum(byte < 32 and byte not in b"\t\r\n" for byte in sample)
    if sample and junk > max(4, JUNK_SHARE * len(sample)):
        raise BadFile(f"{name} is not a text file. Export the orders as CSV or XLSX.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    ends = b"\r" if _LINE_FEED not in data else _LINE_FEED
    for encoding in ENCODINGS:
        try:
            return _cut(data.decode(encoding), ends.decode()), set()
        except UnicodeDecodeError:
            continue
    return _line_by_line(data.split(ends), name)


def _looks_like_utf16(data: bytes) -> bool:
    sample = data[:512]
    return len(sample) >= 8 and max(sample[0::2].count(0), sample[1::2].count(0)) > len(sample) // 3


def _cut(text: str, ends: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.split(ends)]


def _line_by_line(raw: list[bytes], name: str) -> tuple[list[str], set[int]]:
    """A file with some broken bytes: its header says the encoding, lines that do not obey it are told apart."""
    header = next((line for line in raw if line.strip()), b"")
    for encoding in ENCODINGS:
        try:
            header.decode(encoding)
        except UnicodeDecodeError:
            continue
        lines, broken = [], set()
        for place, line in enumerate(raw):
            try:
                lines.append(line.decode(encoding).removesuffix("\r"))
            except UnicodeDecodeError:
                lines.append(line.decode(encoding, errors="backslashreplace").removesuffix("\r"))
                broken.add(place)
        if len(broken) * 2 <= len(lines):
            return lines, broken
    raise BadFile(f"{name} is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 and try again.")


def _cells(body: list[str], first: int, header: list[str], delimiter: str, undecodable: set[int]) -> pl.DataFrame:
    """The lines as rows. Lines without quotes are cut by the column; where all quotes open and close in their own
    line, only the lines that have some are cut one by one; else a cell may span lines, and all are.
    """
    quotes = [line.count('"') for line in body]
    if undecodable or any(count % 2 for count in quotes):
        return _gathered(_records(body, first, len(header), delimiter, undecodable), header)
    lines = pl.DataFrame({"line": body, "quotes": quotes}, schema={"line": pl.String, "quotes": pl.Int64})
    lines = lines.select(pl.int_range(first, first + len(body), dtype=pl.Int64).alias("row"), pl.all())
    plain = _plainly(lines.filter(quotes=0), header, delimiter)
    quoted = lines.filter(pl.col("quotes") > 0)
    if quoted.is_empty():
        return plain
    alone = (_records([line], row, len(header), delimiter, set()) for row, line, _ in quoted.iter_rows())
    return pl.concat([plain, _gathered(chain.from_iterable(alone), header)], how="diagonal").sort("row")


def _plainly(lines: pl.DataFrame, header: list[str], delimiter: str) -> pl.DataFrame:
    """row, line, without any quotes: a line is a row and a delimiter is a boundary."""
    table = lines.filter(pl.col("line").str.strip_chars(f"{delimiter} \t") != "").select(
        "row", "line", cells=pl.col("line").str.count_matches(delimiter, literal=True) + 1
    )
    fit = pl.col("cells") == len(header)
    whole = table.filter(fit)
    cut = whole["line"].str.split_exact(delimiter, len(header) - 1).struct.rename_fields(header).struct.unnest()
    rows = pl.concat([whole.select("row"), cut], how="horizontal")
    if whole.height == table.height:
        return rows
    sentence = pl.format(f"the line has {{}} cells where the header has {len(header)}", "cells")
    torn = table.filter(~fit).select("row", broken=sentence, raw_line="line")
    return pl.concat([rows, torn], how="diagonal").sort("row")


def _gathered(records: Iterable[_Row], header: list[str]) -> pl.DataFrame:
    """Rows as a table, gathered by column."""
    numbers: list[int] = []
    broken: list[str | None] = []
    lines: list[str | None] = []
    told: list[list[str] | list[None]] = []
    nothing: list[None] = [None] * len(header)
    for number, cells, sentence, line in records:
        numbers.append(number)
        broken.append(sentence)
        lines.append(line)
        told.append(nothing if cells is None else cells)
    columns = zip(*told, strict=True) if told else [()] * len(header)
    table = pl.DataFrame(
        {"row": numbers, **dict(zip(header, columns, strict=True)), "broken": broken, "raw_line": lines},
        schema={"row": pl.Int64, **dict.fromkeys([*header, "broken", "raw_line"], pl.String)},
    )
    return table if table["broken"].null_count() < table.height else table.drop("broken", "raw_line")


def _records(body: list[str], first: int, width: int, delimiter: str, undecodable: set[int]) -> Iterator[_Row]:
    """Each row with its number. A quoted cell may span lines; if what comes of that is no row, its first line is
    broken and reading goes on with the next: a stray quote costs its own line, not the rest of the file.
    """
    at, number = 0, first
    while at < len(body):
        if at in undecodable:
            yield number, None, "the line holds bytes that are no text in the file's encoding", body[at]
            at, number = at + 1, number + 1
            continue
        feed = _Feed(body, at, undecodable)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                used = feed.at - at
                if any(cell.strip() for cell in cells):
                    if len(cells) != width:
                        break
                    yield number, cells, None, None
                at, number = at + used, number + 1
            else:
                continue
        except csv.Error:
            cells = []
        line = body[at]
        if '"' in line and (line.count('"') % 2 or not cells or feed.at - at > 1):
            sentence = "a quote is opened and not closed, or stands where none may"
        else:
            sentence = f"the line has {len(cells)} cells where the header has {width}"
        if line.strip():
            yield number, None, sentence, line
        at, number = at + 1, number + 1


class _Feed:
    """Lines from a place on, for the csv module; `at` is the next one. Stops before a line that cannot be decoded."""

    def __init__(self, body: list[str], at: int, undecodable: set[int]) -> None:
        self._body, self.at, self._undecodable = body, at, undecodable

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.at >= len(self._body) or self.at in self._undecodable:
            raise StopIteration
        self.at += 1
        return self._body[self.at - 1] + "\n"
