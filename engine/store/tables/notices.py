"""What people are to be told, what happened to each notice, the channels, and who wants to be told nothing."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table

from engine.store.tables.columns import big, instant, metadata, text

notices = Table(  # one row a notice; written in the transaction of its cause
    "notices",
    metadata,
    text("notice_id", key=True),  # hash of cause and channel: the same cause twice is one notice. Idempotency-Key
    text("cause"),  # what brought it about, in the room's own ids
    text("audience"),
    text("channel"),  # name of the channel it goes over
    text("kind"),
    Column("critical", Boolean, nullable=False),  # passes quiet hours of staff and every queue
    text("desk", null=True),  # StaffDesk; null for a buyer
    text("order_id", null=True),  # of a buyer's notice
    text("action_id", null=True),  # whose approval it asks for
    text("fields"),  # JSON: what the template is filled with
    instant("created_at"),
    big("version"),
    text("state"),  # current state: NoticeState
    instant("state_at"),  # current state
    instant("next_at", null=True),  # current state: when it is due; while sending: when its claim runs out; null: over
    instant("give_up_at"),  # current state: too late from then on
    big("attempts"),  # current state: times it was sent, told as one of many included
    text("sent_as", null=True),  # current state: id under which it was sent last: its own, or of a digest
    CheckConstraint("audience IN ('staff', 'buyer')"),
    CheckConstraint(
        "kind IN ('picked_up', 'out_for_delivery', 'late', 'sold_out', 'pre_sale', 'refund_first', 'lot_care', "
        "'compensation', 'delay_offer', 'alert', 'approval', 'incident', 'test')"
    ),
    CheckConstraint("desk IN ('warehouse', 'carrier', 'customer_service', 'quality', 'manager')"),
    CheckConstraint(
        "state IN ('queued', 'deferred', 'sending', 'failed', 'sent', 'delivered', 'undelivered', 'given_up', "
        "'suppressed')"
    ),
    CheckConstraint("attempts >= 0"),
)
# The dispatcher asks every two seconds what is due. DuckDB scans a column of states in milliseconds and pays for an
# index at every change; PostgreSQL would read every row ever written.
Index("notices_due", notices.c.channel, notices.c.next_at, postgresql_where=notices.c.next_at.is_not(None)).ddl_if(
    dialect="postgresql"
)

notice_events = Table(  # facts: every state a notice moved to; 'sending' is an attempt, with what came of it after it
    "notice_events",
    metadata,
    big("version"),
    instant("at"),
    text("notice_id"),
    text("channel"),
    text("state"),
    text("sent_as", null=True),  # under which id it went out; several notices with one id were one message
    text("detail"),  # why, in a sentence; never an address, a key or a person
    big("took_ms", null=True),  # on the network
    text("actor"),
)
# What was sent in the last minute is asked at every claim, for the same reason.
Index(
    "notices_sent", notice_events.c.channel, notice_events.c["at"], postgresql_where=notice_events.c.state == "sending"
).ddl_if(dialect="postgresql")

notice_channels = Table(  # the channels that the settings name, without what opens them, and how each fares
    "notice_channels",
    metadata,
    text("channel", key=True),
    text("kind"),
    text("desks"),  # JSON: desk -> who is mentioned there; {} for the gateway
    Column("configured", Boolean, nullable=False),  # false: the settings no longer name it
    text("state"),  # current state: ready, resting (its own limit was met), failing
    instant("state_at"),
    instant("next_at", null=True),  # current state: not before then; null: at once
    big("failures"),  # current state: in a row
    instant("last_sent_at", null=True),
    text("last_error", null=True),
    big("version"),
    CheckConstraint("kind IN ('wecom', 'dingtalk', 'feishu', 'apprise', 'gateway')"),
    CheckConstraint("state IN ('ready', 'resting', 'failing')"),
    CheckConstraint("failures >= 0"),
)
buyer_consents = Table(  # current state: what a buyer said of being told; no row: nothing was said
    "buyer_consents",
    metadata,
    text("buyer", key=True),  # as orders carry it
    text("kind", key=True),  # NoticeKind, or '*': every kind for which nothing else is said
    Column("allowed", Boolean, nullable=False),
    text("language", null=True),  # zh or en; null: as the room
    instant("said_at"),
    big("version"),
    CheckConstraint("language IN ('zh', 'en')"),
)
