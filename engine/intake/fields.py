"""From the cells of order lines to frames.ROWS: what every format shares once its columns have their names.

The format's parser says which column is which, what the fate is, and under what name a person knows each column.
Every rule names the column and the value. Refuses a row; never repairs one by guessing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.parsed import Parsed, Source, raw_rows
from engine.intake.verdict import Rule, faulty, quotes, says
from engine.model.frames import FAULTS, ROWS, conform
from engine.model.states import Platform

CELLS = (
    "platform", "order_no", "line_key", "sold_sku", "qty", "amount", "created", "paid", "promise", "status",
    "show_id", "anchor", "receiver", "phone", "province", "city", "district", "street", "address",
)  # fmt: skip
"""Columns of the frame of cells, all text with null for empty, beside `row` and `broken` (a sentence, or null)."""

TEXTS = (
    "line_key", "sold_sku", "show_id", "anchor", "receiver", "phone",
    "province", "city", "district", "street", "address",
)  # fmt: skip
"""Cells that are kept as text: bounded in length and free of control characters."""

MOST_UNITS = 9_999
LONGEST_TEXT = 500
ORDER_NO = r"^[0-9A-Za-z_-]{6,64}$"

_BEIJING = timezone(timedelta(hours=8))
EARLIEST = datetime(2015, 1, 1, tzinfo=_BEIJING)
LATEST = datetime(2101, 1, 1, tzinfo=_BEIJING)


TIMES = {"created_at": "created", "paid_at": "paid", "promise_at": "promise"}
"""Columns of frames.ROWS that are times, and their cells."""

QUANTITY = values.whole_number(pl.col("qty"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What one format adds to the shared fields, ready-made: building expressions costs more than a small batch.

    fate: the Fate as text. amount: cents of the line. rules: all that must hold.
    """

    fate: pl.Expr
    amount: pl.Expr
    rules: Sequence[Rule]


_LAST = (pl.coalesce("line_key", "sold_sku").alias("line_key"), pl.lit(None, dtype=pl.String).alias("adcode"))


def interpret(
    cells: pl.DataFrame,
    format_: Format,
    *,
    source: Source,
    read: int,
    whole_orders: bool = False,
    lone_lines: frozenset[int] = frozenset(),
) -> Parsed:
    """Parse cells into rows and faults. A faulty line faults its whole source row.

    The format's expressions see the cells and the times (TIMES); its rules see `sold_qty`, `amount_cents`, `fate` too.
    """
    parsed = values.instants(cells, TIMES).with_columns(
        sold_qty=QUANTITY, amount_cents=format_.amount, fate=format_.fate
    )
    torn_rows = parsed.height - parsed["broken"].null_count()
    whole = parsed.filter(pl.col("broken").is_null()) if torn_rows else parsed
    wrong = faulty(whole, format_.rules)
    if torn_rows:
        torn = parsed.filter(pl.col("broken").is_not_null()).with_columns(fault=pl.col("broken"))
        wrong = pl.concat([wrong, _recognised(torn, whole, source)])
    faults = _faults(wrong, source)
    fit = whole if wrong.is_empty() else whole.join(faults, on="row", how="anti", maintain_order="left")
    return Parsed(conform(fit.with_columns(_LAST), ROWS), faults, read, source, whole_orders, lone_lines)


def _recognised(torn: pl.DataFrame, whole: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Lines that could not be cut into cells, with the order of this table whose number stands somewhere in them:
    otherwise the order's other lines would pass for the whole of it.
    """
    if not isinstance(source, pl.DataFrame) or "raw_line" not in source.columns:
        return torn
    words = source.select("row", order_no=pl.col("raw_line").str.extract_all(values.WORD)).explode("order_no")
    orders = whole.select("platform", "order_no").drop_nulls().unique()
    named = words.join(orders, on="order_no").unique("row", keep="first")
    return torn.drop("platform", "order_no").join(named, on="row", how="left").select(torn.columns)


def _faults(wrong: pl.DataFrame, source: Source) -> pl.DataFrame:
    """frames.FAULTS of faulty lines: one a source row, each sentence once."""
    if wrong.is_empty():
        return pl.DataFrame(schema=dict(FAULTS))
    readable = pl.col("order_no").str.contains(ORDER_NO) & pl.col("platform").is_in(list(Platform))
    rows = (
        wrong.with_columns(order_id=pl.when(readable).then(pl.concat_str("platform", "order_no", separator=":")))
        .group_by("row", maintain_order=True)
        .agg(
            pl.col("order_id").first(),
            fault=pl.col("fault").str.split("; ").explode().unique(maintain_order=True).str.join("; "),
        )
        .sort("row")
    )
    shown = rows.join(raw_rows(source, rows["row"].to_list()), on="row", how="left", maintain_order="left")
    return conform(shown, FAULTS)


def find_header(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of these names among a file's columns; BadFile where the file has it twice."""
    for name in names:
        if f"{name} (2)" in columns:
            raise BadFile(f"The column {name} appears twice. Remove one of the two and try again.")
        if name in columns:
            return name
    return None


def missing(label: str, cell: str, why: str) -> Rule:
    """The cell must not be empty."""
    return Rule(pl.col(cell).is_null(), says(f"{label} is empty: {why}"))


def money_rules(label: str, cell: str) -> list[Rule]:
    """A cell that holds anything must hold an amount of yuan of at least 0."""
    text = pl.col(cell)
    negative = text.str.contains(r"^[¥￥]? *[-－−] *[¥￥]? *[0-9]")
    unreadable = text.is_not_null() & values.cents(text).is_null()
    return [
        Rule(negative, quotes(label, text, "an amount must not be negative")),
        Rule(unreadable & ~negative, quotes(label, text, "an amount is written like 1,234.50, in yuan")),
    ]


def _identifier_rules(label: str, cell: str) -> list[Rule]:
    text = pl.col(cell)
    lost = text.str.contains(values.LOST_DIGITS)
    return [
        Rule(
            lost,
            quotes(label, text, "a spreadsheet made a number of it and lost its last digits; export it as text"),
        )
    ]


def _time_rules(label: str, cell: str) -> list[Rule]:
    text, time = pl.col(cell), pl.col(f"{cell}_at")
    return [
        Rule(
            text.is_not_null() & time.is_null(),
            quotes(label, text, "a time is written like 2026-11-11 20:15:00, Beijing time"),
        ),
        Rule(
            (time < pl.lit(EARLIEST)) | (time >= pl.lit(LATEST)),
            quotes(label, text, "only the years 2015 to 2100 are taken"),
        ),
    ]


def _text_rules(label: Callable[[str], str]) -> list[Rule]:
    """All texts in two rules, so that a sound row is looked at twice and not twice per column."""

    def each(broken: Callable[[pl.Expr], pl.Expr], complaint: Callable[[str], pl.Expr]) -> Callable[[], pl.Expr]:
        said = [pl.when(broken(pl.col(cell))).then(complaint(label(cell))) for cell in TEXTS]
        return lambda: pl.concat_str(said, separator="; ", ignore_nulls=True)

    def too_long(text: pl.Expr) -> pl.Expr:
        return text.str.len_chars() > LONGEST_TEXT

    def damaged(text: pl.Expr) -> pl.Expr:
        return text.str.contains(values.CONTROL)

    together = pl.concat_str(TEXTS, separator=" ", ignore_nulls=True)
    return [
        Rule(
            pl.max_horizontal(pl.col(TEXTS).str.len_chars()) > LONGEST_TEXT,
            each(too_long, lambda name: pl.lit(f"{name} has more than {LONGEST_TEXT} characters")),
        ),
        Rule(
            damaged(together),
            each(damaged, lambda name: pl.lit(f"{name} holds a control character: it was damaged")),
        ),
    ]


def shared_rules(labels: Mapping[str, str]) -> list[Rule]:
    """What every order line must obey, whatever its format."""

    def label(cell: str) -> str:
        return labels.get(cell, cell)

    order_no, qty, sold = pl.col("order_no"), pl.col("qty"), pl.col("sold_qty")
    malformed = ~order_no.str.contains(ORDER_NO) & ~order_no.str.contains(values.LOST_DIGITS)
    no_count = qty.is_not_null() & (sold.is_null() | (sold < 1))
    before = quotes(label("paid"), pl.col("paid"), f"that is before {label('created')}")
    return [
        missing(label("order_no"), "order_no", "without it the row belongs to no order"),
        *_identifier_rules(label("order_no"), "order_no"),
        Rule(malformed, quotes(label("order_no"), order_no, "an order number is 6 to 64 letters and digits")),
        *_identifier_rules(label("line_key"), "line_key"),
        missing(label("sold_sku"), "sold_sku", "without a merchant code nobody knows what to pack"),
        *_identifier_rules(label("sold_sku"), "sold_sku"),
        missing(label("qty"), "qty", "how many were sold?"),
        Rule(no_count, quotes(label("qty"), qty, "a quantity must be a whole number of at least 1")),
        Rule(sold > MOST_UNITS, quotes(label("qty"), qty, f"more than {MOST_UNITS} units in one line")),
        missing(label("created"), "created", "when was the order placed?"),
        *_time_rules(label("created"), "created"),
        *_time_rules(label("paid"), "paid"),
        *_time_rules(label("promise"), "promise"),
        Rule(pl.col("paid_at") < pl.col("created_at"), before),
        missing(label("province"), "province", "where should the parcel go?"),
        *_text_rules(label),
    ]
