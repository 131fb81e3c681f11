"""Every clock of the ladder, one after the other, then all of them against the slow reference."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.clocks import Clock, ClockState
from engine.model.tracking import Stage
from engine.rules.clocks import CLAUSE_OF, CLOCK_ROWS, by_clock, judged
from engine.rules.pack_parts import ExemptEnd, Exemption
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause
from tests.engine.rules.test_packs import AUGUST, JUNE
from tests.reference import clocks as reference

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SHANGHAI, GUANGZHOU, URUMQI, HANGZHOU = "310104", "440111", "650102", "330106"


def ago(hours: float | None) -> datetime | None:
    return None if hours is None else NOW - timedelta(hours=hours)


def row(**changes: Any) -> dict[str, Any]:
    """A bag of rice for 29.9 yuan from Shanghai to Hangzhou, paid an hour ago, promised within 48 h, not planned."""
    plain = {
        "paid_at": ago(1), "promise_at": ago(-47), "amount_cents": 2990, "destination": HANGZHOU, "closed_at": None,
        "whole_at": None, "first": True, "origin": SHANGHAI, "has_hubs": True, "uploaded_at": None,
        "picked_up_at": None, "first_hub_at": None, "last_scan_at": None, "stage": None, "stage_at": None,
    }  # fmt: skip
    return plain | changes


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(CLOCK_ROWS))


def told(one: dict[str, Any], clock: Clock, pack: RulePack = AUGUST) -> tuple[str, float | None, float | None]:
    """(state, hours left, yuan that breaking it adds)."""
    found = by_clock(judged(frame(one), pack, now=NOW), now=NOW).filter(pl.col("clock") == clock.value)
    if found.is_empty():
        return ClockState.NOT_APPLICABLE, None, None
    [state], [left], [adds] = (found[name].to_list() for name in ("state", "seconds_left", "adds"))
    return state, left / 3600, adds


def up(hours: float, **more: Any) -> dict[str, Any]:
    """Its waybill was uploaded so long ago."""
    return row(**({"paid_at": ago(hours + 1), "promise_at": ago(hours - 47), "uploaded_at": ago(hours)} | more))


def picked(hours: float, **more: Any) -> dict[str, Any]:
    """Picked up so long ago, an hour after the upload."""
    scan = {"picked_up_at": ago(hours), "whole_at": ago(hours), "stage": Stage.PICKED_UP.value}
    return up(hours + 1, **(scan | more))


def moving(hours: float, **more: Any) -> dict[str, Any]:
    """Its last scan in transit was so long ago."""
    scans = {"first_hub_at": ago(hours + 5), "last_scan_at": ago(hours), "stage": Stage.IN_TRANSIT.value}
    return picked(hours + 6) | scans | more


@pytest.mark.parametrize(
    ("clock", "one", "state", "left", "yuan"),
    [
        # 发货超时: up to 48 h late costs nothing on a short promise, and counts toward the lock-out.
        (Clock.LATE, row(), "running", 47, 0),
        (Clock.LATE, row(promise_at=ago(0.5), paid_at=ago(48.5)), "broken", -0.5, 0),
        (Clock.LATE_BEYOND, row(promise_at=ago(47), paid_at=ago(95)), "running", 1, 2),
        (Clock.LATE_BEYOND, row(promise_at=ago(49), paid_at=ago(97)), "broken", -1, 2),
        # 48-240 h: 1 % of 29.9 at least 2, then 3 % at least 3; each clock says what it adds.
        (Clock.LATE, row(promise_at=ago(-100)), "running", 100, 2),
        (Clock.LATE_BEYOND, row(promise_at=ago(-100)), "running", 148, 1),
        (Clock.LATE, row(promise_at=ago(-300)), "running", 300, 3),
        (Clock.LATE_BEYOND, row(promise_at=ago(-300)), "running", 348, 2),
        # Picked up in time, too late, and ended before the promise.
        (Clock.LATE, picked(1), "kept", 45, 0),
        (Clock.LATE, row(paid_at=ago(60), promise_at=ago(12), whole_at=ago(11)), "broken", -12, 0),
        (Clock.LATE, row(paid_at=ago(60), promise_at=ago(12), closed_at=ago(13)), "not_applicable", None, None),
        (Clock.LATE, row(paid_at=ago(60), promise_at=ago(12), closed_at=ago(11)), "broken", -12, 0),
        (Clock.LATE, row(first=False), "not_applicable", None, None),
        # 轨迹超时 and 轨迹异常: no pick-up 24 h and 48 h after the upload, 3 and 7 yuan of a bag of rice.
        (Clock.NO_PICK_UP, row(), "not_applicable", None, None),
        (Clock.NO_PICK_UP, up(20), "running", 4, 3),
        (Clock.NO_PICK_UP, up(25), "broken", -1, 3),
        (Clock.NO_PICK_UP_LONG, up(25), "running", 23, 4),
        (Clock.NO_PICK_UP_LONG, up(49), "broken", -1, 4),
        (Clock.NO_PICK_UP, up(20, promise_at=ago(-200)), "running", 4, 5),
        # No hub scan 24 h and 48 h after the pick-up; riders and clerks have no hubs.
        (Clock.NO_HUB, picked(20), "running", 4, 3),
        (Clock.NO_HUB, picked(25), "broken", -1, 3),
        (Clock.NO_HUB_LONG, picked(25), "running", 23, 4),
        (Clock.NO_HUB_LONG, picked(49), "broken", -1, 4),
        (Clock.NO_HUB, picked(25, first_hub_at=ago(2)), "kept", -1, 0),
        (Clock.NO_HUB, picked(25, has_hubs=False), "not_applicable", None, None),
        # The gap in transit: 48 h near, 72 h between provinces, 120 h for remote ones.
        (Clock.GAP, moving(40), "running", 8, 3),
        (Clock.GAP, moving(49), "broken", -1, 3),
        (Clock.GAP, moving(49, destination=GUANGZHOU), "running", 23, 3),
        (Clock.GAP, moving(73, destination=GUANGZHOU), "broken", -1, 3),
        (Clock.GAP, moving(73, destination=URUMQI), "running", 47, 3),
        (Clock.GAP, moving(121, destination=URUMQI), "broken", -1, 3),
        (Clock.GAP, moving(121, origin=URUMQI), "broken", -1, 3),
        (Clock.GAP, moving(49, origin=GUANGZHOU, destination="440305"), "broken", -1, 3),
        (Clock.GAP, moving(49, origin="110105", destination="131003"), "broken", -1, 3),
        (Clock.GAP, moving(49, stage=Stage.ARRIVED.value), "not_applicable", None, None),
        # 轨迹异常 that is no matter of time.
        (Clock.BEFORE_PAYMENT, picked(1), "kept", -1, 0),
        (Clock.BEFORE_PAYMENT, picked(1, paid_at=ago(0.5)), "broken", -1, 7),
        (Clock.RECALLED, up(5), "not_applicable", None, None),
        (Clock.RECALLED, up(5, stage=Stage.CANCELLED.value, stage_at=ago(1)), "broken", -1, 7),
        (Clock.NO_PICK_UP, up(25, stage=Stage.CANCELLED.value, stage_at=ago(2)), "not_applicable", None, None),
    ],
)  # fmt: skip
def test_a_clock_of_the_field_notes(
    clock: Clock, one: dict[str, Any], state: str, left: float | None, yuan: float | None
) -> None:
    if one.get("paid_at") == ago(0.5):
        one = one | {"promise_at": ago(-47.5)}
    found = told(one, clock)
    assert found[0] == state
    assert found[1] == (None if left is None else pytest.approx(left))
    assert found[2] == yuan


def test_every_clock_has_its_clause() -> None:
    assert set(CLAUSE_OF) == set(Clock)
    assert set(CLAUSE_OF.values()) == set(Clause) - {Clause.OUT_OF_STOCK, Clause.FRAUD}


def test_clauses_of_a_family_never_add_up_to_more_than_the_dearest() -> None:
    """3 yuan for no pick-up in 24 h, and 7 in all when it becomes 48 h: never 10."""
    found = by_clock(judged(frame(up(49)), AUGUST, now=NOW), now=NOW)
    trace = found.filter(pl.col("clock").is_in(["no_pick_up", "no_pick_up_long"]))
    assert trace["adds"].sum() == trace["yuan"].max() == 7


def test_amounts_that_are_not_sourced_are_unknown_and_not_nothing() -> None:
    assert told(row(promise_at=ago(1), paid_at=ago(49)), Clock.LATE, JUNE) == ("broken", pytest.approx(-1), None)
    assert told(row(promise_at=ago(49), paid_at=ago(97)), Clock.LATE_BEYOND, JUNE)[2] == 2


def refundable(one: dict[str, Any]) -> bool:
    since = judged(frame(one), AUGUST, now=NOW)["refundable_from"].item()
    return since is not None and since < NOW


def test_a_buyer_is_refunded_unasked_until_the_upload_and_again_48_hours_after_it() -> None:
    assert refundable(row())
    assert not refundable(row(amount_cents=800_001))
    assert not refundable(up(47))
    assert refundable(up(48.1))
    assert not refundable(picked(60))
    assert not refundable(row(closed_at=ago(0.1)))


FLOOD = Exemption(
    notice="flood", regions=("4401", "33"), end=ExemptEnd.EITHER, since=NOW - timedelta(hours=30),
    until=NOW + timedelta(hours=10), clauses=frozenset({Clause.LATE, Clause.TRACE_TIMEOUT}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "one", "clock", "state"),
    [
        ({}, up(25), Clock.NO_PICK_UP, "exempt"),
        ({}, up(20), Clock.NO_PICK_UP, "exempt"),
        ({}, up(25, destination="320102"), Clock.NO_PICK_UP, "broken"),
        ({}, up(5), Clock.NO_PICK_UP, "running"),  # its deadline lies behind the exemption
        ({}, up(49), Clock.NO_PICK_UP_LONG, "broken"),  # another clause
        ({"end": ExemptEnd.ORIGIN}, up(25), Clock.NO_PICK_UP, "broken"),
        ({"end": ExemptEnd.DESTINATION}, up(25), Clock.NO_PICK_UP, "exempt"),
        ({"regions": ("",)}, up(25, destination="320102"), Clock.NO_PICK_UP, "exempt"),
        ({"until": NOW - timedelta(hours=1)}, up(25), Clock.NO_PICK_UP, "broken"),  # this moment excluded
        ({}, up(25, picked_up_at=ago(0.5)), Clock.NO_PICK_UP, "exempt"),
        ({}, up(25, picked_up_at=ago(24)), Clock.NO_PICK_UP, "kept"),
    ],
)
def test_a_notice_exempts_its_regions_its_days_and_its_clauses(
    change: dict[str, Any], one: dict[str, Any], clock: Clock, state: str
) -> None:
    pack = replace(AUGUST, exemptions=(replace(FLOOD, **change),))
    assert told(one, clock, pack)[0] == state


HOURS = st.integers(-60, 130).map(lambda half: half / 2)
MAYBE = st.none() | HOURS


@st.composite
def any_row(draw: st.DrawFn) -> dict[str, Any]:
    """Anything that could stand in the tables, contradictions included."""
    paid = draw(st.integers(0, 150))
    return row(
        paid_at=ago(paid),
        promise_at=ago(paid - draw(st.sampled_from([5, 24, 48, 49, 240, 241, 400]))),
        amount_cents=draw(st.integers(0, 100_000)),
        destination=draw(st.sampled_from([SHANGHAI, HANGZHOU, GUANGZHOU, URUMQI, "110105"])),
        origin=draw(st.sampled_from([None, SHANGHAI, "131003", URUMQI])),
        first=draw(st.booleans()),
        has_hubs=draw(st.sampled_from([None, True, False])),
        stage=draw(st.none() | st.sampled_from([stage.value for stage in Stage])),
        **{
            name: ago(draw(MAYBE))
            for name in ("closed_at", "whole_at", "uploaded_at", "picked_up_at", "first_hub_at", "last_scan_at")
        },
        stage_at=ago(draw(HOURS)),
    )


@settings(max_examples=150)
@given(rows=st.lists(any_row(), min_size=1, max_size=6), notices=st.lists(st.just(FLOOD), max_size=1))
def test_the_clocks_are_those_of_the_slow_reference(rows: list[dict[str, Any]], notices: list[Exemption]) -> None:
    pack = replace(AUGUST, exemptions=tuple(notices))
    found = judged(frame(*rows), pack, now=NOW)
    for position, one in enumerate(rows):
        for clock, (state, deadline, adds) in reference.judge(one, pack, NOW).items():
            told_row = found.row(position, named=True)
            assert told_row[f"{clock}_state"] == state, (clock, one)
            assert told_row[f"{clock}_deadline"] == deadline
            assert told_row[f"{clock}_adds"] == adds
