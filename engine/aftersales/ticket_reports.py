"""What do all reports of a ticket say together? Of each field the newest word, in whatever order they came in.

A report that leaves a field empty says nothing of it. Reports as of one moment are put in the order of their digests,
so that every order of arrival and every repetition ends the same.
"""

import polars as pl

from engine.model.frames import INSTANT, Contract

REPORTS: Contract = {
    # A stored report: ticket_reports without its version.
    "ticket_id": pl.String,
    "digest": pl.Int64,
    "told_at": INSTANT,
    "order_id": pl.String,
    "sub_order_no": pl.String,
    "sku": pl.String,
    "buyer": pl.String,
    "claim": pl.String,
    "reason": pl.String,
    "said": pl.String,
    "asked_at": INSTANT,
    "refund_cents": pl.Int64,
    "return_waybill_no": pl.String,
    "returned_at": INSTANT,
    "refunded_at": INSTANT,
    "closed_at": INSTANT,
    "details": pl.String,
}

FIELDS = tuple(name for name in REPORTS if name not in ("ticket_id", "digest", "told_at"))
"""What a report says of a ticket."""


def together(reports: pl.DataFrame) -> pl.DataFrame:
    """One row a ticket: ticket_id and FIELDS, of REPORTS with each report once."""
    return (
        reports.sort("ticket_id", "told_at", "digest")
        .group_by("ticket_id", maintain_order=True)
        .agg(pl.col(name).drop_nulls().last() for name in FIELDS)
        .with_columns(pl.col("said").fill_null(""))
    )


def ended() -> pl.Expr:
    """Whether the platform has nothing left to do for a ticket: the money went back, or it closed it."""
    return pl.col("refunded_at").is_not_null() | pl.col("closed_at").is_not_null()
