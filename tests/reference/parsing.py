"""Cells read the slow, obvious way: one at a time, with Decimal and datetime."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

BEIJING = timezone(timedelta(hours=8))


def cents(text: str) -> int | None:
    """Cents of an amount of yuan as written, or None."""
    bare = text[1:] if text[:1] in ("¥", "￥") else text
    whole, dot, fraction = bare.partition(".")
    if dot and not (fraction and fraction.isascii() and fraction.isdigit() and not fraction[2:].strip("0")):
        return None
    groups = whole.split(",")
    if not all(group.isascii() and group.isdigit() for group in groups):
        return None
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    digits = "".join(groups)
    if len(digits) > 12:
        return None
    return int(Decimal(f"{digits}.{fraction or '0'}") * 100)


def whole_number(text: str) -> int | None:
    """A count as written, or None."""
    match = re.fullmatch(r"([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.0+)?", text, re.ASCII)
    return int(match[1].replace(",", "")) if match else None


def instant(text: str) -> datetime | None:
    """The UTC instant of a time as written, Beijing time where no zone is named, or None."""
    match = re.fullmatch(
        r"([12][0-9]{3})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[ Tt]([0-9]{1,2}):([0-9]{2})"
        r"(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?",
        text,
    )
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = match.groups()
    zone = BEIJING
    if utc:
        zone = UTC
    elif sign:
        if int(hours) > 14 or int(minutes or 0) > 59:
            return None
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        zone = timezone(offset if sign == "+" else -offset)
    micros = int((fraction or "0").ljust(9, "0")[:6])
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
