"""One order as decoded JSON -> the cells of its lines, all text, as if a person had typed them into a table.

Asks only whether the shape is one that lines can be read from; what the cells say is judged by the rules.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from engine.intake.values import TOO_LARGE

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

_ORDER = ("platform", "order_no", "created_at", "paid_at", "promise_at", "status", "show_id", "anchor")
_BUYER = ("name", "phone")
ADDRESS = ("province", "city", "district", "street", "detail")
_LINE = ("line_key", "sku", "qty", "amount_yuan")
NESTED = (
    "platform", "order_no", "created", "paid", "promise", "status", "show_id", "anchor", "receiver", "phone",
    "province", "city", "district", "street", "address", "line_key", "sold_sku", "qty", "amount",
)  # fmt: skip
"""The cells of a nested order, in the order of _ORDER, _BUYER, ADDRESS, _LINE."""


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


class Torn(Exception):
    """The order is not of the shape that lines can be read from. Becomes a fault of its row."""


def order_lines(order: object) -> list[tuple[str | None, ...]]:
    """The lines of one order as cells (NESTED). Raises Torn with the sentence."""
    if not isinstance(order, dict):
        raise Torn("this is not a JSON object: an order is one object with its lines inside")
    lines = order.get("lines")
    if not isinstance(lines, list) or not lines:
        raise Torn("lines is empty or no list: an order has at least one line")
    head = (
        *_cells(order, _ORDER, ""),
        *_cells(_inside(order, "buyer"), _BUYER, "buyer."),
        *_cells(_inside(order, "address"), ADDRESS, "address."),
    )
    told: list[tuple[str | None, ...]] = []
    times: dict[str, int] = {}
    for line in lines:
        if not isinstance(line, dict):
            raise Torn("a line is no JSON object: a line has sku, qty and amount_yuan")
        key, sku, qty, amount = _cells(line, _LINE, "lines.")
        key = key or sku
        if key is not None:
            times[key] = times.get(key, 0) + 1
            key = key if times[key] == 1 else f"{key}#{times[key]}"
        told.append((*head, key, sku, qty, amount))
    return told


def flat_line(line: Mapping[str, object]) -> list[str | None]:
    """One line as cells (NESTED), from an object that carries its order's fields beside its own."""
    names = [next((name for name in HEADERS[cell] if name in line), HEADERS[cell][0]) for cell in NESTED]
    return _cells(line, names, "")


def _inside(order: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = order.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Torn(f"{name} is no JSON object")
    return value


def _cells(holder: Mapping[str, object], names: Sequence[str], prefix: str) -> list[str | None]:
    told: list[str | None] = []
    for name in names:
        value = holder.get(name)
        told.append(value if value is None else _text(value, prefix + name))
    return told


def _text(value: object, label: str) -> str:
    """A JSON scalar as the text a person would have typed. Raises Torn for anything else."""
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise Torn(f"{label} holds half a character: it was cut or damaged") from None
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) >= TOO_LARGE:
            raise Torn(f'{label} is "{str(value)[:40]}": so large a number must be sent as text, or it loses digits')
        return str(value)
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise Torn(f"{label} is a list or an object: a text or a number belongs there")


def who(order: object) -> tuple[str | None, str | None]:
    """Platform and number of an order that cannot be read, as far as they can."""
    if not isinstance(order, dict):
        return None, None
    platform, order_no = order.get("platform"), order.get("order_no")
    known = isinstance(platform, str) and platform.isascii()
    numbered = isinstance(order_no, str) and order_no.isascii()
    return (platform if known else None), (order_no if numbered else None)
