"""How late carriers handed over in the past: counts the brand brings along; the room itself tracks no pick-up yet."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, metadata, text

delay_history = Table(
    "delay_history",
    metadata,
    text("carrier", key=True),
    text("origin", key=True),  # adcode prefix of the node, or *
    text("weekdays", key=True),  # of the predicted pick-up: 1-5 with Monday as 1, or *
    text("hours", key=True),  # of the predicted pick-up: HH:MM-HH:MM Beijing time, or *
    big("parcels"),
    big("on_time"),  # scanned at the predicted pick-up or before
    big("within_2h"),  # after it, each bucket without the ones before
    big("within_4h"),
    big("within_8h"),
    big("within_12h"),
    big("within_24h"),
    big("within_48h"),
    big("beyond_48h"),
    CheckConstraint(
        "parcels = on_time + within_2h + within_4h + within_8h + within_12h + within_24h + within_48h + beyond_48h",
        name="every_parcel_in_one_bucket",
    ),
)
