"""Where is a parcel, given what carriers told of it? Answers from the set of its events alone, however they came in.

Events are put into the order of their own time, and a table moves the parcel from stage to stage. So a late scan, a
repeated one or one that was taken back give what they would have given in time. Knows no provider and no clock.
"""

from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.model.frames import INSTANT, Contract, conform, empty
from engine.model.tracking import Scan, Stage, Trouble

EVENTS: Contract = {
    # Events that count (none that was taken back), of any number of waybills, in any order, each key once.
    "event_key": pl.String,
    "waybill_no": pl.String,
    "scan": pl.String,  # Scan
    "trouble": pl.String,  # Trouble; null unless the scan is EXCEPTION
    "event_time": INSTANT,
    "place": pl.String,
    "adcode": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
}

TRACKS: Contract = {
    # One row a waybill that has events. Columns as in the table parcel_tracks.
    "waybill_no": pl.String,
    "stage": pl.String,  # Stage
    "stage_at": INSTANT,  # null: no event has moved it yet
    "trouble": pl.String,
    "picked_up_at": INSTANT,
    "first_hub_at": INSTANT,
    "arrived_at": INSTANT,
    "out_at": INSTANT,
    "signed_at": INSTANT,
    "last_scan_at": INSTANT,
    "last_place": pl.String,
    "last_adcode": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "events": pl.Int64,
}

_MOVES = """
scan:             picked_up  hub_in     hub_out    arrived_city out_for_delivery locker signed   rejected returning returned cancelled lost_suspect
labelled          picked_up  in_transit in_transit arrived      out_for_delivery locker signed   rejected returning returned cancelled .
picked_up         .          in_transit in_transit arrived      out_for_delivery locker signed   rejected returning returned cancelled lost
in_transit        .          .          .          arrived      out_for_delivery locker signed   rejected returning returned cancelled lost
arrived           .          .          .          .            out_for_delivery locker signed   rejected returning returned cancelled lost
out_for_delivery  .          arrived    in_transit arrived      .                locker signed   rejected returning returned cancelled lost
locker            .          arrived    in_transit arrived      out_for_delivery .      signed   rejected returning returned cancelled lost
signed            .          .          .          .            .                .      .        rejected returning returned .         .
rejected          .          returning  returning  .            out_for_delivery locker signed   .        returning returned .         lost
returning         .          .          .          .            .                .      returned .        .         returned .         lost
returned          .          .          .          .            .                .      .        .        .         .        .         .
cancelled         picked_up  in_transit in_transit arrived      out_for_delivery locker signed   rejected returning returned .         .
lost              picked_up  in_transit in_transit arrived      out_for_delivery locker signed   rejected returning returned cancelled .
"""  # noqa: E501
"""Stage (rows) x scan (columns) -> stage; a dot stays. Scans that are no column move nothing: ordered, labelled,
exception (it tells a trouble) and note.

What is not plain: a parcel that nobody ever scanned cannot be lost, only not picked up. Hubs inside the city of
delivery do not take it out of the city; a parcel that was out for delivery and is seen in a hub is back at the station,
and one that leaves a hub again is on its way elsewhere. A signature on the way back is the sender's: returned. A
station may sign and the buyer refuse later. Whatever was called off or given up lives on with the next scan.
"""


def _read_moves() -> dict[tuple[Stage, Scan], Stage]:
    head, *rows = (line.split() for line in _MOVES.strip().splitlines())
    scans = [Scan(name) for name in head[1:]]
    return {
        (Stage(stage), scan): Stage(target)
        for stage, *targets in rows
        for scan, target in zip(scans, targets, strict=True)
        if target != "."
    }


TRANSITIONS = _read_moves()
"""Stage and scan -> the stage it moves to. What is not in it stays where it is."""

TRAVELS = frozenset(
    {
        Scan.PICKED_UP, Scan.HUB_IN, Scan.HUB_OUT, Scan.ARRIVED_CITY, Scan.OUT_FOR_DELIVERY, Scan.LOCKER,
        Scan.SIGNED, Scan.REJECTED, Scan.RETURNING, Scan.RETURNED,
    }
)  # fmt: skip
"""Scans for which somebody had the parcel in his hands: they end a trouble, and they are news of it."""

SILENCE = frozenset({Trouble.NO_NEWS, Trouble.OVERDUE})
"""Troubles that a provider's own timer tells. They are no news of the parcel, or silence would end by being noticed."""

BACKWARDS = frozenset({Stage.RETURNING, Stage.RETURNED})
"""On the way back to the sender: what is scanned then is no milestone of the delivery."""

ENDED = frozenset({Stage.SIGNED, Stage.REJECTED, Stage.RETURNING, Stage.RETURNED, Stage.CANCELLED, Stage.LOST})
"""Stages in which nobody waits for the delivery any more, or not by waiting."""

SAME_TIME = (
    Scan.ORDERED, Scan.LABELLED, Scan.PICKED_UP, Scan.HUB_IN, Scan.HUB_OUT, Scan.ARRIVED_CITY, Scan.OUT_FOR_DELIVERY,
    Scan.LOCKER, Scan.EXCEPTION, Scan.REJECTED, Scan.RETURNING, Scan.SIGNED, Scan.RETURNED, Scan.CANCELLED,
    Scan.LOST_SUSPECT, Scan.NOTE,
)  # fmt: skip
"""Which of two events of one second comes first: the way a parcel goes. Providers tell no fractions of a second."""

_STAGES = tuple(Stage)
_CODES = {scan.value: code for code, scan in enumerate(SAME_TIME)}
_TABLE = np.array(
    [[_STAGES.index(TRANSITIONS.get((stage, scan), stage)) for scan in SAME_TIME] for stage in _STAGES], dtype=np.int8
)
_MILESTONES = {
    "picked_up_at": (Scan.PICKED_UP,),
    "first_hub_at": (Scan.HUB_IN, Scan.HUB_OUT),
    "arrived_at": (Scan.ARRIVED_CITY,),
    "out_at": (Scan.OUT_FOR_DELIVERY,),
    "signed_at": (Scan.SIGNED,),
}


def fold(events: pl.DataFrame) -> pl.DataFrame:
    """EVENTS -> TRACKS, in no promised order of waybills."""
    if events.is_empty():
        return empty(TRACKS)
    ordered = (
        conform(events, EVENTS)
        .with_columns(code=pl.col("scan").replace_strict(_CODES, return_dtype=pl.Int8))
        .sort("waybill_no", "event_time", "code", "event_key")
    )
    before, after = _walk(ordered["waybill_no"], ordered["code"].to_numpy())
    walked = ordered.with_columns(after=pl.Series(after), moved=pl.Series(before != after))
    scan = pl.col("scan")
    forward = ~pl.col("after").is_in([_STAGES.index(stage) for stage in BACKWARDS])
    told = scan.is_in(list(TRAVELS)) | (scan == Scan.EXCEPTION)
    silent = (scan == Scan.EXCEPTION) & pl.col("trouble").is_in(list(SILENCE))
    at = pl.col("event_time")
    folded = walked.group_by("waybill_no").agg(
        pl.col("after").last().alias("stage"),
        at.filter("moved").last().alias("stage_at"),
        pl.when(scan == Scan.EXCEPTION).then(pl.col("trouble")).filter(told).last().alias("trouble"),
        *[at.filter(scan.is_in(list(scans)) & forward).first().alias(name) for name, scans in _MILESTONES.items()],
        at.filter(told & ~silent).last().alias("last_scan_at"),
        pl.col("place").drop_nulls().last().alias("last_place"),
        pl.col("adcode").drop_nulls().last().alias("last_adcode"),
        pl.col("lon").drop_nulls().last(),
        pl.col("lat").drop_nulls().last(),
        pl.len().cast(pl.Int64).alias("events"),
    )
    names = {number: stage.value for number, stage in enumerate(_STAGES)}
    return conform(
        folded.with_columns(pl.col("stage").replace_strict(names, return_dtype=pl.String)),
        TRACKS,
    )


def _walk(waybills: pl.Series, codes: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Stage before and after each event; rows sorted by waybill and time.

    All waybills take their first event together, then those that have a second one theirs, and so on: as many steps
    as the longest history has events, and one look into the table for every event.
    """
    lengths = waybills.rle().struct.field("len").to_numpy().astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    starts = starts[np.argsort(-lengths, kind="stable")]
    longest_first = np.sort(lengths)[::-1]
    before = np.empty(len(codes), dtype=np.int8)
    after = np.empty(len(codes), dtype=np.int8)
    stage = np.full(len(starts), _STAGES.index(Stage.LABELLED), dtype=np.int8)
    for step in range(int(longest_first[0])):
        going = int(np.searchsorted(-longest_first, -step, side="left"))  # those with more events than `step`
        rows = starts[:going] + step
        before[rows] = stage[:going]
        stage[:going] = _TABLE[stage[:going], codes[rows]]
        after[rows] = stage[:going]
    return before, cast("npt.NDArray[np.int8]", after)
