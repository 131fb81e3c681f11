"""What in a kept text is personal, and what may be shown of it. Boards and exports show this, never the text itself.

A field whose name says that it is about a person keeps its first character; a telephone number that stands anywhere
keeps three digits in front and its last four, as platforms mask it themselves.
"""

import re
from typing import Any

import orjson

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")

_PERSONAL = re.compile(
    r"(^|[._])(buyer|receiver|consignee|name|phone|mobile|tel|address|detail|street|door|id_card)$"
    r"|收件|收货|手机|电话|地址|姓名|买家|身份证"
)
"""Names of fields, as our own format and the exports of platforms have them. A division (province, city, district) is
no person and stays."""

_DIVISIONS = frozenset({"province", "city", "district", "adcode", "省", "市", "区", "省份", "城市", "区县"})

TOP_LEVEL = frozenset({"name", "detail"})
"""Too plain to say anything outside an order: the audit keeps `detail` and `name` of other things under them."""


def masked_words(text: str) -> str:
    """A text with its telephone numbers masked."""
    return _PHONE.sub(r"\1****\2", text)


def masked_json(kept: str) -> Any:
    """A kept JSON as values, personal fields masked at every depth. Text that is no JSON is masked as words."""
    try:
        return _masked(orjson.loads(kept), personal=False, depth=0)
    except orjson.JSONDecodeError:
        return masked_words(kept)


def _masked(value: Any, *, personal: bool, depth: int) -> Any:
    if isinstance(value, dict):
        return {
            key: part if key in _DIVISIONS else _masked(part, personal=personal or _says(key, depth), depth=depth + 1)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_masked(part, personal=personal, depth=depth) for part in value]
    if personal and value is not None and not isinstance(value, bool):
        return f"{str(value)[:1]}**" if str(value) else value
    return masked_words(value) if isinstance(value, str) else value


def _says(key: str, depth: int) -> bool:
    return _PERSONAL.search(key) is not None and not (depth == 0 and key in TOP_LEVEL)
