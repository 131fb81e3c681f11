"""The clocks of many orders, judged once and kept by deadline, so that what any moment asks is a slice of them.

A verdict changes with time in one way only: what runs breaks when its deadline passes; what a broken clock adds is the
same before and after. So rows are judged as of long ago, and the rest is a comparison of two instants. Orders that a
commit touched are taken out and put in anew. Knows no database; which orders were touched is told to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from engine.model.alarms import ON_THE_ROAD, Watch
from engine.model.beijing import beijing_midnight
from engine.model.clocks import Clock, ClockState
from engine.model.frames import INSTANT, Contract
from engine.model.tracking import Stage
from engine.rules.clocks import CLOCK_ROWS, STATES, judged
from engine.rules.packs import PlatformRules, RulePack

BOOK_ROWS: Contract = {
    **CLOCK_ROWS,
    "arrival": pl.Int64,  # of the order: its number in the book
    "platform": pl.String,
    "carrier": pl.String,  # null while nothing is planned
    "node": pl.String,
}
"""What a book is made from: any number of rows an order, all of them at once."""

ENTRIES: Contract = {
    "arrival": pl.Int64,
    "platform": pl.Categorical(),
    "deadline": INSTANT,  # rising
    "state": STATES,  # RUNNING: until the deadline, BROKEN from then on
    "adds": pl.Float64,  # yuan, as in `clocks.judged`
    "carrier": pl.Categorical(),  # "" while nothing is planned
    "place": pl.Categorical(),  # the node, or the lane of clocks that run on the road
    "helps": pl.Boolean,  # the event that keeps it has not come, and the order still wants it
}
"""One clock of one order, or of one of its parcels."""

WAITS: Contract = {name: ENTRIES[name] for name in ("arrival", "carrier", "place")} | {"begin": INSTANT}
"""A parcel that waits since `begin` (rising) for its pick-up, or for the next scan."""

ORDERS: Contract = {
    "arrival": pl.Int64,
    "platform": pl.Categorical(),
    "version": pl.Categorical(),  # of the rules; null where they are not known
    "whole_at": INSTANT,
    "refundable_from": INSTANT,
    "amount_cents": pl.Int64,
}
CODES: Contract = {"arrival": pl.Int64, "sku": pl.Categorical()}
"""Codes as sold of the orders due these days."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FLOORS = (Watch.FLOOR_NO_PICK_UP, Watch.FLOOR_NO_SCAN)
SLICE = 200_000
"""Rows judged at a time: a million at once would take half a gigabyte for a moment."""


@dataclass(frozen=True, slots=True)
class Book:
    """clocks: ENTRIES; waits: WAITS, of FLOORS; orders: ORDERS; codes: CODES. versions: (platform, version) -> orders
    judged by it; unjudged: platform -> orders whose rules are not known."""

    clocks: Mapping[Clock, pl.DataFrame]
    waits: Mapping[Watch, pl.DataFrame]
    orders: pl.DataFrame
    codes: pl.DataFrame
    versions: Mapping[tuple[str, str], int]
    unjudged: Mapping[str, int]

    def replaced(self, gone: pl.Series, fresh: "Book") -> "Book":
        """This book without the orders `gone` (arrivals), and with those of `fresh`."""
        if gone.is_empty() and fresh.orders.is_empty():
            return self
        left = ~pl.col("arrival").is_in(gone.implode())
        clocks = {
            clock: kept.filter(left).merge_sorted(fresh.clocks[clock], "deadline")
            for clock, kept in self.clocks.items()
        }
        waits = {
            watch: kept.filter(left).merge_sorted(fresh.waits[watch], "begin") for watch, kept in self.waits.items()
        }
        orders = pl.concat([self.orders.filter(left), fresh.orders])
        # Codes never change, only whether their order is due; those of orders that are not are never looked up.
        known = ~pl.col("arrival").is_in(fresh.codes["arrival"].unique().implode())
        codes = pl.concat([self.codes.filter(known), fresh.codes])
        return Book(clocks, waits, orders, codes, *_counted(orders))

    def during(self, clock: Clock, since: datetime, until: datetime, *, now: datetime) -> pl.DataFrame:
        """Entries with a deadline from `since` to before `until`, their state as of `now`."""
        return stood(between(self.clocks[clock], "deadline", since, until), now)

    def at(self, clock: Clock, *, now: datetime) -> pl.DataFrame:
        """All entries of a clock, their state as of `now`."""
        return stood(self.clocks[clock], now)

    def refundable(self, now: datetime) -> tuple[int, int]:
        """Orders and cents that buyers get back by asking."""
        exposed = self.orders.filter(pl.col("refundable_from") < instant(now))["amount_cents"]
        return exposed.len(), int(exposed.sum())


def book_of(rows: pl.DataFrame, platforms: Mapping[str, PlatformRules], codes: pl.DataFrame) -> Book:
    """The book of `rows` (BOOK_ROWS), each order by the version in force on the Beijing day on which it was paid.
    codes: arrival and sku (as sold) of orders due these days."""
    parts = [part for one in rows.iter_slices(SLICE) for part in _parts(one, platforms)]
    firsts = [_orders(rows, part) for rows, part in parts]
    made = [rows for rows, pack in parts if pack is not None]
    orders = pl.concat([pl.DataFrame(schema=dict(ORDERS)), *firsts])
    clocks = {
        clock: pl.concat([pl.DataFrame(schema=dict(ENTRIES)), *(_entries(one, clock) for one in made)]).sort("deadline")
        for clock in Clock
    }
    waits = {
        watch: pl.concat([pl.DataFrame(schema=dict(WAITS)), *(_waits(one, watch) for one in made)]).sort("begin")
        for watch in FLOORS
    }
    return Book(clocks, waits, orders, codes.select(*CODES).cast(dict(CODES)), *_counted(orders))  # type: ignore[arg-type]


def stood(entries: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """ENTRIES with their state as of `now`."""
    over = (pl.col("state") == ClockState.RUNNING) & (pl.col("deadline") < instant(now))
    state = pl.when(over).then(pl.lit(ClockState.BROKEN.value, dtype=STATES)).otherwise(pl.col("state"))
    return entries.with_columns(state=state)


def between(frame: pl.DataFrame, column: str, since: datetime | None, until: datetime | None) -> pl.DataFrame:
    """Rows of a frame that rises by `column`, from `since` to before `until` (None: no end)."""
    rising = frame[column]
    begin = 0 if since is None else int(rising.search_sorted(since, side="left"))
    end = frame.height if until is None else int(rising.search_sorted(until, side="left"))
    return frame.slice(begin, max(end - begin, 0))


def instant(at: datetime) -> pl.Expr:
    """A moment, for comparisons with INSTANT columns."""
    return pl.lit(at, dtype=INSTANT)


def _parts(
    rows: pl.DataFrame, platforms: Mapping[str, PlatformRules]
) -> Iterator[tuple[pl.DataFrame, RulePack | None]]:
    """`rows` by the pack that judges them, judged as of long ago; None and as they are where nothing is known."""
    rest = rows
    for platform, rules in platforms.items():
        for pack in rules.versions:
            ours = (pl.col("platform") == platform) & paid_under(pack)
            inside, rest = rest.filter(ours), rest.filter(~ours)
            if not inside.is_empty():
                yield judged(inside, pack, now=LONG_AGO), pack
    if not rest.is_empty():
        yield rest, None


def paid_under(pack: RulePack) -> pl.Expr:
    """Whether `paid_at` lies in the days of a version."""
    paid = pl.col("paid_at") >= instant(beijing_midnight(pack.ladder.effective_from))
    if pack.effective_until is not None:
        paid = paid & (pl.col("paid_at") < instant(beijing_midnight(pack.effective_until + timedelta(days=1))))
    return paid


def _orders(rows: pl.DataFrame, pack: RulePack | None) -> pl.DataFrame:
    version = pl.lit(None if pack is None else pack.version, dtype=pl.String).cast(pl.Categorical())
    exposed = pl.lit(None, dtype=INSTANT) if pack is None else pl.col("refundable_from")
    return rows.filter("first").select(
        "arrival",
        pl.col("platform").cast(pl.Categorical()),
        version=version,
        whole_at="whole_at",
        refundable_from=exposed,
        amount_cents="amount_cents",
    )


def _entries(rows: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """The entries of one clock; rows: `judged`."""
    inside = rows.filter(pl.col(f"{clock}_state") != ClockState.NOT_APPLICABLE)
    return inside.select(
        "arrival",
        pl.col("platform").cast(pl.Categorical()),
        deadline=f"{clock}_deadline",
        state=f"{clock}_state",
        adds=f"{clock}_adds",
        carrier=_carrier(),
        place=_place(Watch(clock.value) if clock.value in list(Watch) else None),
        helps=_missing(clock) & pl.col("closed_at").is_null(),
    )


def _missing(clock: Clock) -> pl.Expr:
    """The event that keeps the clock has not come."""
    match clock:
        case Clock.LATE | Clock.LATE_BEYOND:
            return pl.col("whole_at").is_null()
        case Clock.NO_PICK_UP | Clock.NO_PICK_UP_LONG:
            return pl.col("picked_up_at").is_null()
        case Clock.NO_HUB | Clock.NO_HUB_LONG:
            return pl.col("first_hub_at").is_null()
        case Clock.GAP:
            return pl.lit(value=True)
        case Clock.BEFORE_PAYMENT | Clock.RECALLED:
            return pl.lit(value=False)


def _waits(rows: pl.DataFrame, watch: Watch) -> pl.DataFrame:
    """Parcels that wait, of the customer's own floors."""
    live = pl.col("closed_at").is_null()
    if watch is Watch.FLOOR_NO_PICK_UP:
        waits = live & pl.col("picked_up_at").is_null() & pl.col("stage").ne_missing(Stage.CANCELLED.value)
        begin = pl.col("uploaded_at")
    else:
        waits = live & pl.col("has_hubs") & (pl.col("stage") == Stage.IN_TRANSIT.value)
        begin = pl.col("last_scan_at")
    inside = rows.filter(waits & begin.is_not_null())
    return inside.select("arrival", carrier=_carrier(), place=_place(watch), begin=begin)


def _carrier() -> pl.Expr:
    return pl.col("carrier").fill_null("").cast(pl.Categorical())


def _place(watch: Watch | None) -> pl.Expr:
    lane = pl.concat_str(pl.col("origin").str.slice(0, 2), pl.lit(">"), pl.col("destination").str.slice(0, 2))
    return (lane if watch in ON_THE_ROAD else pl.col("node")).fill_null("").cast(pl.Categorical())


def _counted(orders: pl.DataFrame) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    found = orders.group_by("platform", "version").len().sort("platform", "version").rows()
    versions = {(platform, version): count for platform, version, count in found if version is not None}
    return versions, {platform: count for platform, version, count in found if version is None}
