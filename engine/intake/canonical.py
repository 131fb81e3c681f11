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

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.fields import CELLS, Format, find_header, interpret, missing, money_rules, shared_rules
from engine.intake.parsed import Parsed
from engine.intake.verdict import Rule, quotes
from engine.model.states import Fate, Platform

HEADERS: dict[str, tuple[str, ...]] = {
    "platform": ("platform",),
    "order_no": ("order_no",),
    "line_key": ("line_key", "line_no"),
    "created": ("created_at",),
    "paid": ("paid_at",),
    "promise": ("promise_at",),
    "status": ("status",),
    "show_id": ("show_id",),
    "anchor": ("anchor",),
    "receiver": ("receiver", "name"),
    "phone": ("phone",),
    "province": ("province",),
    "city": ("city",),
    "district": ("district",),
    "street": ("street",),
    "address": ("address", "detail"),
    "sold_sku": ("sku",),
    "qty": ("qty",),
    "amount": ("amount_yuan",),
}
"""Cell -> the headers it may stand under in a flat table."""

REQUIRED = ("platform", "order_no", "created", "paid", "status", "province", "sold_sku", "qty", "amount")

_ORDER = ("platform", "order_no", "created_at", "paid_at", "promise_at", "status", "show_id", "anchor")
_BUYER = ("name", "phone")
_ADDRESS = ("province", "city", "district", "street", "detail")
_LINE = ("line_key", "sku", "qty", "amount_yuan")
_NESTED = (
    "platform", "order_no", "created", "paid", "promise", "status", "show_id", "anchor", "receiver", "phone",
    "province", "city", "district", "street", "address", "line_key", "sold_sku", "qty", "amount",
)  # fmt: skip
"""The cells of a nested order, in the order of _ORDER, _BUYER, _ADDRESS, _LINE."""

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
            "properties": {"province": {**_TEXT, "type": "string"}, **dict.fromkeys(_ADDRESS[1:], _TEXT)},
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
        *[(nothing if (header := found[cell]) is None else values.cell(header)).alias(cell) for cell in CELLS],
    )
    labels = {cell: found[cell] or names[0] for cell, names in HEADERS.items()}
    return interpret(cells.with_columns(_TIDY), _format(labels), source=table, read=table.height)


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
                told.append((number, None, *_flat_line(order)))
                lone_lines.add(number)
            else:
                told.extend((number, None, *line) for line in _lines_of(order))
        except _Torn as torn:
            told.append((number, str(torn), *_who(order), *[None] * (len(_NESTED) - 2)))
    names = ("row", "broken", *_NESTED)
    columns = dict(zip(names, zip(*told, strict=True), strict=True)) if told else {}
    schema = {"row": pl.Int64, **dict.fromkeys(names[1:], pl.String)}
    cells = pl.DataFrame(columns, schema=schema).select("row", "broken", *_NESTED_CELLS).with_columns(_TIDY)
    return interpret(
        cells,
        _NESTED_FORMAT,
        source=orders,
        read=len(orders),
        whole_orders=True,
        lone_lines=frozenset(lone_lines),
    )


def unfolded(order: object) -> object:
    """The order with its lines, buyer and address as values where they came as JSON text, as in a cell of a table."""
    if not isinstance(order, dict):
        return order
    told = order
    for name in ("lines", "buyer", "address"):
        text = order.get(name)
        if isinstance(text, str) and text[:1] in ("[", "{"):
            try:
                told = {**told, name: json.loads(text, parse_float=str)}
            except (json.JSONDecodeError, RecursionError):
                continue  # it stays the text it is, and the rules refuse it
    return told


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


_TIDY = (
    pl.col("platform", "status").str.to_lowercase(),
    *(values.identifier(pl.col(cell)).alias(cell) for cell in ("order_no", "line_key", "sold_sku")),
)
_NESTED_CELLS = tuple(values.cell(cell).alias(cell) for cell in CELLS)
_NESTED_FORMAT = _format(_NESTED_LABELS)


class _Torn(Exception):
    """The order is not of the shape that lines can be read from. Never leaves this file."""


def _lines_of(order: object) -> list[tuple[str | None, ...]]:
    """The lines of one order as cells (_NESTED). Raises _Torn with the sentence."""
    if not isinstance(order, dict):
        raise _Torn("this is not a JSON object: an order is one object with its lines inside")
    lines = order.get("lines")
    if not isinstance(lines, list) or not lines:
        raise _Torn("lines is empty or no list: an order has at least one line")
    head = (
        *_cells(order, _ORDER, ""),
        *_cells(_inside(order, "buyer"), _BUYER, "buyer."),
        *_cells(_inside(order, "address"), _ADDRESS, "address."),
    )
    told: list[tuple[str | None, ...]] = []
    times: dict[str, int] = {}
    for line in lines:
        if not isinstance(line, dict):
            raise _Torn("a line is no JSON object: a line has sku, qty and amount_yuan")
        key, sku, qty, amount = _cells(line, _LINE, "lines.")
        key = key or sku
        if key is not None:
            times[key] = times.get(key, 0) + 1
            key = key if times[key] == 1 else f"{key}#{times[key]}"
        told.append((*head, key, sku, qty, amount))
    return told


def _flat_line(line: Mapping[str, object]) -> list[str | None]:
    """One line as cells (_NESTED), from an object that carries its order's fields beside its own."""
    names = [next((name for name in HEADERS[cell] if name in line), HEADERS[cell][0]) for cell in _NESTED]
    return _cells(line, names, "")


def _inside(order: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = order.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Torn(f"{name} is no JSON object")
    return value


def _cells(holder: Mapping[str, object], names: Sequence[str], prefix: str) -> list[str | None]:
    told: list[str | None] = []
    for name in names:
        value = holder.get(name)
        told.append(value if value is None else _text(value, prefix + name))
    return told


def _text(value: object, label: str) -> str:
    """A JSON scalar as the text a person would have typed. Raises _Torn for anything else."""
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise _Torn(f"{label} holds half a character: it was cut or damaged") from None
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) >= values.TOO_LARGE:
            raise _Torn(f'{label} is "{str(value)[:40]}": so large a number must be sent as text, or it loses digits')
        return str(value)
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise _Torn(f"{label} is a list or an object: a text or a number belongs there")


def _who(order: object) -> tuple[str | None, str | None]:
    """Platform and number of an order that cannot be read, as far as they can."""
    if not isinstance(order, dict):
        return None, None
    platform, order_no = order.get("platform"), order.get("order_no")
    known = isinstance(platform, str) and platform.isascii()
    numbered = isinstance(order_no, str) and order_no.isascii()
    return (platform if known else None), (order_no if numbered else None)
