"""The after-sales export of a Douyin shop (抖店) -> tickets and faults.

Columns are found by name, as in the order export. One row is one after-sales ticket (售后单号). A type that is not
listed here is refused: a guess would promise the wrong thing to a buyer.
"""

from datetime import datetime

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.fields import find_header
from engine.intake.ticket_fields import CELLS, IDENTIFIERS, ParsedTickets, interpret_tickets
from engine.model.states import Platform
from engine.model.tickets import Claim

HEADERS: dict[str, tuple[str, ...]] = {
    "ticket_no": ("售后单号",),
    "order_no": ("主订单编号", "订单号", "订单编号"),
    "sub_order_no": ("子订单编号", "商品单号"),
    "sku": ("商家编码", "货号"),
    "claim": ("售后类型",),
    "reason": ("售后原因",),
    "text": ("用户售后说明",),
    "asked": ("售后申请时间",),
    "refund": ("退款金额", "退款金额(元)", "申请退款金额"),
    "return_waybill_no": ("退货物流单号",),
    "returned": ("退货发货时间",),
}
"""Cell -> the headers it may stand under, the usual one first."""

REQUIRED = ("ticket_no", "claim", "asked")

REFUNDED = ("商家退款时间", "用户到账时间")
CLOSED = ("售后关闭时间", "售后完结时间")
"""Each pair is one moment to the room: the earlier step where there is one, else the later."""

LAST_STEPS = ("售后完结时间", "用户到账时间", "同意售后申请时间")
"""An export does not say when it was made: it speaks as of the newest of these and all other moments of a row."""

ALSO = ("售后原因标签", "同意售后申请时间", "仲裁状态", "纠纷责任方", "售后备注", *REFUNDED, *CLOSED)
"""Columns that are kept as details of the ticket."""

UNKNOWN_CLAIM = "this after-sales type is not known, unlike 仅退款, 退货退款, 换货, 补寄 and their kinds"
_NOTHING = pl.lit(None, dtype=pl.String)

CLAIMS: tuple[tuple[str, Claim], ...] = (
    ("补寄", Claim.RESHIP),
    ("换货|维修", Claim.EXCHANGE),
    ("退货", Claim.RETURN),
    ("仅退款|极速退款|退款|价保|保价|补差", Claim.REFUND),
)
"""Words of 售后类型, looked for in this order: 未发货仅退款 is a refund, 退货退款 a return."""


def parse_douyin_tickets(table: pl.DataFrame, *, now: datetime) -> ParsedTickets:
    """Rows of an after-sales export, as `files.read_table` gives it. Raises BadFile where a needed column is absent."""
    found = {cell: find_header(table.columns, names) for cell, names in HEADERS.items()}
    lacking = [" or ".join(HEADERS[cell]) for cell in REQUIRED if found[cell] is None]
    if lacking:
        raise BadFile(
            f"The after-sales export has no column {', '.join(lacking)}. Select it in the export and try again."
        )
    there = {name: values.cell(name) for name in ALSO if find_header(table.columns, (name,)) is not None}

    def first_of(names: tuple[str, ...]) -> pl.Expr:
        return pl.coalesce([there[name] for name in names if name in there] or [_NOTHING])

    told = {cell: _NOTHING if (header := found.get(cell)) is None else values.cell(header) for cell in CELLS}
    told |= {"platform": pl.lit(Platform.DOUYIN.value), "details": _details(there)}
    told |= {"refunded": first_of(REFUNDED), "closed": first_of(CLOSED), "told": first_of(LAST_STEPS)}
    tag = there.get("售后原因标签", _NOTHING)
    told["reason"] = pl.concat_str([told["reason"], tag], separator=" / ", ignore_nulls=True).replace("", None)
    told |= {cell: values.identifier(told[cell]) for cell in IDENTIFIERS}
    broken = pl.col("broken") if "broken" in table.columns else _NOTHING
    cells = table.select("row", broken.alias("broken"), *[text.alias(cell) for cell, text in told.items()])
    labels = {cell: found.get(cell) or names[0] for cell, names in HEADERS.items()}
    labels |= {"refunded": REFUNDED[0], "closed": CLOSED[0], "told": LAST_STEPS[-1]}
    return interpret_tickets(cells, labels, _claim(), UNKNOWN_CLAIM, source=table, now=now)


def _claim() -> pl.Expr:
    text = pl.col("claim")
    asked = pl.lit(None, dtype=pl.String)
    for words, claim in reversed(CLAIMS):
        asked = pl.when(text.str.contains(words)).then(pl.lit(claim.value)).otherwise(asked)
    return asked


def _details(there: dict[str, pl.Expr]) -> pl.Expr:
    """A JSON object of those columns that are filled; `{}` where none is."""
    if not there:
        return pl.lit("{}")
    pairs = [
        pl.when(text.is_not_null()).then(pl.concat_str(pl.lit(f'"{name}":'), _quoted(text)))
        for name, text in there.items()
    ]
    return pl.concat_str(pl.lit("{"), pl.concat_str(pairs, separator=",", ignore_nulls=True), pl.lit("}"))


def _quoted(text: pl.Expr) -> pl.Expr:
    """A text as JSON: the value of the object {"t": text}."""
    return pl.struct(text.alias("t")).struct.json_encode().str.slice(5).str.head(-1)
