"""Files of every encoding and kind give the same rows; what cannot be read says why, and loses no row."""

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadFile
from engine.intake.files import detect_format, parse_table, read_table
from engine.intake.json_tables import table_of
from engine.intake.text_tables import text_table
from tests.engine.intake.worlds import EXPORT_ROW, ORDER, as_csv

ROWS = [EXPORT_ROW, {**EXPORT_ROW, "主订单编号": "'6917850279910007777", "收件人": "张**"}]
TEXT = as_csv(ROWS)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


Written = Callable[[str, bytes], Path]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-8"),
        TEXT.encode("gb18030"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        TEXT.rstrip().encode(),
        ("\n\n" + TEXT).encode(),
        as_csv(ROWS, delimiter="\t").encode("gb18030"),
        as_csv(ROWS, delimiter=";").encode(),
        as_csv(ROWS, quoting=csv.QUOTE_ALL).encode(),
    ],
    ids=[
        "bom",
        "utf-8",
        "gb18030",
        "lf",
        "cr",
        "no last line feed",
        "blank lines above",
        "tabs",
        "semicolons",
        "quoted",
    ],
)
def test_one_export_in_any_dress_is_the_same_table(written: Written, data: bytes) -> None:
    table = read_table(written("orders.csv", data))
    assert table.drop("row").to_dicts() == ROWS
    assert table["row"].diff().drop_nulls().to_list() == [1]
    assert detect_format(table.columns) == "douyin"
    assert parse_table(table).rows.height == 2


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"\xef\xbb\xbf \r\n", "a.csv is empty"),
        ("a.csv", TEXT.splitlines()[0].encode(), "a.csv has a header but no rows under it"),
        ("a.csv", TEXT.encode("utf-16"), "a.csv is UTF-16 text. Save it as CSV UTF-8"),
        ("a.csv", as_csv([{"order_no": "1", "sku": "A"}]).encode("utf-16-le"), "a.csv is UTF-16 text"),
        ("a.csv", bytes(range(256)) * 20, "a.csv is not a text file"),
        ("a.csv", b"\xff\xfa\x80abc,\xff\n" * 9, "a.csv is neither UTF-8 nor GB18030 text"),
        ("a.csv", b"<html><body>login</body></html>", "a.csv is a web page"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, r"a.xls is an old Excel workbook \(.xls\)"),
        ("a.xlsx", b"PK\x03\x04 cut off", "a.xlsx cannot be read as XLSX"),
        ("a.xlsx", b"a,b\n1,2\n", "a.xlsx is called a workbook but is none"),
        ("a.pdf", b"%PDF", "a.pdf: files of orders are .csv, "),
        ("a.json", b'[{"a": 1}', "a.json is not JSON: .* in line 1, column"),
        ("a.json", b"3", "a.json holds no list of orders"),
        ("a.json", b"[]", "a.json holds no orders"),
        ("a.json", b"\xff[]", "a.json is not UTF-8 text"),
        ("a.json", b"[" * 100_000, "a.json is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(written: Written, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        read_table(written(name, data))


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="does not exist"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="is a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["售后单号", "售后类型"], "This is the after-sales export"),
        ([c for c in EXPORT_ROW if c != "省"], "looks like the douyin format, but the column 省 is absent"),
        ([c for c in EXPORT_ROW if c != "商家编码"], "the column 商家编码 or 货号 is absent"),
        (["platform", "order_no", "sku", "qty", "status", "province"], "looks like the canonical format, but"),
        (["a", "b"], r"neither those of a Douyin export \(.*\) nor those of the canonical .* Found: a, b\."),
    ],
)
def test_columns_that_are_no_format_are_told_what_was_expected(columns: list[str], sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        detect_format(columns)


def lines_with(line: str, *, place: int = 2) -> bytes:
    lines = as_csv([EXPORT_ROW, *ROWS]).splitlines()
    lines.insert(place, line)
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("only,three,cells", "the line has 3 cells where the header has 21"),
        ('"opened and never closed,2,3', "a quote is opened and not closed, or stands where none may"),
        ('a"b,' * 21, "a quote is opened and not closed, or stands where none may"),
        ('"a"b,c', "a quote is opened and not closed, or stands where none may"),
        ('"' + "x" * 200_000, "a quote is opened and not closed, or stands where none may"),
    ],
)
def test_a_line_that_is_no_row_is_broken_and_the_rest_goes_on(written: Written, line: str, sentence: str) -> None:
    table = read_table(written("a.csv", lines_with(line)))
    assert table["row"].to_list() == [2, 3, 4, 5]
    [broken] = table.filter(pl.col("broken").is_not_null()).to_dicts()
    assert (broken["row"], broken["broken"], broken["raw_line"]) == (3, sentence, line)
    parsed = parse_table(table)
    assert parsed.read == 4
    assert parsed.faults.select("row", "fault").rows() == [(3, sentence)]
    assert orjson.loads(parsed.faults["raw"][0]) == {"line": line}
    assert parsed.rows["row"].to_list() == [2, 4, 5]


def test_a_torn_line_is_recognised_by_the_number_of_an_order_beside_it(written: Written) -> None:
    parsed = parse_table(read_table(written("a.csv", lines_with("x,'6917850279910007777,y"))))
    assert parsed.faults["order_id"].to_list() == ["douyin:6917850279910007777"]


def test_bytes_that_are_no_text_break_their_own_line_only(written: Written) -> None:
    for encoding in ("utf-8", "gb18030"):
        data = TEXT.encode(encoding).replace("张".encode(encoding), b"\xff")
        table = read_table(written("a.csv", data))
        assert table["broken"].to_list() == [None, "the line holds bytes that are no text in the file's encoding"]
        assert table["收件人"].to_list() == ["赵**", None]


def test_a_quoted_cell_may_hold_the_delimiter_a_quote_and_a_line_break(written: Written) -> None:
    address = '1 号楼, "东" 门\n2 层'
    table = read_table(written("a.csv", as_csv([{**EXPORT_ROW, "详细地址": address}, EXPORT_ROW]).encode()))
    assert table["详细地址"].to_list() == [address, "******"]
    assert table["row"].to_list() == [2, 3]


def test_lines_without_content_are_no_rows_but_count_as_lines(written: Written) -> None:
    head, first, second = TEXT.splitlines()
    table = read_table(written("a.csv", "\n".join([head, "", first, "," * 20, second, ""]).encode()))
    assert table["row"].to_list() == [3, 5]


@settings(deadline=None)
@given(st.lists(st.lists(st.text("ab1 ,\"'\n\r中", max_size=4), min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_the_csv_module_writes_comes_back_cell_by_cell(cells: list[list[str]]) -> None:
    wanted = [row for row in cells if any(cell.strip() for cell in row)]
    text = as_csv([dict(zip("xyz", row, strict=True)) for row in [*cells, ["end", "", ""]]])
    table = text_table(text.encode(), "a.csv")
    assert "broken" not in table.columns
    # The csv module of Python 3.11 reads a lone carriage return inside quotes as the line feed it stands before.
    told = [
        tuple((cell or "").replace("\r\n", "\n").replace("\r", "") for cell in row) for row in table.drop("row").rows()
    ]
    meant = [tuple(cell.replace("\r\n", "\n").replace("\r", "") for cell in row) for row in wanted]
    assert told == [*meant, ("end", "", "")]


@settings(deadline=None)
@given(st.text('pq,"\n', max_size=60))
def test_however_a_file_is_damaged_every_line_with_content_is_in_a_row(body: str) -> None:
    table = text_table(f"x,y\n{body}\nend,end\n".encode(), "a.csv")
    told = [value for row in table.drop("row", "broken", strict=False).rows() for value in row]
    for letter in "pq":
        assert sum((value or "").count(letter) for value in told) == body.count(letter)
    assert table["row"].is_sorted()


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_gives_the_same_rows_from_numbers_and_dates(tmp_path: Path) -> None:
    row: dict[str, Any] = {
        **EXPORT_ROW,
        "商品数量": 2,
        "商品单价": 29.9,
        "订单提交时间": datetime(2026, 11, 11, 20, 14, 15),  # noqa: DTZ001 - a spreadsheet knows no zone
        "支付完成时间": datetime(2026, 11, 11, 20, 14, 20),  # noqa: DTZ001 - as above
    }
    path = workbook(tmp_path / "a.csv", [[], list(row), list(row.values()), [None] * len(row), list(row.values())])
    table = read_table(path)
    assert table["row"].to_list() == [3, 5]
    expected = parse_table(pl.DataFrame([{"row": 3, **EXPORT_ROW}])).rows
    assert parse_table(table.head(1)).rows.equals(expected)


def test_a_number_that_a_workbook_rounded_is_refused_as_an_order_number(tmp_path: Path) -> None:
    rounded = {**EXPORT_ROW, "主订单编号": 6917850279910006064}
    text = {**EXPORT_ROW, "主订单编号": "6917850279910005760"}  # as a float it would be exactly this number, too
    small = {**EXPORT_ROW, "主订单编号": 4503599627370497}
    told = [list(EXPORT_ROW), *[list(row.values()) for row in (rounded, text, small)]]
    parsed = parse_table(read_table(workbook(tmp_path / "a.xlsx", told)))
    [fault] = parsed.faults.to_dicts()
    assert fault["row"] == 2
    assert 'is "6.917850279910006e+18": a spreadsheet made a number of it' in fault["fault"]
    assert parsed.rows["order_no"].to_list() == ["6917850279910005760", "4503599627370497"]


def test_times_of_a_workbook_are_true_to_the_second(tmp_path: Path) -> None:
    start = datetime(2026, 11, 11, 20, 0, 0)  # noqa: DTZ001 - a spreadsheet knows no zone
    times = [start + timedelta(seconds=n * 7) for n in range(500)]
    table = read_table(workbook(tmp_path / "a.xlsx", [["time"], *[[time] for time in times]]))
    assert table["time"].to_list() == [f"{time:%Y-%m-%d %H:%M:%S}" for time in times]


def test_nested_orders_survive_the_table_that_a_file_is_read_into(written: Written) -> None:
    orders = [ORDER, {**ORDER, "order_no": "6917850279910007777"}]
    straight = parse_table(table_of(orders))
    for name, data in (
        ("a.json", json.dumps(orders).encode()),
        ("b.json", json.dumps({"orders": orders}).encode("utf-8-sig")),
        ("c.jsonl", "\n".join(json.dumps(order) for order in orders).encode()),
    ):
        table = read_table(written(name, data))
        assert detect_format(table.columns) == "canonical"
        parsed = parse_table(table)
        assert parsed.faults.is_empty()
        assert parsed.rows.equals(straight.rows)
        assert parsed.whole_orders


def test_a_line_that_is_no_json_is_one_fault_among_the_orders(written: Written) -> None:
    data = "\n".join([json.dumps(ORDER), '{"cut off', json.dumps(ORDER), '"text"', json.dumps({"a": 2**60})]).encode()
    table = read_table(written("a.jsonl", data))
    assert table["broken"].to_list()[1::2] == ["the line is not JSON", "this is not a JSON object"]
    parsed = parse_table(table)
    assert (parsed.read, parsed.faults["row"].to_list()) == (5, [2, 4, 5])
    assert orjson.loads(parsed.faults["raw"][0]) == {"line": '{"cut off'}
