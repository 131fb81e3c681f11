"""Notices of platforms that take clauses out for regions and days, as somebody of the room entered them."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

exemption_notices = Table(  # facts; what a platform's folder of rules lists stands beside them
    "exemption_notices",
    metadata,
    text("notice_id", key=True),
    big("version"),
    text("platform"),
    text("notice"),  # where it can be read
    text("regions"),  # adcode prefixes, separated by |; "" is the whole country
    text("place"),  # ExemptEnd
    instant("since"),  # deadlines from then ...
    instant("until"),  # ... to before then are exempt
    text("clauses"),  # separated by |
    instant("entered_at"),
    text("entered_by"),
    CheckConstraint("since < until"),
    CheckConstraint("place IN ('origin', 'destination', 'either')"),
)
exemption_withdrawals = Table(  # facts: it was entered by mistake, or the platform took it back
    "exemption_withdrawals",
    metadata,
    text("notice_id", key=True),
    big("version"),
    instant("at"),
    text("reason"),
    text("actor"),
)
