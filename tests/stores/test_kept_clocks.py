"""Whatever is committed, the clocks kept from commit to commit are those read anew, on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine.allocation.steering import Change, ChangeKind
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.model.beijing import beijing_day
from engine.model.clocks import Clock as PromiseClock
from engine.rules.clock_book import Book
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks import kept_clocks
from engine.usecases.clocks.kept_clocks import brought_up, kept_book, read_book
from engine.usecases.clocks.log_promise import SpokenPromise, log_promise
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.clocks.withdraw_promise import withdraw_promise
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from engine.usecases.steering.steer import steer
from jobs.clock_jobs import keep_clocks
from jobs.runner import Outcome
from tests.worlds import OPENING, SHOW, Clock, order, order_id, take


def written(book: Book) -> tuple[Any, ...]:
    """All that a book holds, in an order of its own."""
    entries = Counter((clock, *row) for clock in PromiseClock for row in book.clocks[clock].iter_rows())
    waits = Counter((watch, *row) for watch, frame in book.waits.items() for row in frame.iter_rows())
    return entries, waits, Counter(book.orders.iter_rows()), book.versions, book.unjudged


def story(room: Room, clock: Clock) -> Iterator[str]:
    """A name for each of its commits; between two of them the clocks of other orders stand as they were."""
    clock.at = OPENING + timedelta(minutes=30)
    take(
        room, *(order(n, ("RICE", 1)) for n in range(1, 6)), order(7, ("OIL", 1), platform="kuaishou", show_id="shelf")
    )
    yield "orders came, one of a platform without rules"
    said = log_promise(
        room, SpokenPromise(show_id=SHOW, words="24 小时", said_at=room.now(), hours=24.0, whole_show=True), actor="lin"
    )
    yield "a promise on air moved them"
    withdraw_promise(room, said.promise_id, reason="misheard", actor="lin")
    yield "and back"
    change_orders(room, [OrderChange(order_id(5), "cancelled", room.now())], actor="test")
    yield "one was cancelled"
    assert allocate_waiting(room).served == 4
    yield "the rest was planned"
    steer(room, Change(kind=ChangeKind.NODE_CLOSED, node="WH"), actor="lin", reason="flood")
    yield "a node closed, and some of them waited again"
    steer(room, Change(kind=ChangeKind.NODE_REOPENED, node="WH"), actor="lin", reason="dry")
    allocate_waiting(room)
    yield "planned again"
    parcels = room.database.read("SELECT parcel_id FROM parcels WHERE status = 'planned' ORDER BY 1")[
        "parcel_id"
    ].to_list()
    clock.pass_(minutes=10)
    record_waybills(room, [Waybill(p, f"W-{p}", room.now()) for p in parcels], actor="wms")
    yield "waybills were uploaded"
    for scan in ("picked_up", "hub_in", "hub_out", "signed"):
        clock.pass_(hours=5)
        event = {"waybill_no": f"W-{parcels[0]}", "scan": scan, "at": room.now().isoformat(), "said": scan}
        track(room, parse_canonical_tracking([event]), actor="carrier")
        yield f"a scan: {scan}"
    change_orders(room, [OrderChange(order_id(n), "refunded", room.now()) for n in (1, 2)], actor="test")
    yield "two were refunded, one of them on its way"
    clock.pass_(hours=40)
    take(room, order(8, ("RICE", 1), minute=60 * 60))
    yield "another came when most promises had run out"


def test_after_every_commit_the_kept_clocks_are_those_read_anew(room: Room, clock: Clock) -> None:
    platforms = room.rules.platforms
    kept, since, day = (
        read_book(room.database, platforms, now=room.now()),
        room.database.data_version(),
        beijing_day(OPENING),
    )
    sizes = []
    for what in story(room, clock):
        kept = brought_up(kept, room.database, platforms, since=since, now=room.now())
        since = room.database.data_version()
        anew = read_book(room.database, platforms, now=room.now())
        assert written(kept) == written(anew), what
        # Codes are of orders due these days, and a book is read whole on another day.
        if beijing_day(room.now()) == day:
            assert Counter(anew.codes.iter_rows()) <= Counter(kept.codes.iter_rows()), what
        sizes.append(sum(frame.height for frame in kept.clocks.values()))
    assert len(set(sizes)) > 5, "the story moves the clocks"


def test_a_board_takes_the_book_as_a_job_left_it_and_brings_it_up_only_where_none_does(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at = OPENING + timedelta(minutes=30)
    platforms = room.rules.platforms
    first = kept_book(room.database, platforms, now=clock.at)
    monkeypatch.setattr(kept_clocks, "read_book", None)  # whoever reads it whole again fails
    take(room, order(1))
    clock.pass_(seconds=20)
    assert kept_book(room.database, platforms, now=clock.at) is first
    assert keep_clocks(room).outcome is Outcome.IDLE
    assert kept_book(room.database, platforms, now=clock.at).orders.height == 1
    take(room, order(2))
    clock.pass_(seconds=29)
    assert kept_book(room.database, platforms, now=clock.at).orders.height == 1
    clock.pass_(seconds=2)
    assert kept_book(room.database, platforms, now=clock.at).orders.height == 2


def test_changed_rules_and_a_new_day_are_read_whole(room: Room, clock: Clock) -> None:
    clock.at = OPENING + timedelta(minutes=30)
    take(room, order(1))
    platforms = room.rules.platforms
    assert kept_book(room.database, platforms, now=clock.at).versions == {("douyin", "2026-08-10"): 1}
    without = {name: rules for name, rules in platforms.items() if name != "douyin"}
    assert kept_book(room.database, without, now=clock.at).unjudged == {"douyin": 1}
    old = kept_book(room.database, platforms, now=clock.at)
    clock.pass_(hours=24)
    assert kept_book(room.database, platforms, now=clock.at) is old, "a board does not wait for the new day"
    assert kept_book(room.database, platforms, now=clock.at, fresh=True) is not old
