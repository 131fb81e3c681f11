"""Frame contracts: for each frame that crosses a boundary, its columns, types and units, in one place.

A contract is a mapping from column to Polars type. `conform` puts columns in order and asserts the types:
a mismatch is a bug of ours, never of the outside, and so it raises AssertionError.
"""

from collections.abc import Mapping

import polars as pl

Contract = Mapping[str, pl.DataType | type[pl.DataType]]

INSTANT = pl.Datetime("us", "UTC")

ROWS: Contract = {
    # One row of an export or one line of an API order, after parsing, before it becomes part of an order.
    "row": pl.Int64,  # as a spreadsheet counts: the header is row 1; for JSON the 1-based place of the order
    "platform": pl.String,
    "order_no": pl.String,
    "line_key": pl.String,  # sub-order number, else line number, else the SKU: tells lines of one order apart
    "sold_sku": pl.String,  # merchant code as sold: a SKU or a kit
    "sold_qty": pl.Int64,
    "amount_cents": pl.Int64,  # paid for this line
    "created_at": INSTANT,
    "paid_at": INSTANT,  # null while unpaid
    "promise_at": INSTANT,  # pick-up deadline; null: the policy's default counts
    "fate": pl.String,  # Fate
    "show_id": pl.String,  # null: found by payment time
    "anchor": pl.String,
    "receiver": pl.String,  # masked by the platform
    "phone": pl.String,  # masked
    "province": pl.String,
    "city": pl.String,
    "district": pl.String,
    "street": pl.String,
    "address": pl.String,  # masked
    "adcode": pl.String,  # 6 digits of the finest known division; null: not resolved
}

FAULTS: Contract = {
    # Rows that cannot be taken, each with every sentence that is wrong with it.
    "row": pl.Int64,
    "order_id": pl.String,  # platform:order_no where it could be read, else null
    "raw": pl.String,  # the row as it came, as a JSON object
    "fault": pl.String,  # sentences joined by "; "
}

ORDERS: Contract = {
    # One paid (or refunded, or cancelled) order, ready for a decision.
    "order_id": pl.String,  # platform:order_no
    "platform": pl.String,
    "order_no": pl.String,
    "show_id": pl.String,
    "anchor": pl.String,
    "buyer": pl.String,  # masked receiver and phone in one key: the same buyer gives the same key
    "province": pl.String,
    "city": pl.String,
    "district": pl.String,
    "street": pl.String,
    "address": pl.String,
    "adcode": pl.String,
    "created_at": INSTANT,
    "paid_at": INSTANT,
    "promise_at": INSTANT,
    "amount_cents": pl.Int64,
    "list_cents": pl.Int64,  # what the catalogue asks for the same lines; 0 where it has no price
    "units": pl.Int64,  # units as sold, a kit counts once
    "fate": pl.String,
    "fingerprint": pl.Int64,  # of the lines: tells a repeated order from another order under the same number
    "rows": pl.Int64,  # rows of the source that make up this order
    "row": pl.Int64,  # the first of them
}

LINES: Contract = {
    # Components of orders: kits are exploded, one row a physical SKU.
    "order_id": pl.String,
    "line_no": pl.Int32,
    "sold_sku": pl.String,
    "sold_qty": pl.Int32,
    "kit": pl.String,  # the kit's code, null for a single SKU
    "sku": pl.String,
    "qty": pl.Int32,
    "amount_cents": pl.Int64,  # of the sold line, on its first component; 0 on the others, so that sums are right
}


def conform(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The frame with exactly the contract's columns in its order; asserts the types."""
    shaped = frame.select(list(contract))
    schema = shaped.schema  # built anew at every access, about 30 us
    wrong = {c: schema[c] for c, t in contract.items() if schema[c] != t}
    assert not wrong, f"columns with another type than agreed: {wrong}"
    return shaped


def empty(contract: Contract) -> pl.DataFrame:
    """A frame of this contract with no rows."""
    return pl.DataFrame(schema=dict(contract))
