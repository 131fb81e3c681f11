"""What carriers told of parcels, event by event, and where each parcel is as far as is known."""

from sqlalchemy import CheckConstraint, Column, Float, Index, Table

from engine.store.tables.columns import big, instant, metadata, text

tracking_events = Table(  # facts: one row an event; the same event twice is one row
    "tracking_events",
    metadata,
    text("event_key", key=True),  # of provider, waybill, time, code and words
    big("version"),
    text("provider"),
    text("waybill_no"),
    text("scan"),  # Scan
    text("trouble", null=True),  # Trouble
    text("raw_code"),
    instant("event_time"),
    instant("ingest_time"),
    text("place", null=True),
    text("adcode", null=True),
    Column("lon", Float, nullable=True),  # WGS-84
    Column("lat", Float, nullable=True),
    text("said"),
)
# PostgreSQL reads all events of a waybill at every push of it. DuckDB joins by hash and would only pay for the upkeep.
Index("tracking_events_of_a_waybill", tracking_events.c.waybill_no).ddl_if(dialect="postgresql")
tracking_retractions = Table(  # facts: an event that its provider took back; it no longer counts
    "tracking_retractions",
    metadata,
    text("event_key", key=True),
    big("version"),
    instant("at"),
    text("reason"),
)
parcel_tracks = Table(  # current state: one row a waybill; rebuilt from tracking_events and waybills by `verify`
    "parcel_tracks",
    metadata,
    text("waybill_no", key=True),
    text("parcel_id", null=True),  # null: events came before the waybill was known here
    text("stage"),  # Stage
    instant("stage_at"),
    text("trouble", null=True),  # Trouble; null again once the parcel moves on
    instant("picked_up_at", null=True),
    instant("first_hub_at", null=True),
    instant("arrived_at", null=True),  # in the city of delivery
    instant("out_at", null=True),  # first time out for delivery
    instant("signed_at", null=True),
    instant("last_scan_at", null=True),  # event time of the last scan that moved it or told a trouble
    text("last_place", null=True),
    text("last_adcode", null=True),
    Column("lon", Float, nullable=True),
    Column("lat", Float, nullable=True),
    big("events"),
    big("version"),  # the commit that last changed it
    CheckConstraint(
        "stage IN ('labelled', 'picked_up', 'in_transit', 'arrived', 'out_for_delivery', 'locker', 'signed', "
        "'rejected', 'returning', 'returned', 'cancelled', 'lost')"
    ),
    CheckConstraint("events >= 0"),
)
