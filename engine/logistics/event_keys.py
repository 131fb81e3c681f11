"""When are two tellings the same event? Same provider, waybill, time, code and words: providers number nothing."""

from hashlib import blake2b

import polars as pl

from engine.model.tracking import TRACKING_EVENTS

AGAIN = ":"
"""Stands between the key of an event and the count of how often it was told anew after it had been taken back."""

_BYTES = 16
"""128 bits: among 10^12 events two share a key with a chance of about 10^-15."""


def with_keys(events: pl.DataFrame) -> pl.DataFrame:
    """TRACKING_EVENTS with `event_key` in front, the same for the same event for ever and on every machine."""
    told = events.select(
        pl.concat_str(
            "provider", "waybill_no", pl.col("event_time").dt.epoch("us"), "raw_code", "said", separator="\x1f"
        )
    ).to_series()
    keys = [blake2b(text.encode(), digest_size=_BYTES).hexdigest() for text in told]
    return events.with_columns(pl.Series("event_key", keys, dtype=pl.String)).select("event_key", *TRACKING_EVENTS)


def telling(key: str) -> pl.Expr:
    """Of a column of stored keys: the key of the event, however often it was told anew."""
    return pl.col(key).str.split(AGAIN).list.first()
