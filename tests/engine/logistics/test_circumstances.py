"""Circumstances are what was known at the moment; and where weather makes parcels late, the model learns it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bench.delay_weather import DAYS, PROVINCES, START, run_weather, weather_world
from engine.logistics.circumstances import PICK_UP, ROAD, Kind, circumstances
from engine.logistics.delay_model import DelayModel, learn_model, model_from
from engine.logistics.known_hubs import hubs_of_lanes, known_hubs, lanes_from
from engine.logistics.known_weather import known_weather
from engine.logistics.lane_tables import published_tables
from engine.logistics.leg_effects import learn_leg_effects
from engine.logistics.off_days import announced_until, days_off
from engine.logistics.outlook import log_odds, outlook
from engine.logistics.parcel_history import DAY
from engine.logistics.reasons import reasons
from engine.logistics.scan_gaps import GAPS
from engine.model.frames import empty
from engine.store.shapes.weather import SHAPES
from engine.usecases.forecasts.delay_policy import load_delay_policy
from tests.reference.weather import Told, rain_of_day

POLICY = load_delay_policy()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = EPOCH - timedelta(hours=8)  # in Beijing
HOUR = 3_600_000


def told_frame(told: list[Told]) -> pl.DataFrame:
    rows = [
        (one.place, MIDNIGHT + timedelta(hours=one.hour), EPOCH + timedelta(milliseconds=one.issued), one.mm)
        for one in told
    ]
    names = ("place", "valid_at", "issued_at", "precipitation_mm")
    frame = pl.DataFrame(rows, schema={name: SHAPES["weather_told"][name] for name in names}, orient="row")
    nothing = pl.lit(None, dtype=pl.Float64)
    return frame.with_columns(snowfall_cm=nothing, wind_kmh=nothing, celsius=nothing)


TOLD = st.builds(
    Told,
    place=st.sampled_from(["410100", "410000", "310100"]),
    hour=st.integers(1, 72),
    issued=st.integers(1, 12).map(lambda n: n * HOUR),
    mm=st.one_of(st.none(), st.integers(0, 8).map(float)),
)


@settings(max_examples=60)
@given(
    told=st.lists(TOLD, max_size=30, unique_by=lambda one: (one.place, one.hour, one.issued)),
    later=st.lists(TOLD, max_size=6),
    moment=st.integers(0, 13).map(lambda n: n * HOUR),
)
def test_a_day_is_known_as_the_newest_issues_before_the_moment_have_it(
    told: list[Told], later: list[Told], moment: int
) -> None:
    places = [place for place in ("410102", "310104", "419000") for _ in range(3)]
    days = np.array([0, 1, 2] * 3)
    asked = pl.Series(places), days, np.full(9, moment)
    found = known_weather(told_frame(told)).at(*asked)[:, 0]
    expected = [rain_of_day(told, place, int(day), moment) for place, day in zip(places, days, strict=True)]
    assert found == pytest.approx([np.nan if one is None else one for one in expected], abs=1e-9, nan_ok=True)
    # What is issued at or after the moment changes nothing of what was known by then.
    more = [replace(one, issued=moment + one.issued - HOUR) for one in later]
    seen = known_weather(told_frame([*told, *more])).at(*asked)[:, 0]
    np.testing.assert_array_equal(seen, found)


def test_the_last_word_on_a_hub_counts_from_when_the_room_heard_it_and_only_on_its_way() -> None:
    def said(hub: str, condition: str, begins: int, told: int, hours: float | None = None) -> tuple[object, ...]:
        at = (EPOCH + timedelta(hours=n) for n in (begins, told))
        return (hub, hub, condition, next(at), None, hours, next(at), "lin", "hand")

    rows = [
        said("410100", "congested", 0, 5, 12.0),
        said("410100", "clear", 0, 30),
        said("440100", "closed", 0, 5),
        said("610100", "busy", 0, 40),
    ]
    sayings = pl.DataFrame(rows, schema=dict(SHAPES["hub_sayings"]), orient="row")
    ways = pl.DataFrame(
        [("ZTO", "31", "61", "410100", 0.9), ("ZTO", "31", "61", "440100", 0.1)],
        schema=dict(SHAPES["hubs_on_the_way"]),
        orient="row",
    )
    hubs = known_hubs(sayings, hubs_of_lanes(ways, POLICY.circumstances), POLICY.circumstances)
    parcels = pl.DataFrame({"carrier": ["ZTO"] * 4 + ["SF"] * 2, "origin": ["310104"] * 6,
                            "destination": ["610102"] * 4 + ["440103", "610102"]})  # fmt: skip
    moments = np.array([5, 6, 30, 31, 6, 41]) * HOUR
    hours, names = hubs.worst(parcels, np.array([6, 6, 30, 31, 6, 41]) * HOUR, moments)
    # Not yet told; told; its clearing not yet told; cleared; a lane that was never scanned goes by its provinces.
    assert hours.tolist() == [0.0, 12.0, 12.0, 0.0, POLICY.circumstances.closed_hours, POLICY.circumstances.busy_hours]
    assert names.to_list() == [None, "410100", "410100", None, "440100", "610100"]


def test_holidays_and_make_up_workdays_are_known_and_what_is_not_announced_is_not() -> None:
    def day(text: str) -> int:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days

    off, festival = days_off(np.array([day("2026-10-01"), day("2026-10-10"), day("2026-11-14"), day("2026-11-16")]))
    assert off.tolist() == [1, 0, 1, 0], "a make-up workday on a Saturday, a plain weekend"
    assert festival.tolist() == [1, 0, 0, 0]
    beyond = days_off(np.array([(announced_until() - date(1970, 1, 1)).days + 1]))
    assert np.isnan(beyond).all()


def test_an_effect_is_learned_within_its_group_and_unknown_means_as_usual() -> None:
    draw = np.random.default_rng(3)
    group = draw.integers(0, 2, 4_000)
    rain = draw.exponential(0.5, 4_000) + 2.0 * group  # it rains more in the far group
    longer = 1.5 * group - 0.2 * group * 2.0 + 0.2 * rain + draw.normal(0, 0.1, 4_000)
    columns = np.full((4_000, len(PICK_UP)), np.nan)
    columns[:, 0] = np.where(draw.random(4_000) < 0.1, np.nan, rain)
    learned = learn_leg_effects(columns, PICK_UP, longer, group, replace(POLICY.circumstances, ridge=1.0))
    assert learned is not None
    assert learned.effect[0] == pytest.approx(0.2, abs=0.03), "the distance of the far group is no effect of rain"
    assert (learned.effect[1:] == 0).all()
    unknown, storm = np.full((1, len(PICK_UP)), np.nan), np.full((1, len(PICK_UP)), 1e6)
    assert learned.parts(unknown).sum() == 0.0
    assert learned.parts(storm).sum() <= POLICY.circumstances.most_shift
    assert learn_leg_effects(columns[:10], PICK_UP, longer[:10], group[:10], POLICY.circumstances) is None


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, object, np.ndarray]:
    return weather_world(parcels=6_000, policy=POLICY, seed=2)


def test_where_weather_makes_parcels_late_the_model_that_sees_it_ranks_better_and_stays_honest() -> None:
    figures = run_weather(parcels=6_000, policy=POLICY, say=lambda _: None, seed=2)
    auc = {name: figures[name]["auc"] for name in ("lane_history", "tables", "circumstances", "oracle")}
    assert figures["speaks"] == "circumstances"
    assert auc["lane_history"] < auc["circumstances"] < auc["oracle"]
    # Between the model without weather and all that could be known, at least a third of the way.
    assert auc["circumstances"] - auc["tables"] > (auc["oracle"] - auc["tables"]) / 3
    assert figures["circumstances"]["brier"] < figures["tables"]["brier"]
    assert figures["circumstances"]["ece"] < 0.05


def test_where_nothing_but_luck_and_lanes_matter_the_plain_tables_are_no_worse_for_it(
    world: tuple[pl.DataFrame, object, np.ndarray],
) -> None:
    parcels, around, _ = world
    now = int((START + timedelta(days=DAYS)).timestamp() * 1000)
    blind = replace(around, weather=known_weather(empty(SHAPES["weather_told"])), hubs=known_hubs(
        empty(SHAPES["hub_sayings"]), lanes_from(()), POLICY.circumstances))  # fmt: skip
    model = learn_model(parcels, empty(GAPS), blind, now, POLICY)
    assert model is not None
    assert model.effects is not None
    told = dict(zip(ROAD, model.effects.road.effect, strict=True))
    assert {name: told[name] for name, kind in ROAD.items() if kind in (Kind.WEATHER_THERE, Kind.HUB)} == pytest.approx(
        dict.fromkeys([name for name, kind in ROAD.items() if kind in (Kind.WEATHER_THERE, Kind.HUB)], 0.0)
    )


def test_nothing_told_later_changes_what_is_learned_or_seen_and_the_model_survives_being_kept(
    world: tuple[pl.DataFrame, object, np.ndarray],
) -> None:
    parcels, around, _ = world
    cut = int((START + timedelta(days=50)).timestamp() * 1000)
    known = replace(
        around,
        weather=replace(around.weather, days=around.weather.days.filter(pl.col("known") < cut)),
        hubs=replace(around.hubs, sayings=around.hubs.sayings.filter(pl.col("known") < cut)),
        crowd=around.crowd.filter(pl.col("ordered_at").dt.epoch("ms") < cut),
    )
    late = pl.col("signed_at").dt.epoch("ms") >= cut
    by_then = parcels.filter(pl.col("ordered_at").dt.epoch("ms") < cut).with_columns(
        pl.when(late).then(None).otherwise("signed_at").alias("signed_at")
    )
    one, other = (
        learn_model(*told, cut, POLICY) for told in ((parcels, empty(GAPS), around), (by_then, empty(GAPS), known))
    )
    assert one is not None
    assert other is not None
    assert orjson.dumps(one.as_content()) == orjson.dumps(other.as_content())
    asked = by_then.tail(500)
    moments = asked["ordered_at"].dt.epoch("ms").to_numpy()
    seen = [model.see(asked, told, moments, POLICY).way.road_days for model, told in ((one, around), (other, known))]
    np.testing.assert_array_equal(*seen)
    kept = model_from(orjson.loads(orjson.dumps(one.as_content())), POLICY)
    assert kept.see(asked, around, moments, POLICY).way.road_days == pytest.approx(seen[0], abs=1e-3)


def test_reasons_name_the_weather_and_the_hub_and_add_up(world: tuple[pl.DataFrame, object, np.ndarray]) -> None:
    parcels, around, _ = world
    cut = int((START + timedelta(days=60)).timestamp() * 1000)
    model = learn_model(parcels, empty(GAPS), around, cut, POLICY)
    assert isinstance(model, DelayModel)
    asked = parcels.filter(pl.col("ordered_at").dt.epoch("ms").is_between(cut - 8 * DAY, cut))
    moments = asked["ordered_at"].dt.epoch("ms").to_numpy()
    seen = model.see(asked, around, moments, POLICY)
    made = outlook(seen.way, model.tables.legs, moments)
    told = [orjson.loads(one) for one in reasons(seen, model, published_tables(POLICY), made, moments)]
    odds = log_odds(made.late_delivery)
    assert [sum(step[2] for step in steps) for steps in told] == pytest.approx(odds, abs=0.06)
    words = {(step[0], step[3]) for steps in told for step in steps if len(step) == 4}
    assert ("weather_there", "rain") in words
    assert any(cause == "hub" and hub in PROVINCES for cause, hub in words)
    there = circumstances(asked, around, moments, moments, POLICY.circumstances)
    assert there.columns.shape == (len(asked), len(ROAD))
