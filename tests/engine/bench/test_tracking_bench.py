"""The tracking benchmark at a small size: it measures what it says, and refuses what came out wrong."""

import pytest

from engine.bench import tracking
from engine.bench.measure import BenchFailed
from engine.clock import utc_now


def test_events_come_in_out_of_order_and_some_twice_and_none_from_the_future() -> None:
    told = tracking.told_events(2_000)
    assert told.height == 2_200
    assert told.unique().height == 2_000
    assert not told["event_time"].is_sorted()
    assert told["event_time"].max() < utc_now()  # type: ignore[operator]


def test_the_figures_are_of_rooms_in_which_every_parcel_is_where_it_should_be() -> None:
    result = tracking.run_tracking(events=1_000, say=lambda _: None)
    assert set(result["batches"]) == {"20000", "200000"}
    for figures in result["batches"].values():
        assert (figures["told"], figures["stored"]) == (1_100, 1_000)
        assert figures["of_the_append"] > 0


def test_a_stage_that_came_out_wrong_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "BATCHES", (500,))
    monkeypatch.setattr(tracking, "track", lambda *_, **__: None)
    with pytest.raises(BenchFailed, match="0 parcels are signed for, not 100"):
        tracking.run_tracking(events=1_000, say=lambda _: None)
