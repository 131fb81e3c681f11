"""The first sheet of a workbook with content -> a table of text cells.

Numbers become the text a person sees, dates become `YYYY-MM-DD HH:MM:SS`. An identifier that the workbook holds as a
number of 2^53 and more has lost its last digits: it is shown in scientific notation, which no rule takes for an id.
"""

from pathlib import Path

import fastexcel
import polars as pl

from engine.errors import BadFile
from engine.intake.text_tables import column_names
from engine.intake.values import TOO_LARGE


def sheet_table(path: Path) -> pl.DataFrame:
    """`row` as the spreadsheet counts, and the columns of its header as text. Rows without content are not rows."""
    try:
        book = fastexcel.read_excel(path)
        for sheet in book.sheet_names:
            table = _table(book, sheet)
            if table is not None:
                break
        else:
            raise BadFile(f"{path.name} has no sheet with a header and rows under it.")
    except fastexcel.FastExcelError as error:
        raise BadFile(f"{path.name} cannot be read as XLSX: {str(error).splitlines()[0]}") from error
    return table


def _table(book: fastexcel.ExcelReader, sheet: str) -> pl.DataFrame | None:
    texts = _cells(book, sheet, "string")
    if texts.is_empty():
        return None
    texts = texts.with_columns(pl.all().fill_null(""))
    # Read as booleans, only cells that hold numbers are not null: the one way to tell 1E18 from "1000000000000000000".
    numbers = _cells(book, sheet, "boolean")
    rows = texts.with_row_index("row", 1).with_columns(
        pl.col("row").cast(pl.Int64),
        *[_lossy_as_scientific(texts[name], numbers[name]).alias(name) for name in texts.columns],
    )
    rows = rows.filter(pl.any_horizontal(pl.col(texts.columns).str.strip_chars() != ""))
    if rows.height < 2:  # a header alone, or less
        return None
    header = column_names([str(cell) for cell in rows.select(texts.columns).row(0)])
    return rows.slice(1).rename(dict(zip(texts.columns, header, strict=True)))


def _cells(book: fastexcel.ExcelReader, sheet: str, kind: "fastexcel.DType") -> pl.DataFrame:
    return book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes=kind).to_polars()


def _lossy_as_scientific(texts: pl.Series, numbers: pl.Series) -> pl.Series:
    suspects = texts.str.contains("^-?[0-9]{16,}$") & numbers.is_not_null()
    if not suspects.any():
        return texts
    shown = [
        f"{float(text):.15e}" if suspect and abs(int(text)) >= TOO_LARGE else text
        for text, suspect in zip(texts, suspects, strict=True)
    ]
    return pl.Series(texts.name, shown, dtype=pl.String)
