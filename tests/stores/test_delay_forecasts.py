"""The room learns how long parcels take and forecasts each one's way, on both databases."""

from datetime import timedelta

import numpy as np
import orjson
import polars as pl
import pytest

from engine.logistics.lane_tables import learn_tables, on_the_way, published_tables, tables_from
from engine.logistics.outlook import outlook
from engine.store import tables
from engine.store.screens import delays as delay_screens
from engine.store.screens.weather import delay_drift_now
from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.forecasts.record_weather import take_weather
from engine.usecases.forecasts.score_delays import PUBLISHED, score_delays
from engine.usecases.forecasts.train_delays import train_delays
from engine.usecases.forecasts.watch_drift import watch_drift
from engine.usecases.room.room import Room
from tests.parcel_worlds import carry, way
from tests.worlds import OPENING, Clock

START = OPENING - timedelta(days=80)


def past(room: Room, *, days: int = 80, a_day: int = 8) -> None:
    """FAST takes a day or so; CHEAP takes about five on half of its parcels, nobody knows beforehand on which."""
    draw = np.random.default_rng(5)
    ways = []
    for day in range(days - 4):
        for number in range(a_day):
            carrier = ("FAST", "CHEAP")[number % 2]
            slow = carrier == "CHEAP" and draw.uniform() < 0.5
            road = float(draw.lognormal(np.log(200 if slow else 30), 0.2))
            at = START + timedelta(days=day, hours=float(draw.uniform(0, 12)))
            # Only what has happened by the opening is known.
            reached = [h for h in (2, 8, 12, 8 + road * 0.8, 8 + road) if at + timedelta(hours=h) < OPENING]
            ways.append(way(f"{day}-{number}", carrier=carrier, planned_at=at, hours=reached))
    carry(room.database, ways)


def forecast(room: Room, parcel: str) -> dict[str, object]:
    return room.database.read(f"SELECT * FROM parcel_forecasts WHERE parcel_id = '{parcel}'").row(0, named=True)


def chances(room: Room, parcel: str) -> dict[str, float]:
    found = room.database.read(f"SELECT clause, chance FROM clause_chances WHERE parcel_id = '{parcel}'")
    return dict(found.iter_rows())


def test_before_any_parcel_arrived_the_published_days_speak_and_say_so(room: Room, clock: Clock) -> None:
    carry(room.database, [way(1, hours=()), way(2, hours=(1,))])
    assert train_delays(room.database, now=room.now(), actor="test").model_id is None
    run = score_delays(room.database, room.rules, now=room.now(), actor="test")
    assert (run.made, run.model_id) == (2, PUBLISHED)
    first, second = forecast(room, "P1"), forecast(room, "P2")
    assert (first["occasion"], second["occasion"]) == ("ordered", "labelled")
    assert first["eta_p10"] < first["eta_p50"] < first["eta_p90"]
    reasons = orjson.loads(first["reasons"])
    assert {cause for cause, _, _ in reasons} == {"promise", "network", "lane", "so_far"}
    assert [abs(effect) for _, _, effect in reasons] == sorted((abs(e) for _, _, e in reasons), reverse=True)
    odds = np.log(first["late_delivery"] / (1 - first["late_delivery"]))
    assert sum(effect for _, _, effect in reasons) == pytest.approx(odds, abs=0.03)
    assert set(chances(room, "P1")) == {"late", "late_beyond"}, "without a waybill no clock of it runs"
    assert set(chances(room, "P2")) == {"late", "late_beyond", "trace_timeout", "trace_anomaly"}
    assert chances(room, "P2")["trace_timeout"] > chances(room, "P2")["trace_anomaly"]
    assert score_delays(room.database, room.rules, now=room.now(), actor="test").made == 0, "nothing new"


def test_waiting_itself_is_news_and_a_pick_up_settles_its_clauses(room: Room, clock: Clock) -> None:
    carry(room.database, [way(1, hours=())])
    score_delays(room.database, room.rules, now=room.now(), actor="test")
    early = chances(room, "P1")["late"]
    clock.at = OPENING + timedelta(hours=40)
    assert score_delays(room.database, room.rules, now=room.now(), actor="test").made == 1
    assert chances(room, "P1")["late"] > early
    clock.at = OPENING + timedelta(hours=49)
    score_delays(room.database, room.rules, now=room.now(), actor="test")
    assert chances(room, "P1")["late"] == 1.0
    with room.database.transaction(actor="test", verb="scan") as tx:
        tx.append(
            tables.waybills,
            pl.DataFrame(
                {
                    "parcel_id": ["P1"],
                    "waybill_no": ["WP1"],
                    "uploaded_at": [OPENING],
                    "picked_up_at": [clock.at],
                    "ingest_time": [clock.at],
                }
            ).with_columns(pl.col("uploaded_at", "picked_up_at", "ingest_time").cast(pl.Datetime("us", "UTC"))),
            stamp=True,
        )
    score_delays(room.database, room.rules, now=room.now(), actor="test")
    found = forecast(room, "P1")
    assert (found["occasion"], found["late_pick_up"], found["pick_up_p50"]) == ("scanned", 1.0, None)
    after = chances(room, "P1")
    assert set(after) == {"no_hub", "no_hub_long"}, "the clauses of a pick-up are settled, those of the way begin"
    assert after["no_hub"] > after["no_hub_long"] > 0
    clock.pass_(hours=20)
    score_delays(room.database, room.rules, now=room.now(), actor="test")
    assert chances(room, "P1")["no_hub"] > after["no_hub"], "no scan for twenty hours is news as well"
    outlook_now = {row["clock"]: row for row in delay_screens.clause_outlook(room.database).to_dicts()}
    assert outlook_now["no_hub"]["expected"] == pytest.approx(chances(room, "P1")["no_hub"])
    assert outlook_now["no_hub"]["cents"] > 0


def test_a_carrier_that_turned_slow_is_learned_and_the_model_speaks_once_it_wins(room: Room, clock: Clock) -> None:
    past(room)
    trained = train_delays(room.database, now=room.now(), actor="test")
    assert trained.champion
    assert trained.tested > 100
    card = orjson.loads(delay_screens.trained_models(room.database).row(0, named=True)["card"])
    assert card["model"]["brier"] < card["lane_history"]["brier"] + 1e-9
    assert card["model"]["auc"] > 0.7
    assert [hours for hours, *_ in card["lead_times"]] == [96, 72, 48, 24, 12, 6]
    assert sum(n for _, _, n in card["reliability"]) == trained.tested
    fresh = OPENING
    carry(
        room.database,
        [way("new-f", planned_at=fresh, hours=()), way("new-c", carrier="CHEAP", planned_at=fresh, hours=())],
    )
    run = score_delays(room.database, room.rules, now=room.now(), actor="test")
    assert run.model_id == trained.model_id
    slow, quick = forecast(room, "Pnew-c"), forecast(room, "Pnew-f")
    assert slow["late_delivery"] > quick["late_delivery"] + 0.2
    assert orjson.loads(slow["reasons"])[0][0] in ("lane", "network", "promise")
    totals = delay_screens.forecast_totals(room.database).row(0, named=True)
    assert totals["model_id"] == trained.model_id
    worst = delay_screens.threatened_parcels(room.database, room.now())
    assert worst["late_delivery"].is_sorted(descending=True)
    assert train_delays(room.database, now=room.now(), actor="test").model_id is None, "nobody arrived since"
    carry(room.database, [way("one-more", planned_at=OPENING - timedelta(days=3))])
    again = train_delays(room.database, now=room.now(), actor="test")
    look = watch_drift(room.database, now=room.now(), actor="test")
    assert look.kept
    assert not watch_drift(room.database, now=room.now(), actor="test").kept, "one look a day, unless a state changes"
    [calibration] = delay_drift_now(room.database).filter(what="calibration").to_dicts()
    assert calibration["parcels"] == again.tested
    states = dict(delay_screens.trained_models(room.database).select("model_id", "state").rows())
    assert states == {trained.model_id: "retired", again.model_id: "champion"}


def test_nothing_later_reaches_the_tables_of_a_moment(room: Room, clock: Clock) -> None:
    past(room, days=40)
    policy = load_delay_policy()
    parcels = delay_screens.delay_parcels(room.database, START - timedelta(days=1))
    cut = START + timedelta(days=25)
    later = pl.col("signed_at") >= cut
    changed = parcels.with_columns(
        signed_at=pl.when(later).then(None).otherwise("signed_at"),
        picked_up_at=pl.when(pl.col("picked_up_at") >= cut).then(None).otherwise("picked_up_at"),
        arrived_at=pl.when(pl.col("arrived_at") >= cut).then(None).otherwise("arrived_at"),
    )
    at = int(cut.timestamp() * 1000)
    one, other = (learn_tables(p, at, policy) for p in (parcels, changed))
    assert one.rows == other.rows
    for leg in ("pick_up", "road", "door"):
        assert (getattr(one.legs, leg).log_share == getattr(other.legs, leg).log_share).all()
    kept = tables_from(orjson.loads(orjson.dumps(one.as_content())))
    way_there, moment = on_the_way(parcels, kept, policy), np.full(len(parcels), at)
    assert outlook(way_there, kept.legs, moment).late_delivery == pytest.approx(
        outlook(on_the_way(parcels, one, policy), one.legs, moment).late_delivery, abs=1e-3
    )


def test_quantiles_and_shares_of_a_table_are_each_others_inverse() -> None:
    policy = load_delay_policy()
    table = published_tables(policy).legs.road
    cells = np.zeros(50, dtype=np.int64)
    expected = np.log(np.linspace(0.5, 9, 50))
    for share in (0.9, 0.5, 0.1, 0.01):
        days = table.days_at(cells, expected, np.full(50, np.log(share)))
        assert np.exp(table.still_on(cells, expected, days)) == pytest.approx(np.full(50, share), rel=1e-6)
    median = table.days_at(cells, expected, np.full(50, np.log(0.5)))
    assert median == pytest.approx(np.exp(expected), rel=0.01), "half of the parcels within the published days"


def test_before_a_model_speaks_pick_ups_are_expected_as_the_brand_has_seen_its_carriers_come(
    room: Room, clock: Clock
) -> None:
    carry(room.database, [way(1, hours=(1,)), way(2, carrier="CHEAP", hours=(1,)), way(3, hours=())])
    history = {"carrier": ["FAST", "CHEAP"], "on_time": [990, 10], "beyond_48h": [10, 990]}
    names = {name: pl.lit("*") for name in ("origin", "weekdays", "hours")}
    none = {f"within_{h}h": pl.lit(0, dtype=pl.Int64) for h in (2, 4, 8, 12, 24, 48)}
    with room.database.transaction(actor="test", verb="history") as tx:
        tx.execute(tables.delay_history.delete())
        tx.append(
            tables.delay_history,
            pl.DataFrame(history).with_columns(**names, **none, parcels=pl.lit(1_000, dtype=pl.Int64)),
        )
    run = score_delays(room.database, room.rules, now=room.now(), actor="test")
    assert run.model_id == PUBLISHED
    assert chances(room, "P1")["late"] < 0.05 < 0.9 < chances(room, "P2")["late"]
    assert chances(room, "P3")["late"] < 0.05, "without a waybill it queues at its node"
    soon, late = forecast(room, "P1"), forecast(room, "P2")
    assert soon["pick_up_p50"] < soon["pick_up_p90"] < OPENING + timedelta(hours=24)
    assert late["pick_up_p50"] > OPENING + timedelta(hours=48)
    assert late["eta_p50"] > soon["eta_p50"] + timedelta(hours=24), "the road begins when the van has come"


def test_where_rain_makes_parcels_late_the_room_learns_it_and_says_so(room: Room, clock: Clock) -> None:
    """It rains in one province or the other, a few days at a time; a parcel into the rain takes twice as long."""
    draw = np.random.default_rng(8)
    provinces, first = {"330000": "330102", "510000": "510104"}, OPENING - timedelta(days=60)
    wet = {place: np.repeat(draw.random(24) < 0.4, 3) for place in provinces}
    ways = []
    for day in range(60):
        for number in range(24):
            place = list(provinces)[number % 2]
            at = first + timedelta(days=day, hours=float(draw.uniform(0, 8)))  # 20:00 to 04:00 in Beijing
            pick = float(draw.uniform(20, 24))
            road = float(draw.lognormal(np.log(100 if wet[place][day + 1] else 50), 0.25))
            reached = [
                h for h in (2, pick, pick + 2, pick + 0.8 * road, pick + road) if at + timedelta(hours=h) < OPENING
            ]
            ways.append(way(f"{day}-{number}", destination=provinces[place], planned_at=at, hours=reached))
    carry(room.database, ways)
    midnight = first.replace(hour=16) - timedelta(days=1)  # of the first day in Beijing
    rows = [
        {"place": place, "valid_at": midnight + timedelta(days=day, hours=hour), "kind": "forecast",
         "issued_at": midnight + timedelta(days=day - 1), "precipitation_mm": 1.5 * wet[place][day]}
        for place in provinces for day in range(62) for hour in (6, 12, 18, 24)
    ]  # fmt: skip
    assert take_weather(room, rows, actor="test", source="hand").refused == 0
    trained = train_delays(room.database, now=room.now(), actor="test")
    assert trained.champion
    assert trained.model_id is not None
    assert trained.model_id.startswith("circumstances")
    card = orjson.loads(delay_screens.trained_models(room.database).row(0, named=True)["card"])
    assert card["candidates"]["circumstances"]["auc"] > card["candidates"]["tables"]["auc"] + 0.1
    assert card["matters"][0]["name"] == "rain_there"
    assert card["matters"][0]["slower"]
    tomorrow = [wet[place][61] for place in provinces]
    fresh = [
        way(f"new-{n}", destination=to, planned_at=room.now(), hours=()) for n, to in enumerate(provinces.values())
    ]
    carry(room.database, fresh)
    score_delays(room.database, room.rules, now=room.now(), actor="test")
    chance = [float(str(forecast(room, f"Pnew-{n}")["late_delivery"])) for n in range(2)]
    assert tomorrow[0] != tomorrow[1], "the seed gives rain to one of them"
    assert chance[int(np.argmax(tomorrow))] > chance[int(np.argmin(tomorrow))] + 0.2
    wettest = orjson.loads(str(forecast(room, f"Pnew-{int(np.argmax(tomorrow))}")["reasons"]))
    assert ["weather_there", "rain"] in [[step[0], step[3]] for step in wettest if len(step) == 4 and step[2] > 0.3]
