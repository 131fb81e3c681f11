"""A tiny brand, map and evening that the intake tests share."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from engine.intake.assemble import Catalogue, OrderBatch, assemble
from engine.intake.parsed import Parsed
from engine.intake.regions import Gazetteer
from engine.model.frames import INSTANT

NOW = datetime(2026, 11, 11, 16, tzinfo=UTC)

CATALOGUE = Catalogue(
    frozenset({"RICE-5", "OIL-5", "SOY-1"}),
    {"KIT-HOME": (("RICE-5", 1), ("OIL-5", 2))},
    {"RICE-5": 2990, "OIL-5": 7990, "KIT-HOME": 17990},
)

GAZETTEER = Gazetteer(
    pl.DataFrame(
        [
            ("310000", "province", "上海市", None, None, 31.2, 121.5, "上海"),
            ("310100", "city", "上海市", "上海市", None, 31.2, 121.5, "上海|市辖区"),
            ("310115", "district", "上海市", "上海市", "浦东新区", 31.2, 121.5, "浦东"),
            ("450000", "province", "广西壮族自治区", None, None, 22.8, 108.3, "广西"),
            ("450100", "city", "广西壮族自治区", "南宁市", None, 22.8, 108.3, "南宁"),
            ("450103", "district", "广西壮族自治区", "南宁市", "青秀区", 22.8, 108.4, "青秀"),
            ("150000", "province", "内蒙古自治区", None, None, 40.8, 111.7, "内蒙古"),
            ("420000", "province", "湖北省", None, None, 30.5, 114.3, "湖北"),
            ("429004", "district", "湖北省", None, "仙桃市", 30.4, 113.4, "仙桃"),
            ("320000", "province", "江苏省", None, None, 32.1, 118.8, "江苏"),
            ("320100", "city", "江苏省", "南京市", None, 32.1, 118.8, None),
            ("320106", "district", "江苏省", "南京市", "鼓楼区", 32.1, 118.8, None),
            ("320300", "city", "江苏省", "徐州市", None, 34.3, 117.2, None),
            ("320302", "district", "江苏省", "徐州市", "鼓楼区", 34.3, 117.2, None),
            ("441900", "city", "广东省", "东莞市", None, 23.0, 113.7, None),
            ("440000", "province", "广东省", None, None, 23.1, 113.3, None),
        ],
        schema=["adcode", "level", "province", "city", "district", "lat", "lon", "aliases"],
        orient="row",
    )
)

SHOWS = pl.DataFrame(
    {
        "show_id": ["shelf", "evening", "encore", "kuai"],
        "platform": [None, "douyin", "douyin", "kuaishou"],
        "starts_at": [
            None,
            datetime(2026, 11, 11, 12, tzinfo=UTC),
            datetime(2026, 11, 11, 14, tzinfo=UTC),
            datetime(2026, 11, 11, 12, tzinfo=UTC),
        ],
        "ends_at": [
            None,
            datetime(2026, 11, 11, 15, tzinfo=UTC),
            datetime(2026, 11, 11, 14, 30, tzinfo=UTC),
            datetime(2026, 11, 11, 15, tzinfo=UTC),
        ],
    },
    schema={"show_id": pl.String, "platform": pl.String, "starts_at": INSTANT, "ends_at": INSTANT},
)

EXPORT_ROW = {
    "主订单编号": "'6917850279910006064",
    "子订单编号": "'69178502799100060641",
    "选购商品": "五常大米",
    "商品数量": "2",
    "商家编码": "RICE-5",
    "商品单价": "29.90",
    "订单应付金额": "59.80",
    "收件人": "赵**",
    "收件人手机号": "136****6276",
    "省": "上海市",
    "市": "上海市",
    "区": "浦东新区",
    "街道": "陆家嘴街道",
    "详细地址": "******",
    "订单提交时间": "2026-11-11 20:14:15",
    "支付完成时间": "2026-11-11 20:14:20",
    "承诺发货时间": "-",
    "达人昵称": "粮油小杨",
    "订单状态": "待发货",
    "售后状态": "-",
    "取消原因": "-",
}

ORDER: dict[str, Any] = {
    "platform": "douyin",
    "order_no": "6917850279910006064",
    "created_at": "2026-11-11T20:14:15+08:00",
    "paid_at": "2026-11-11T20:14:20+08:00",
    "status": "paid",
    "anchor": "粮油小杨",
    "buyer": {"name": "赵**", "phone": "136****6276"},
    "address": {"province": "上海", "city": "上海市", "district": "浦东新区", "street": "陆家嘴街道"},
    "lines": [{"sku": "RICE-5", "qty": 2, "amount_yuan": "59.80"}],
}


def export(*rows: Mapping[str, str]) -> pl.DataFrame:
    """A table as read from a Douyin export: EXPORT_ROW, each row with some cells changed."""
    told = [{**EXPORT_ROW, **row} for row in rows]
    table = pl.DataFrame(told, schema=dict.fromkeys(dict.fromkeys(k for row in told for k in row), pl.String))
    return table.select(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row"), pl.all())


def as_csv(rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The text of a CSV file of these rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def gathered(parsed: Parsed, *, promise_hours: int = 48) -> OrderBatch:
    """Orders of the tiny world."""
    return assemble(
        parsed,
        catalogue=CATALOGUE,
        gazetteer=GAZETTEER,
        now=NOW,
        promise_hours=promise_hours,
        shows=SHOWS,
    )
