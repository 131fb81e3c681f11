"""Do several rows agree on one order? Repeated rows become duplicates, contradictions become faults.

Works on frames.ROWS plus `order_id`; refuses to choose between two contents, but knows that an order's fate only
moves forward: of the same line told twice, the one that is further along counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from engine.model.states import Fate

ORDER_LEVEL = {
    "paid_at": "payment time",
    "fate": "status",
    "province": "province",
    "city": "city",
    "district": "district",
    "street": "street",
    "address": "address",
    "receiver": "receiver",
    "phone": "phone",
    "show_id": "show",
    "whole": "form: one is a whole order, another a single line",
}
"""What all rows of one order must say alike."""

LINE_LEVEL = {
    **{column: label for column, label in ORDER_LEVEL.items() if column not in ("fate", "whole")},
    "created_at": "creation time",
    "promise_at": "promised time",
    "anchor": "anchor",
    "content": "goods, quantity or amount",
}
"""What two rows about the same line must say alike; a later status is news, not a contradiction."""

FURTHER = {Fate.UNPAID: 0, Fate.PAID: 1, Fate.CANCELLED: 2, Fate.REFUNDED: 3}
"""How far along each fate is: nothing leads back. The order of rows in a file does not decide, since exports
are written newest first as often as oldest first."""


BY_ORDER = ("order_id",)
BY_LINE = ("order_id", "key")


@dataclass(frozen=True, slots=True)
class Settled:
    """kept: the rows that count. duplicates: order_id, row of those that only repeat. faults: row, order_id, fault."""

    kept: pl.DataFrame
    duplicates: pl.DataFrame
    faults: pl.DataFrame


def settle(rows: pl.DataFrame, *, whole: pl.Expr) -> Settled:
    """Sort out source rows that speak of the same order. `whole`: see Parsed.whole."""
    if rows["order_id"].n_unique() == rows["row"].n_unique():  # one source row an order: nobody to disagree with
        return Settled(
            kept=rows,
            duplicates=pl.DataFrame(schema={"row": pl.Int64, "order_id": pl.String}),
            faults=pl.DataFrame(schema={"row": pl.Int64, "order_id": pl.String, "fault": pl.String}),
        )
    units = _units(rows, whole=whole)
    again = units.filter(pl.struct(BY_LINE).is_duplicated())
    clashes = _disagreeing(again, BY_LINE, LINE_LEVEL)
    last = units.sort("further", "row").unique(BY_LINE, keep="last")
    duplicates = again.join(last, on="row", how="anti").select("row", "order_id")
    quarrels = _disagreeing(last.filter(pl.col("order_id").is_duplicated()), BY_ORDER, ORDER_LEVEL)
    faults = [
        _told(again, clashes, BY_LINE, "are about the same thing"),
        _told(last, quarrels, BY_ORDER, "belong to one order"),
    ]
    return Settled(
        kept=rows.join(duplicates, on="row", how="anti", maintain_order="left"),
        duplicates=duplicates,
        faults=pl.concat(faults),
    )


def _units(rows: pl.DataFrame, *, whole: pl.Expr) -> pl.DataFrame:
    """The source rows of orders that several speak of, one row each: order_id, row, key (what it speaks of within its
    order), content, further, and the columns compared.
    """
    told = [c for c in {**ORDER_LEVEL, **LINE_LEVEL} if c not in ("content", "whole")]
    shared = rows.group_by("order_id").agg(several=pl.col("row").n_unique() > 1).filter("several")
    goods = pl.concat_str("line_key", "sold_sku", "sold_qty", "amount_cents", separator="\x1f")
    return (
        rows.join(shared, on="order_id", how="semi", maintain_order="left")
        .with_columns(content=goods, whole=whole)
        .group_by("order_id", "row", maintain_order=True)
        .agg(pl.first("whole", *told), pl.first("line_key").alias("key"), pl.col("content"))
        .with_columns(
            key=pl.when("whole").then(pl.lit("")).otherwise("key"),
            content=pl.col("content").list.sort().list.join("\x1e"),
            further=pl.col("fate").replace_strict(FURTHER, return_dtype=pl.Int8),
        )
    )


def _disagreeing(units: pl.DataFrame, by: Sequence[str], columns: Mapping[str, str]) -> pl.DataFrame:
    """The groups whose rows differ in one of these columns: `by`, and `differs`, the labels of those columns."""

    def values(column: str) -> pl.Expr:
        # An unpaid row has no payment time yet; that the paid row has one is news, not a contradiction.
        return pl.col(column).drop_nulls() if column == "paid_at" and len(by) > 1 else pl.col(column)

    named = [pl.when(values(column).n_unique() > 1).then(pl.lit(label)) for column, label in columns.items()]
    found = units.group_by(by).agg(differs=pl.concat_str(named, separator=", ", ignore_nulls=True))
    return found.filter(pl.col("differs") != "")


def _told(units: pl.DataFrame, groups: pl.DataFrame, by: Sequence[str], what: str) -> pl.DataFrame:
    """row, order_id, fault: the sentence for every row of the disagreeing groups."""
    numbers = pl.col("row").sort().cast(pl.String).str.join(", ").over(by)
    sentence = pl.concat_str(
        pl.lit("rows "),
        numbers,
        pl.lit(f" {what} but differ in "),
        pl.col("differs"),
    )
    return units.join(groups, on=by).select("row", "order_id", fault=sentence)
