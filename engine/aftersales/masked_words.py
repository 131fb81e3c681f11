"""Buyers' words fit for a board: no telephone number, no account, no door of an address; else as they came.

For eyes at a wall, not for secrecy: the whole text stays with the ticket, and the classifier reads it.
"""

import re

_HIDDEN = "***"

_LONG_NUMBER = re.compile(r"(?<![\d.])(?:\+?86[\s-]?)?\d(?:[\s-]?\d){6,}")
"""Seven digits and more, also with blanks or dashes: telephones, waybills, orders, identity cards. A date has dashes
too, eight digits of which stand here; a date that is lost costs nobody anything."""

_ACCOUNT = re.compile(
    r"((?:微信|薇信|v信|vx|wx|qq|扣扣|支付宝|邮箱)(?:号|是|[:：\s])*)[\w.@+-]{5,}", re.IGNORECASE | re.ASCII
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_DOOR = re.compile(
    r"[一-龥]{2,8}?(?:路|街|巷|弄|胡同|大道|小区|花园|公寓|苑|村)\s*(?:\d+|[一二三四五六七八九十百]+)\s*(?:号楼?|弄|栋|幢|座|组|队)"
    r"|\d+\s*(?:号楼|栋|幢|座)\s*(?:\d+\s*单元)?\s*(?:\d+\s*[室号户])?|\d+\s*单元\s*\d+\s*[室号户]?|\d{3,4}\s*室"
)

_KEPT_MARKS = "\n\u200d"
"""Line breaks, and what joins the parts of one emoji."""


def masked_words(text: str) -> str:
    """The text with stars for what tells who or where the buyer is, and blanks for what cannot be printed."""
    shown = "".join(c if c.isprintable() or c in _KEPT_MARKS else " " for c in text)
    for pattern in (_MAIL, _LONG_NUMBER, _DOOR):
        shown = pattern.sub(_HIDDEN, shown)
    return _ACCOUNT.sub(rf"\1{_HIDDEN}", shown)
