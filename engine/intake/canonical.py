"""The room's own order format, as JSON (API, .json, .jsonl) or as a flat table, one row a line -> rows and faults.

An order as JSON; ORDER_SCHEMA says the same for machines:

    {"platform": "kuaishou",            douyin | kuaishou | channels | other
     "order_no": "2431500012345678",    a string: 6 to 64 letters, digits, - or _
     "created_at": "2026-11-11T20:15:03+08:00",   ISO 8601; without a zone it is Beijing time
     "paid_at": "2026-11-11T20:15:09+08:00",      null or absent while unpaid
     "promise_at": null,                pick-up deadline, where the platform names one
     "status": "paid",                  unpaid | paid | cancelled | refunded
     "show_id": null, "anchor": "粮油小杨",
     "buyer": {"name": "赵**", "phone": "136****6276"},
     "address": {"province": "四川省", "city": "乐山市", "district": "犍为县", "street": "寿保镇", "detail": "******"},
     "lines": [{"sku": "RICE-WC-5", "qty": 2, "amount_yuan": "53.80"}]}

`amount_yuan` is what was paid for the whole line. A line may carry a `line_key` that is unique in its order; without
one the SKU tells lines apart. A flat table has the columns platform, order_no, line_key, created_at, paid_at,
promise_at, status, show_id, anchor, receiver, phone, province, city, district, street, address, sku, qty,
amount_yuan. Numbers of 2^53 and more are refused as identifiers: half of all senders have rounded them.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.fields import CELLS, Format, find_header, interpret, missing, money_rules, shared_rules
from engine.intake.order_json import ADDRESS, HEADERS, NESTED, Torn, flat_line, order_lines, unfolded, who
from engine.intake.parsed import Parsed
from engine.intake.verdict import Rule, quotes
from engine.model.states import Fate, Platform

REQUIRED = ("platform", "order_no", "created", "paid", "status", "province", "sold_sku", "qty", "amount")

_NESTED_LABELS = {
    "created": "created_at",
    "paid": "paid_at",
    "promise": "promise_at",
    "receiver": "buyer.name",
    "phone": "buyer.phone",
    **{cell: f"address.{cell}" for cell in ("province", "city", "district", "street")},
    "address": "address.detail",
    "line_key": "lines.line_key",
    "sold_sku": "lines.sku",
    "qty": "lines.qty",
    "amount": "lines.amount_yuan",
}

_TEXT = {"type": ["string", "null"], "maxLength": 500}
_TIME = {"type": ["string", "null"], "description": "ISO 8601; without a zone it is Beijing time"}
ORDER_SCHEMA: dict[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "An order",
    "type": "object",
    "required": ["platform", "order_no", "created_at", "status", "address", "lines"],
    "properties": {
        "platform": {"enum": [platform.value for platform in Platform]},
        "order_no": {"type": "string", "pattern": "^[0-9A-Za-z_-]{6,64}$"},
        "created_at": {**_TIME, "type": "string"},
        "paid_at": {**_TIME, "description": "null while unpaid"},
        "promise_at": {**_TIME, "description": "pick-up deadline; null: the room's default promise"},
        "status": {"enum": [fate.value for fate in Fate]},
        "show_id": {**_TEXT, "description": "null: the show on air at the payment, else the shelf"},
        "anchor": _TEXT,
        "buyer": {"type": ["object", "null"], "properties": {"name": _TEXT, "phone": _TEXT}},
        "address": {
            "type": "object",
            "required": ["province"],
            "properties": {"province": {**_TEXT, "type": "string"}, **dict.fromkeys(ADDRESS[1:], _TEXT)},
        },
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku", "qty", "amount_yuan"],
                "properties": {
                    "line_key": {**_TEXT, "description": "unique in the order; absent: the SKU"},
                    "sku": {"type": "string", "description": "a SKU or a kit of the brand"},
                    "qty": {"type": "integer", "minimum": 1, "maximum": 9999},
                    "amount_yuan": {
                        "type": ["string", "number"],
                        "description": "paid for the whole line, at most two decimals",
                    },
                },
            },
        },
    },
}


def parse_canonical_table(table: pl.DataFrame) -> Parsed:
    """Rows of a flat table in the canonical format, as `files.read_table` gives it. BadFile where a column lacks."""
    found = {cell: find_header(table.columns, names) for cell, names in HEADERS.items()}
    lacking = [HEADERS[cell][0] for cell in REQUIRED if found[cell] is None]
    if lacking:
        raise BadFile(f"The table of orders has no column {', '.join(lacking)}.")
    nothing = pl.lit(None, dtype=pl.String)
    cells = table.select(
        "row",
        (pl.col("broken") if "broken" in table.columns else nothing).alias("broken"),
        *[_tidy(cell, nothing if (header := found[cell]) is None else values.cell(header)) for cell in CELLS],
    )
    labels = {cell: found[cell] or names[0] for cell, names in HEADERS.items()}
    return interpret(cells, _format(labels), source=table, read=table.height)


def parse_canonical_orders(orders: Sequence[object]) -> Parsed:
    """Orders as decoded JSON. Row n is the n-th order, whatever it is: what is no order becomes a fault.

    A flat object, with `sku` in place of `lines`, is one line, as in a table.
    """
    told: list[tuple[int | str | None, ...]] = []
    lone_lines: set[int] = set()
    for number, sent in enumerate(orders, start=1):
        order = unfolded(sent)
        try:
            if isinstance(order, dict) and "lines" not in order and "sku" in order:
                told.append((number, None, *flat_line(order)))
                lone_lines.add(number)
            else:
                told.extend((number, None, *line) for line in order_lines(order))
        except Torn as torn:
            told.append((number, str(torn), *who(order), *[None] * (len(NESTED) - 2)))
    names = ("row", "broken", *NESTED)
    columns = dict(zip(names, zip(*told, strict=True), strict=True)) if told else {}
    schema = {"row": pl.Int64, **dict.fromkeys(names[1:], pl.String)}
    cells = pl.DataFrame(columns, schema=schema).select("row", "broken", *_NESTED_CELLS)
    return interpret(
        cells,
        _NESTED_FORMAT,
        source=orders,
        read=len(orders),
        whole_orders=True,
        lone_lines=frozenset(lone_lines),
    )


def _format(labels: Mapping[str, str]) -> Format:
    platform, status, unpaid = pl.col("platform"), pl.col("status"), pl.col("paid").is_null()
    amount, paid = labels["amount"], labels["paid"]
    never_paid = unpaid & (status == Fate.CANCELLED.value)
    rules = [
        missing("platform", "platform", f"it is one of {', '.join(Platform)}"),
        Rule(~platform.is_in(list(Platform)), quotes("platform", platform, f"it is one of {', '.join(Platform)}")),
        missing("status", "status", f"it is one of {', '.join(Fate)}"),
        Rule(~status.is_in(list(Fate)), quotes("status", status, f"it is one of {', '.join(Fate)}")),
        Rule(
            unpaid & status.is_in([Fate.PAID.value, Fate.REFUNDED.value]),
            quotes("status", status, f"but {paid} is empty; was the order paid or not?"),
        ),
        Rule(
            ~unpaid & (status == Fate.UNPAID.value),
            quotes("status", status, f"but {paid} is given; was the order paid or not?"),
        ),
        missing(amount, "amount", "what was paid for this line?"),
        *money_rules(amount, "amount"),
    ]
    return Format(
        fate=pl.when(never_paid).then(pl.lit(Fate.UNPAID.value)).otherwise(status),
        amount=values.cents(pl.col("amount")),
        rules=[*shared_rules(labels), *rules],
    )


def _tidy(cell: str, text: pl.Expr) -> pl.Expr:
    if cell in ("platform", "status"):
        text = text.str.to_lowercase()
    elif cell in ("order_no", "line_key", "sold_sku"):
        text = values.identifier(text)
    return text.alias(cell)


_NESTED_CELLS = tuple(_tidy(cell, values.cell(cell)) for cell in CELLS)
_NESTED_FORMAT = _format(_NESTED_LABELS)
