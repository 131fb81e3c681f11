"""Parcels are judged when their deadline has passed, never before, and warnings do not flicker."""

import tomllib
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from engine.errors import BadSetting
from engine.logistics.outcomes import cells, described, outcomes
from engine.logistics.standards import Measure, PartnerKind
from engine.logistics.warnings import FIGURES, KEY, changes
from engine.settings import DATA
from engine.store.shapes.partners import SHAPES
from engine.usecases.road.service_policy import load_standards, standards_from
from tests.worlds import OPENING

STANDARDS = load_standards()
ORIGIN = {"origin": "310104", "carrier_kind": "parcel", "destination": "320500", "orders": 1, "damaged": False,
          "troubled": False, "complained": False, "wrong_goods": False, "node": "WH", "carrier": "FAST",
          "days": 2.0}  # fmt: skip


def after(hours: float) -> datetime:
    return OPENING + timedelta(hours=hours)


def journeys(*rows: dict[str, Any]) -> pl.DataFrame:
    whole = [{**ORIGIN, "planned_at": OPENING, "promise_at": after(48), **row} for row in rows]
    return described(pl.DataFrame(whole, schema=dict(SHAPES["parcel_journeys"])), STANDARDS)


def judged(measure: Measure, now: float, *rows: dict[str, Any]) -> list[bool]:
    return outcomes(journeys(*rows), measure, STANDARDS, now=after(now))["good"].to_list()


def test_a_parcel_counts_from_its_deadline_on_however_early_it_was_done() -> None:
    done, open_ = {"uploaded_at": after(1), "picked_up_at": after(2)}, {"uploaded_at": after(1)}
    assert judged(Measure.PICK_UP, 47, done, open_) == []
    assert judged(Measure.PICK_UP, 48, done, open_) == [True, False]
    assert judged(Measure.LABEL_SCAN, 24.9, done, open_) == []
    assert judged(Measure.LABEL_SCAN, 25, done, open_) == [True, False]
    assert judged(Measure.PROCESSING, 12, done, {}) == [True, False]


def test_hours_of_the_tier_count_from_the_pick_up_and_damage_with_the_same_parcels() -> None:
    picked = {"picked_up_at": after(0)}
    rows = (
        {**picked, "signed_at": after(48)},
        {**picked, "signed_at": after(48.1)},
        {**picked, "damaged": True, "troubled": True},
        {},
    )
    assert judged(Measure.TIER_HOURS, 47, *rows) == []
    assert judged(Measure.TIER_HOURS, 48, *rows) == [True, False, False]
    assert judged(Measure.INTACT, 48, *rows) == [True, True, False]
    assert judged(Measure.SMOOTH, 48, *rows) == [True, True, False]


def test_complaints_count_once_buyers_have_had_their_time() -> None:
    lost = {"picked_up_at": after(0), "complained": True}
    mixed_up = {"picked_up_at": after(0), "signed_at": after(30), "wrong_goods": True}
    assert judged(Measure.UNCOMPLAINED, 48 + 47, lost, mixed_up) == []
    assert judged(Measure.UNCOMPLAINED, 48 + 48, lost, mixed_up) == [False, True]
    assert judged(Measure.RIGHT_GOODS, 48 + 48, lost, mixed_up) == [True, False]


def test_a_parcel_called_off_before_the_carrier_had_it_failed_nobody() -> None:
    assert judged(Measure.LABEL_SCAN, 99, {"uploaded_at": after(1), "stage": "cancelled"}) == []


def test_riders_are_compared_in_their_own_city_only() -> None:
    rows = journeys({}, {"carrier_kind": "own_rider"})
    assert rows.select("group", "lane").rows() == [("parcel", "31>32"), ("local", "3101>3205")]
    assert cells(rows.with_columns(good=True), PartnerKind.NODE)["group"].unique().to_list() == ["node"]


def test_every_measure_and_every_mainland_province_has_a_standard() -> None:
    for measure in Measure:
        assert all(STANDARDS.least(measure, tier.name) is not None for tier in STANDARDS.tiers)
    assert len(STANDARDS.tier_of) == 34


@pytest.mark.parametrize(
    ("section", "key", "value", "sentence"),
    [
        ("standard", "intact", 1.2, "intact is 1.2; it must lie between 0 and 1"),
        ("evidence", "parcel_digits", 3, "parcel_digits is 3; it must be 2, 4 or 6"),
        ("switch", "guess", 1, "has a setting nobody reads: guess"),
        ("sop", "scan_hours", "a day", "it must be a number"),
    ],
)
def test_a_wrong_standard_stops_the_start_with_a_sentence(section: str, key: str, value: Any, sentence: str) -> None:
    parsed = tomllib.loads((DATA / "rules" / "service_standards.toml").read_text(encoding="utf-8"))
    parsed[section][key] = value
    with pytest.raises(BadSetting, match=sentence):
        standards_from(parsed)


def score(
    adjusted: float, low: float, high: float, *, parcels: int = 500, standard: float | None = 0.9
) -> pl.DataFrame:
    row = {"kind": "carrier", "partner": "FAST", "tier": "near", "measure": "pick_up", "parcels": parcels,
           "adjusted": adjusted, "low": low, "high": high, "standard": standard}  # fmt: skip
    return pl.DataFrame([row], schema_overrides={"standard": pl.Float64})


def moved(scores: pl.DataFrame, standing: pl.DataFrame) -> list[tuple[str, str]]:
    return changes(scores, standing, min_parcels=50).select("state", "reason").rows()


def test_a_warning_is_raised_by_the_whole_interval_and_cleared_by_the_estimate() -> None:
    nobody = score(0.8, 0.7, 0.89).clear()
    standing = score(0.8, 0.7, 0.89).select(*KEY, *FIGURES)
    assert moved(score(0.85, 0.78, 0.91), nobody) == [], "the estimate is below, the interval is not"
    assert moved(score(0.8, 0.7, 0.89), nobody) == [("open", "below")]
    assert moved(score(0.8, 0.7, 0.89, parcels=49), nobody) == []
    assert moved(score(0.8, 0.7, 0.89, standard=None), nobody) == []
    assert moved(score(0.89, 0.85, 0.93), standing) == [], "no flicker: the interval reaches up, the estimate does not"
    assert moved(score(0.8, 0.7, 0.89), standing) == [], "it stands already"
    assert moved(score(0.9, 0.86, 0.94), standing) == [("cleared", "back")]
    assert moved(nobody, standing) == [("cleared", "no_parcels")]
