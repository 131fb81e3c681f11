"""A file of orders -> rows and faults: what kind of file is it, which format do its columns speak, and who parses it?

The content decides, not the name: an XLSX that is called .csv is read as what it is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from engine.errors import BadFile
from engine.intake import canonical, douyin
from engine.intake.json_tables import json_table
from engine.intake.order_json import HEADERS, unfolded
from engine.intake.parsed import RESERVED, Parsed
from engine.intake.sheets import sheet_table
from engine.intake.text_tables import text_table

FormatName = Literal["douyin", "canonical"]

TEXT = (".csv", ".tsv", ".txt")
JSON = (".json", ".jsonl", ".ndjson")
WORKBOOK = (".xlsx", ".xlsm")

_ZIP, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NESTED = ("platform", "order_no", "lines")
AFTER_SALES = "售后单号"
FOUND_SHOWN = 300
_REQUIRED: dict[FormatName, list[tuple[str, ...]]] = {
    "douyin": [douyin.HEADERS[cell] for cell in douyin.REQUIRED],
    "canonical": [HEADERS[cell] for cell in canonical.REQUIRED],
}


def read_table(path: Path) -> pl.DataFrame:
    """The rows of a file: `row` (Int64, as the file's own program counts them) and its columns, all text.

    Where rows could not be cut into cells there are also `broken` (the sentence) and `raw_line`. Raises BadFile.
    """
    data = _content(path)
    suffix = path.suffix.lower()
    if data.startswith(_ZIP):
        return sheet_table(path)
    if data.startswith(_OLD_WORKBOOK):
        raise BadFile(f"{path.name} is an old Excel workbook (.xls). Save it as XLSX or CSV and try again.")
    if suffix in WORKBOOK:
        raise BadFile(f"{path.name} is called a workbook but is none: it may have been cut off while copying.")
    if suffix in JSON:
        return json_table(data, path.name, lines=suffix != ".json")
    if suffix in TEXT:
        if data.lstrip()[:1] == b"<":
            raise BadFile(f"{path.name} is a web page, not a table: the login to the shop may have run out.")
        return text_table(data, path.name)
    raise BadFile(f"{path.name}: files of orders are {', '.join((*TEXT, *WORKBOOK, *JSON))}.")


def detect_format(columns: Sequence[str]) -> FormatName:
    """Which format these columns are. Raises BadFile that names what was expected and what was found."""
    present = set(columns)
    if present.issuperset(_NESTED):
        return "canonical"
    found = ", ".join(name for name in columns if name not in RESERVED)
    found = found if len(found) <= FOUND_SHOWN else found[:FOUND_SHOWN] + "…"
    if AFTER_SALES in present:
        raise BadFile(
            f"This is the after-sales export (it has {AFTER_SALES}). Export the orders instead; after-sales files are "
            "taken in by: python -m engine tickets FILE"
        )
    for name, required in _REQUIRED.items():
        lacking = [" or ".join(names) for names in required if present.isdisjoint(names)]
        if not lacking:
            return name
        if len(lacking) * 2 <= len(required):
            like = f"This looks like the {name} format, but the column {', '.join(lacking)} is absent."
            raise BadFile(f"{like} Found: {found}.")
    raise BadFile(
        "The columns are neither those of a Douyin export (主订单编号, 商家编码, 商品数量, ...) nor those of the "
        f"canonical format (platform, order_no, sku, ...). Found: {found}."
    )


def parse_table(table: pl.DataFrame) -> Parsed:
    """Rows and faults of a table as `read_table` gives it, in whichever format its columns are."""
    if detect_format(table.columns) == "douyin":
        return douyin.parse_douyin(table)
    if all(name in table.columns for name in _NESTED):
        return canonical.parse_canonical_orders([_order(cells) for cells in table.iter_rows(named=True)])
    return canonical.parse_canonical_table(table)


def _order(cells: dict[str, object]) -> object:
    """An order of a JSON file again, from its row; a broken row as the text it was."""
    if cells.get("broken") is not None:
        return cells["raw_line"]
    told = {name: value for name, value in cells.items() if name not in RESERVED and value is not None}
    return unfolded(told)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise BadFile(f"{path.name} is a folder. Name the file in it.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(f"{path} does not exist. Check the name.") from None
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFile(f"{path.name} is empty. Export it again.")
    return data
