"""The order export of a Douyin shop (抖店) -> rows and faults.

The merchant chooses the columns and their order, so they are found by name. One row is one sub-order. Times are
Beijing time, 商品金额 is the price of one unit, and 已关闭 means three things that only the payment time and 售后状态
tell apart. A status that is not listed here is refused: a guess would ship a refunded order or forget a paid one.
"""

import polars as pl

from engine.errors import BadFile
from engine.intake import values
from engine.intake.fields import CELLS, QUANTITY, Format, find_header, interpret, missing, money_rules, shared_rules
from engine.intake.parsed import Parsed
from engine.intake.verdict import Rule, quotes, says
from engine.model.states import Fate, Platform

HEADERS: dict[str, tuple[str, ...]] = {
    "order_no": ("主订单编号",),
    "line_key": ("子订单编号",),
    "sold_sku": ("商家编码", "货号"),
    "qty": ("商品数量",),
    "price": ("商品单价", "商品金额"),
    "amount": ("订单应付金额",),
    "created": ("订单提交时间",),
    "paid": ("支付完成时间",),
    "promise": ("承诺发货时间",),
    "status": ("订单状态",),
    "aftersale": ("售后状态",),
    "reason": ("取消原因",),
    "anchor": ("达人昵称",),
    "receiver": ("收件人",),
    "phone": ("收件人手机号",),
    "province": ("省",),
    "city": ("市",),
    "district": ("区",),
    "street": ("街道",),
    "address": ("详细地址",),
}
"""Cell -> the headers it may stand under, the usual one first. 选购商品 and 商品名称 name the goods for people only."""

REQUIRED = ("order_no", "sold_sku", "qty", "created", "paid", "status", "province")

UNPAID_STATUS = ("待确认", "待支付", "待付款", "部分支付")
LIVE_STATUS = (
    "已支付", "已付款", "待发货", "备货中", "部分发货", "已发货", "待收货", "已收货", "已签收", "已完成",
)  # fmt: skip
CLOSED_STATUS = ("已关闭", "已取消", "交易关闭")
REFUNDED_STATUS = ("售后关闭",)

REFUND_DONE = r"退款成功|已全额退款|售后完成"
REFUND_PART = r"部分退款"
AFTERSALE_OPEN = (
    "售后处理中", "退款中", "退款处理中", "退货中", "待商家处理", "待商家同意", "待商家审核", "待商家收货",
    "待买家处理", "待买家退货", "待退货", "换货中", "换货成功", "补寄中", "补寄成功", "维修中",
    "平台处理中", "仲裁中", "售后关闭", "退款关闭", "退款失败", "售后已关闭", "售后取消", "商家拒绝", "已拒绝",
)  # fmt: skip
"""售后状态 words under which the order still stands: asked for, refused, withdrawn, or something other than money."""

NOT_PAID_REASON = "未付款|未支付|超时未支付"


def parse_douyin(table: pl.DataFrame) -> Parsed:
    """Rows of a Douyin order export, as `files.read_table` gives it. Raises BadFile where a needed column is absent."""
    found = {cell: find_header(table.columns, names) for cell, names in HEADERS.items()}
    lacking = [" or ".join(HEADERS[cell]) for cell in REQUIRED if found[cell] is None]
    if found["amount"] is None and found["price"] is None:
        lacking.append("订单应付金额 or 商品单价")
    if lacking:
        raise BadFile(f"The Douyin export has no column {', '.join(lacking)}. Select it in the export and try again.")
    nothing = pl.lit(None, dtype=pl.String)
    cells = table.select(
        "row",
        (pl.col("broken") if "broken" in table.columns else nothing).alias("broken"),
        *[
            (nothing if (header := found.get(cell)) is None else values.cell(header)).alias(cell)
            for cell in dict.fromkeys((*CELLS, *HEADERS))
        ],
    ).with_columns(
        pl.lit(Platform.DOUYIN.value).alias("platform"),
        *[values.identifier(pl.col(cell)).alias(cell) for cell in ("order_no", "line_key", "sold_sku")],
    )
    labels = {cell: found[cell] or names[0] for cell, names in HEADERS.items()}
    rules = [*shared_rules(labels), *_rules(labels)]
    return interpret(cells, Format(fate=_fate(), amount=_amount(), rules=rules), source=table, read=table.height)


def _amount() -> pl.Expr:
    """订单应付金额 is for the whole line; where it is empty, the unit price times the quantity."""
    by_unit = values.cents(pl.col("price")) * QUANTITY
    return pl.when(pl.col("amount").is_null()).then(by_unit).otherwise(values.cents(pl.col("amount")))


def _fate() -> pl.Expr:
    status, unpaid = pl.col("status"), pl.col("paid").is_null()
    return (
        pl.when(unpaid & status.is_in([*CLOSED_STATUS, *UNPAID_STATUS]))
        .then(pl.lit(Fate.UNPAID.value))
        .when(_refunded())
        .then(pl.lit(Fate.REFUNDED.value))
        .when(status.is_in(CLOSED_STATUS))
        .then(pl.lit(Fate.CANCELLED.value))
        .when(status.is_in(LIVE_STATUS))
        .then(pl.lit(Fate.PAID.value))
    )


def _refunded() -> pl.Expr:
    done, part = pl.col("aftersale").str.contains(REFUND_DONE), pl.col("aftersale").str.contains(REFUND_PART)
    return (done & ~part).fill_null(value=False) | pl.col("status").is_in(REFUNDED_STATUS).fill_null(value=False)


def _rules(labels: dict[str, str]) -> list[Rule]:
    status, aftersale, unpaid = pl.col("status"), pl.col("aftersale"), pl.col("paid").is_null()
    words = [*UNPAID_STATUS, *LIVE_STATUS, *CLOSED_STATUS, *REFUNDED_STATUS]
    known_aftersale = aftersale.str.contains(f"{REFUND_DONE}|{REFUND_PART}") | aftersale.is_in(AFTERSALE_OPEN)
    went_on = status.is_in([*LIVE_STATUS, *REFUNDED_STATUS]) | _refunded()
    never_paid = status.is_in(UNPAID_STATUS) | (
        status.is_in(CLOSED_STATUS) & pl.col("reason").str.contains(NOT_PAID_REASON)
    )
    money = [*money_rules(labels["amount"], "amount"), *money_rules(labels["price"], "price")]
    no_money = pl.col("amount").is_null() & pl.col("price").is_null()
    return [
        Rule(no_money, says(f"{labels['amount']} and {labels['price']} are empty: what was paid?")),
        *money,
        missing(labels["status"], "status", "is the order paid, closed or refunded?"),
        Rule(~status.is_in(words), quotes(labels["status"], status, "this status is not known")),
        Rule(~known_aftersale, quotes(labels["aftersale"], aftersale, "this after-sales status is not known")),
        Rule(
            unpaid & went_on,
            quotes(labels["status"], status, f"but {labels['paid']} is empty; was the order paid or not?"),
        ),
        Rule(
            ~unpaid & never_paid,
            quotes(labels["status"], status, f"but {labels['paid']} is given; was the order paid or not?"),
        ),
    ]
