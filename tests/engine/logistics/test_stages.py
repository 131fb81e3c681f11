"""The stage machine against its slow reference, and the few moves that are not plain."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.logistics.stages import EVENTS, SAME_TIME, TRANSITIONS, fold
from engine.model.tracking import Scan, Stage, Trouble
from tests.reference import tracking

START = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)


def event(scan: str, hour: float, *, waybill: str = "W", key: str = "", **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("trouble", "place", "adcode", "lon", "lat"))
    at = START + timedelta(hours=hour)
    return {**blank, "event_key": key or f"{waybill}{scan}{hour}", "waybill_no": waybill, "scan": scan,
            "event_time": at, **more}  # fmt: skip


def folded(*events: dict[str, Any]) -> dict[str, Any]:
    [row] = fold(pl.DataFrame(list(events), schema=dict(EVENTS))).rows(named=True)
    return row


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of a few waybills: few distinct times, so that many tie."""
    count = draw(st.integers(1, 40))
    made = []
    for n in range(count):
        scan = draw(st.sampled_from(list(Scan)))
        made.append(
            event(
                scan.value, draw(st.integers(0, 6)), waybill=draw(st.sampled_from("ABC")), key=f"k{n:02d}",
                trouble=draw(st.sampled_from(list(Trouble))).value if scan is Scan.EXCEPTION else None,
                place=draw(st.sampled_from([None, "杭州", "成都"])), adcode=draw(st.sampled_from([None, "330100"])),
                lon=draw(st.sampled_from([None, 120.1])), lat=draw(st.sampled_from([None, 30.2, 31.0])),
            )
        )  # fmt: skip
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_every_history_in_every_order_ends_as_the_slow_reference_says(
    events: list[dict[str, Any]], luck: random.Random
) -> None:
    shuffled = list(events)
    luck.shuffle(shuffled)
    rows = fold(pl.DataFrame(shuffled, schema=dict(EVENTS))).rows(named=True)
    got = {row.pop("waybill_no"): row for row in rows}
    names = {e["waybill_no"] for e in events}
    assert got == {name: tracking.track([e for e in events if e["waybill_no"] == name]) for name in names}


def test_the_table_says_what_the_rules_in_words_say() -> None:
    for stage in Stage:
        for scan in Scan:
            assert TRANSITIONS.get((stage, scan), stage) == tracking.next_stage(stage, scan), (stage, scan)


def test_every_stage_can_be_reached_and_every_scan_has_its_place_in_a_second() -> None:
    assert {Stage.LABELLED, *TRANSITIONS.values()} == set(Stage)
    assert sorted(SAME_TIME) == sorted(Scan)


def test_a_late_pick_up_scan_fills_in_its_time_and_moves_nothing_back() -> None:
    row = folded(event("hub_in", 5), event("picked_up", 2))
    assert (row["stage"], row["picked_up_at"]) == ("in_transit", START + timedelta(hours=2))


def test_a_hub_scan_alone_is_no_pick_up() -> None:
    assert folded(event("hub_in", 5))["picked_up_at"] is None


def test_a_courier_that_was_told_to_come_has_not_picked_up() -> None:
    row = folded(event("ordered", 0), event("labelled", 1))
    assert (row["stage"], row["picked_up_at"], row["last_scan_at"]) == ("labelled", None, None)


def test_a_note_after_the_signature_changes_neither_stage_nor_time() -> None:
    row = folded(event("signed", 5), event("note", 6, place="photo"))
    assert (row["stage"], row["stage_at"], row["last_scan_at"]) == ("signed", *[START + timedelta(hours=5)] * 2)


def test_the_sender_who_signs_for_the_return_is_no_buyer() -> None:
    row = folded(event("rejected", 5), event("hub_out", 7), event("arrived_city", 30), event("signed", 31))
    assert (row["stage"], row["signed_at"], row["arrived_at"], row["first_hub_at"]) == ("returned", None, None, None)


@pytest.mark.parametrize(("hours", "trouble"), [((5, 6), "damaged"), ((6, 5), None)])
def test_a_trouble_is_over_when_the_parcel_moves_on(hours: tuple[int, int], trouble: str | None) -> None:
    moved, told = hours
    assert folded(event("hub_in", moved), event("exception", told, trouble="damaged"))["trouble"] == trouble


def test_a_provider_that_notices_silence_does_not_end_it() -> None:
    row = folded(event("hub_in", 5), event("exception", 60, trouble="no_news"))
    assert (row["trouble"], row["last_scan_at"]) == ("no_news", START + timedelta(hours=5))


def test_a_parcel_that_was_never_scanned_is_not_lost() -> None:
    assert folded(event("lost_suspect", 5))["stage"] == "labelled"
    assert folded(event("picked_up", 1), event("lost_suspect", 5))["stage"] == "lost"
    assert folded(event("picked_up", 1), event("lost_suspect", 5), event("hub_in", 9))["stage"] == "in_transit"
