"""What each provider's codes mean, one table a provider: the same digits mean different things at different ones.

Sources: kuaidi100's official Java demo (68a6ab4); KDNiao and SF as several public code bases and three real traces have
them. The trap of kuaidi100: its state 1 with 101 or 102 says that a courier was told to come; only 103 is a pick-up.
A bare 1 does not say which of the three it is, so it is no pick-up either: subscribe with resultv2=4 to be told.
"""

from collections.abc import Mapping
from typing import NamedTuple

from engine.model.tracking import Provider, Scan, Trouble


class Meaning(NamedTuple):
    """The scan that a code tells of, and the trouble where the scan is an exception."""

    scan: Scan
    trouble: Trouble | None = None


def _trouble(kind: Trouble) -> Meaning:
    return Meaning(Scan.EXCEPTION, kind)


KUAIDI100: Mapping[str, Meaning] = {
    "1": Meaning(Scan.LABELLED),  # 揽收, no matter how far
    "101": Meaning(Scan.LABELLED),  # 已下单
    "102": Meaning(Scan.LABELLED),  # 待揽收
    "103": Meaning(Scan.PICKED_UP),  # 已揽收
    "0": Meaning(Scan.HUB_IN),  # 在途: seen in the network
    "1001": Meaning(Scan.ARRIVED_CITY),  # 到达派件城市
    "1002": Meaning(Scan.HUB_OUT),  # 干线
    "1003": Meaning(Scan.HUB_OUT),  # 转递
    "5": Meaning(Scan.OUT_FOR_DELIVERY),  # 派件
    "501": Meaning(Scan.LOCKER),  # 投柜或驿站
    "3": Meaning(Scan.SIGNED),  # 签收
    "301": Meaning(Scan.SIGNED),  # 本人签收
    "302": Meaning(Scan.SIGNED),  # 派件异常后签收
    "303": Meaning(Scan.SIGNED),  # 代签
    "304": Meaning(Scan.SIGNED),  # 投柜或站签收
    "6": Meaning(Scan.RETURNING),  # 退回
    "4": Meaning(Scan.RETURNED),  # 退签
    "401": Meaning(Scan.CANCELLED),  # 已销单
    "14": Meaning(Scan.REJECTED),  # 拒签
    "7": Meaning(Scan.HUB_OUT),  # 转投: handed to another carrier
    "2": _trouble(Trouble.OTHER),  # 疑难
    "201": _trouble(Trouble.OVERDUE),  # 长时间未签收
    "202": _trouble(Trouble.NO_NEWS),  # 长时间未更新
    "203": Meaning(Scan.REJECTED),  # 拒收
    "204": _trouble(Trouble.FAILED_DELIVERY),  # 派件异常
    "205": _trouble(Trouble.LOCKER_OVERDUE),  # 柜或驿站超时未取
    "206": _trouble(Trouble.UNREACHABLE),  # 无法联系
    "207": _trouble(Trouble.OUT_OF_AREA),  # 超区
    "208": _trouble(Trouble.HELD_UP),  # 滞留
    "209": _trouble(Trouble.DAMAGED),  # 破损
    "210": Meaning(Scan.CANCELLED),  # 销单
    "8": Meaning(Scan.NOTE),  # 清关
    "10": Meaning(Scan.NOTE),  # 待清关
    "11": Meaning(Scan.NOTE),  # 清关中
    "12": Meaning(Scan.NOTE),  # 已清关
    "13": Meaning(Scan.NOTE),  # 清关异常
    "abort": Meaning(Scan.LOST_SUSPECT),  # the push's own status: 3 days without a record, or 60 without a change
    "carrier_changed": Meaning(Scan.NOTE),  # comOld and comNew differ: ours, the push has no code for it
}

KUAIDI100_WORDS: Mapping[str, str] = {
    "揽收": "1", "已下单": "101", "待揽收": "102", "已揽收": "103", "在途": "0", "到达派件城市": "1001", "干线": "1002",
    "转递": "1003", "派件": "5", "投柜或驿站": "501", "签收": "3", "退回": "6", "退签": "4", "拒签": "14", "转投": "7",
    "疑难": "2", "清关": "8",
}  # fmt: skip
"""`status` of an event -> its code, for subscriptions that send no statusCode."""

KDNIAO: Mapping[str, Meaning] = {
    "0": Meaning(Scan.ORDERED),  # 暂无轨迹
    "1": Meaning(Scan.PICKED_UP),  # 已揽收; what waits for the courier is 10
    "10": Meaning(Scan.LABELLED),  # 待揽件
    "2": Meaning(Scan.HUB_IN),  # 在途
    "201": Meaning(Scan.ARRIVED_CITY),  # 到达派件城市
    "202": Meaning(Scan.OUT_FOR_DELIVERY),  # 派件中
    "211": Meaning(Scan.LOCKER),  # 已放入快递柜或驿站
    "3": Meaning(Scan.SIGNED),  # 签收
    "301": Meaning(Scan.SIGNED),  # 正常签收
    "302": Meaning(Scan.SIGNED),  # 派件异常后签收
    "304": Meaning(Scan.SIGNED),  # 代收签收
    "311": Meaning(Scan.SIGNED),  # 快递柜或驿站签收
    "4": _trouble(Trouble.OTHER),  # 问题件
    "401": _trouble(Trouble.NO_NEWS),  # 发货无信息
    "402": _trouble(Trouble.OVERDUE),  # 超时未签收
    "403": _trouble(Trouble.NO_NEWS),  # 超时未更新
    "404": Meaning(Scan.REJECTED),  # 拒收
    "405": _trouble(Trouble.FAILED_DELIVERY),  # 派件异常
    "406": Meaning(Scan.RETURNED),  # 退货签收
    "407": Meaning(Scan.RETURNING),  # 退货未签收
    "412": _trouble(Trouble.LOCKER_OVERDUE),  # 快递柜或驿站超时未取
}

SF: Mapping[str, Meaning] = {
    "50": Meaning(Scan.PICKED_UP),  # 收件
    "54": Meaning(Scan.PICKED_UP),  # 收件, at a counter
    "31": Meaning(Scan.HUB_IN),  # 到达
    "30": Meaning(Scan.HUB_IN),  # 装车, 完成分拣: still there
    "36": Meaning(Scan.HUB_OUT),  # 发车, 离开
    "3036": Meaning(Scan.HUB_OUT),  # 准备发往下一站
    "407": Meaning(Scan.HUB_IN),  # 运送中, seen in a trace of 2023
    "501": Meaning(Scan.HUB_IN),  # 运送中, likewise
    "99": Meaning(Scan.HUB_OUT),  # 转寄
    "130": Meaning(Scan.ARRIVED_CITY),  # 到网点
    "44": Meaning(Scan.OUT_FOR_DELIVERY),  # 派送
    "204": Meaning(Scan.OUT_FOR_DELIVERY),  # 交给派件员
    "123": Meaning(Scan.LOCKER),  # 便利店派送
    "607": Meaning(Scan.LOCKER),  # 代理收件
    "80": Meaning(Scan.SIGNED),  # 签收
    "8000": Meaning(Scan.NOTE),  # the signature's image, after 80: no time of anything
    "33": _trouble(Trouble.OTHER),  # 异常
    "70": _trouble(Trouble.FAILED_DELIVERY),  # 派送失败
    "648": Meaning(Scan.RETURNING),  # 退回
    "631": Meaning(Scan.RETURNING),  # 退回, new waybill
}

CANONICAL: Mapping[str, Meaning] = {
    **{scan.value: Meaning(scan) for scan in Scan if scan is not Scan.EXCEPTION},
    **{f"exception:{kind.value}": _trouble(kind) for kind in Trouble},
}

CODES: Mapping[Provider, Mapping[str, Meaning]] = {
    Provider.KUAIDI100: KUAIDI100,
    Provider.KDNIAO: KDNIAO,
    Provider.SF: SF,
    Provider.CANONICAL: CANONICAL,
}

UNKNOWN = Meaning(Scan.NOTE)
"""A code in no table: the event is kept, shown and counted, and moves nothing until somebody says what it means."""


def meaning(provider: Provider, code: str) -> Meaning:
    """What a code of this provider says."""
    return CODES[provider].get(code, UNKNOWN)


def known_codes() -> list[tuple[str, str]]:
    """Every provider and code that the tables know."""
    return [(provider.value, code) for provider, table in CODES.items() for code in table]
