"""The room's own ticket format, as JSON (API, .json, .jsonl) or as a flat table, a row a ticket -> tickets and faults.

{"platform": "douyin",              douyin | kuaishou | channels | other
 "ticket_no": "7294417900011",      a string: 6 to 64 letters, digits, - or _
 "order_no": "6931500012345678",    null where the source names none; then sub_order_no and sku say nothing either
 "sub_order_no": null, "sku": "OIL-PEANUT-5L",
 "buyer": {"name": "赵**", "phone": "136****6276"},   as orders carry it; null where unknown
 "claim": "refund",                 refund | return | exchange | reship | words
 "reason": "包装破损", "text": "一打开全是油，箱子都湿透了",
 "asked_at": "2026-11-13T09:15:03+08:00",     ISO 8601; without a zone it is Beijing time
 "refund_yuan": "59.90",
 "return_waybill_no": null, "returned_at": null, "refunded_at": null, "closed_at": null,
 "updated_at": "2026-11-13T09:20:00+08:00",   as of when all this is said; null: the newest moment in it
 "details": {"arbitration": "none"}}          anything else worth keeping
"""

from datetime import datetime

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.fields import find_header
from engine.intake.ticket_fields import CELLS, IDENTIFIERS, ParsedTickets, interpret_tickets
from engine.model.tickets import Claim

HEADERS: dict[str, str] = {
    **{cell: cell for cell in CELLS},
    "asked": "asked_at", "returned": "returned_at", "refunded": "refunded_at", "closed": "closed_at",
    "refund": "refund_yuan", "told": "updated_at",
}  # fmt: skip
REQUIRED = ("ticket_no", "asked")

UNKNOWN_CLAIM = f"it is one of {', '.join(Claim)}"
_NOTHING = pl.lit(None, dtype=pl.String)


def parse_canonical_tickets(table: pl.DataFrame, *, now: datetime) -> ParsedTickets:
    """Tickets as `json_tables` or `files.read_table` cut them into text. Raises BadFile where a column is absent."""
    lacking = [HEADERS[cell] for cell in REQUIRED if HEADERS[cell] not in table.columns]
    if lacking and "broken" not in table.columns:
        raise BadFile(f"These tickets have no {', '.join(lacking)}.")
    told: dict[str, pl.Expr] = {}
    for cell, header in HEADERS.items():
        told[cell] = _NOTHING if find_header(table.columns, (header,)) is None else values.cell(header)
    told |= {cell: values.identifier(told[cell]) for cell in IDENTIFIERS}
    told |= {cell: told[cell].str.to_lowercase() for cell in ("platform", "claim")}
    told["buyer"] = _buyer(told["buyer"])
    broken = pl.col("broken") if "broken" in table.columns else _NOTHING
    cells = table.select("row", broken.alias("broken"), *[text.alias(cell) for cell, text in told.items()])
    claim = pl.when(pl.col("claim").is_in(list(Claim))).then("claim")
    return interpret_tickets(cells, HEADERS, claim, UNKNOWN_CLAIM, source=table, now=now)


def _buyer(text: pl.Expr) -> pl.Expr:
    """The key that orders carry: name|phone. An object comes as its JSON; a text is taken as that key."""
    name = text.str.extract(r'"name"\s*:\s*"([^"]*)"').fill_null("")
    phone = text.str.extract(r'"phone"\s*:\s*"([^"]*)"').fill_null("")
    key = pl.concat_str([name, phone], separator="|")
    return pl.when(text.str.starts_with("{")).then(pl.when(key != "|").then(key)).otherwise(text)
