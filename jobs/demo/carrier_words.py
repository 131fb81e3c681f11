"""How the demo's carriers spell a scan: kuaidi100's code and a sentence in Chinese, as buyers read it."""

from engine.model.tracking import Scan, Trouble
from jobs.demo.carrier_world import ScanTold

NAMES = {
    "SF": "顺丰速运", "JD": "京东快递", "ZTO": "中通快递", "YTO": "圆通速递", "OWN": "金穗配送", "CROWD-A": "骑手",
    "CROWD-B": "骑手", "CLERK": "门店",
}  # fmt: skip
KUAIDI100_NAMES = {"ZTO": "zhongtong", "YTO": "yuantong", "JD": "jd"}
"""Carriers that are followed through kuaidi100, under its names; the others tell the room themselves."""

_CODES: dict[tuple[Scan, Trouble | None], str] = {
    (Scan.PICKED_UP, None): "103",
    (Scan.HUB_IN, None): "0",
    (Scan.HUB_OUT, None): "1002",
    (Scan.ARRIVED_CITY, None): "1001",
    (Scan.OUT_FOR_DELIVERY, None): "5",
    (Scan.LOCKER, None): "501",
    (Scan.SIGNED, None): "301",
    (Scan.REJECTED, None): "14",
    (Scan.RETURNING, None): "6",
    (Scan.RETURNED, None): "4",
    (Scan.LOST_SUSPECT, None): "abort",
    (Scan.EXCEPTION, Trouble.NO_NEWS): "202",
    (Scan.EXCEPTION, Trouble.FAILED_DELIVERY): "204",
    (Scan.EXCEPTION, Trouble.UNREACHABLE): "206",
    (Scan.EXCEPTION, Trouble.DAMAGED): "209",
}
_SENTENCES: dict[tuple[Scan, Trouble | None], str] = {
    (Scan.PICKED_UP, None): "{carrier} 已收取快件,{place}",
    (Scan.HUB_IN, None): "快件到达【{place}转运中心】",
    (Scan.HUB_OUT, None): "快件离开【{place}转运中心】",
    (Scan.ARRIVED_CITY, None): "快件到达【{place}】派件网点",
    (Scan.OUT_FOR_DELIVERY, None): "快件正在派送中,请您准备签收",
    (Scan.LOCKER, None): "快件已放入驿站,请凭取件码领取",
    (Scan.SIGNED, None): "快件已签收,感谢使用{carrier}",
    (Scan.REJECTED, None): "收件人拒收,快件将退回",
    (Scan.RETURNING, None): "快件正在退回寄件方",
    (Scan.RETURNED, None): "退件已由寄件方签收",
    (Scan.LOST_SUSPECT, None): "长时间无轨迹更新,停止跟踪",
    (Scan.EXCEPTION, Trouble.NO_NEWS): "快件长时间未更新",
    (Scan.EXCEPTION, Trouble.FAILED_DELIVERY): "派送不成功,将再次派送",
    (Scan.EXCEPTION, Trouble.UNREACHABLE): "无法联系收件人",
    (Scan.EXCEPTION, Trouble.DAMAGED): "快件外包装破损",
}


def kuaidi100_code(scan: ScanTold) -> str:
    """The statusCode under which kuaidi100 tells the scan."""
    return _CODES[scan.scan, scan.trouble]


def sentence(scan: ScanTold, carrier: str) -> str:
    """What the buyer reads."""
    return _SENTENCES[scan.scan, scan.trouble].format(carrier=NAMES.get(carrier, carrier), place=scan.stop.name)
