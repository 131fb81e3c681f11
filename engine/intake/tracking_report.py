"""What one push, request or file of tracking told: events in the contract, faults in sentences, what was taken back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from engine.intake import values
from engine.intake.tracking_codes import CODES, meaning
from engine.model.frames import conform, empty
from engine.model.tracking import TRACKING_EVENTS, Provider

WAYBILL_NO = re.compile(r"[0-9A-Za-z-]{6,40}")
"""Numbers of Chinese carriers have 8 to 20 characters; those of their cross-border partners up to 35."""

LONGEST = 1000
"""Characters of a sentence or a place that are kept: the longest real ones have some 200."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a provider told it, its code and time still text. `row`: its place in what was sent, from 1."""

    row: int
    waybill_no: str | None
    code: str
    time: str | None
    said: str = ""
    place: str | None = None
    adcode: str | None = None
    lon: float | None = None
    lat: float | None = None
    retracted: bool = False  # told in order to take it back


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """read == events + retracted + faults, in rows.

    `complete`: waybills of which `events` is all that the provider knows, so that what is absent was taken back.
    `unknown`: codes in no table, with how many events they came in. `faults`: row, waybill_no and sentence.
    """

    provider: Provider
    read: int
    events: pl.DataFrame = field(default_factory=lambda: empty(TRACKING_EVENTS))
    retracted: pl.DataFrame = field(default_factory=lambda: empty(TRACKING_EVENTS))
    complete: frozenset[str] = frozenset()
    unknown: tuple[tuple[str, int], ...] = ()
    faults: tuple[dict[str, Any], ...] = ()


def report_of(
    provider: Provider,
    told: Sequence[Told],
    *,
    complete: Iterable[str] = (),
    faults: Sequence[dict[str, Any]] = (),
) -> TrackingReport:
    """The report of these events; `faults` are of further rows that could not even be told."""
    frame = pl.DataFrame(
        [_cells(one) for one in told], schema={"row": pl.Int64, **_CELLS, "retracted": pl.Boolean}, orient="row"
    )
    means = [meaning(provider, code) for code in frame["raw_code"]]
    frame = values.instants(frame, {"event_time": "time"}).with_columns(
        provider=pl.lit(provider.value),
        scan=pl.Series([m.scan.value for m in means], dtype=pl.String),
        trouble=pl.Series([None if m.trouble is None else m.trouble.value for m in means], dtype=pl.String),
    )
    frame = frame.with_columns(fault=_fault())
    good = frame.filter(pl.col("fault").is_null())
    taken_back = pl.col("retracted")
    unknown = good.filter(~pl.col("raw_code").is_in(list(CODES[provider])))
    torn = set(frame.filter(pl.col("fault").is_not_null())["waybill_no"])  # what cannot be read is not absent
    return TrackingReport(
        provider,
        frame.height + len(faults),
        events=conform(good.filter(~taken_back), TRACKING_EVENTS),
        retracted=conform(good.filter(taken_back), TRACKING_EVENTS),
        complete=(frozenset(complete) & set(good["waybill_no"])) - torn,
        unknown=tuple(unknown.group_by("raw_code").len().sort("raw_code").iter_rows()),
        faults=(*faults, *frame.filter(pl.col("fault").is_not_null()).select("row", "waybill_no", "fault").to_dicts()),
    )


_CELLS = {
    "waybill_no": pl.String, "raw_code": pl.String, "time": pl.String, "said": pl.String, "place": pl.String,
    "adcode": pl.String, "lon": pl.Float64, "lat": pl.Float64,
}  # fmt: skip


def _cells(one: Told) -> tuple[Any, ...]:
    place = plain(one.place or "") or None
    said = plain(one.said)
    return one.row, one.waybill_no, plain(one.code), one.time, said, place, one.adcode, one.lon, one.lat, one.retracted


def plain(text: str) -> str:
    """The text without control characters, which a database may refuse, and not endless."""
    return re.sub(values.CONTROL, " ", text).strip()[:LONGEST]


def _fault() -> pl.Expr:
    """The first thing that is wrong with an event, in a sentence; null: nothing is."""
    number, lon, lat = pl.col("waybill_no"), pl.col("lon"), pl.col("lat")
    somewhere = lon.is_between(-180, 180) & lat.is_between(-90, 90)
    return (
        pl.when(number.is_null())
        .then(pl.lit("The event names no waybill."))
        .when(~number.str.contains(f"^{WAYBILL_NO.pattern}$"))
        .then(pl.format("Waybill number {} is none: 6 to 40 letters, digits and hyphens.", number.str.slice(0, 60)))
        .when(pl.col("time").is_null())
        .then(pl.format("The event of waybill {} has no time.", number))
        .when(pl.col("event_time").is_null())
        .then(pl.format("The event of waybill {} has the time {}, which is none.", number, pl.col("time")))
        .when(pl.col("raw_code") == "")
        .then(pl.format("The event of waybill {} has no code.", number))
        .when(lon.is_null() != lat.is_null())
        .then(pl.format("The event of waybill {} has half a position.", number))
        .when(lon.is_not_null() & ~somewhere.fill_null(value=False))
        .then(pl.format("The event of waybill {} lies nowhere on Earth.", number))
    )
