"""Chances of being late: nothing that happens later reaches them, and the life table counts what it says it counts."""

from dataclasses import replace
from datetime import UTC, timedelta
from datetime import datetime as moment_of
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.__main__ import main
from engine.errors import BadFile, BadSetting
from engine.logistics.calibration import calibrated
from engine.logistics.chance_quality import quality, reliability
from engine.logistics.delay_policy import DelayPolicy, delay_policy_from
from engine.logistics.late_chances import lane_baseline, late_chances, resolved_by
from engine.logistics.life_table import nested_levels, still_under_way
from engine.logistics.parcel_history import DAY, NEVER, ParcelHistory, parcel_history
from engine.usecases.forecasts.delay_policy import load_delay_policy
from tests.reference.delays import chance_to_be_under_way


def datetime(*parts: int) -> moment_of:
    """A moment as a file without zones has it."""
    return moment_of(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc, arg-type]


FIRST = datetime(2026, 3, 1)
LEARNED = 40
"""Days of history before the first scored parcel."""


def history_frame(parcels: int = 700, *, seed: int = 7, days: int = 60) -> pl.DataFrame:
    """Two carriers, three destinations, one of them slow; the slow one gets slower from day 30 on."""
    draw = np.random.default_rng(seed)
    ordered = np.sort(draw.uniform(0, days, parcels))
    destination = draw.integers(0, 3, parcels)
    carrier = draw.integers(0, 2, parcels)
    slow = 1 + 0.5 * (destination == 2) + 0.8 * ((destination == 2) & (ordered > 30))
    took = slow * draw.lognormal(np.log(2.5), 0.35, parcels)
    lost = draw.uniform(size=parcels) < 0.02
    at = [FIRST + timedelta(days=float(day)) for day in ordered]
    return pl.DataFrame(
        {
            "parcel_id": [f"p{n:04}" for n in range(parcels)],
            "ordered_at": at,
            "promised_at": [moment + timedelta(days=4) for moment in at],
            "picked_up_at": [m + timedelta(days=float(d) * 0.3) for m, d in zip(at, took, strict=True)],
            "delivered_at": [
                None if gone else m + timedelta(days=float(d)) for m, d, gone in zip(at, took, lost, strict=True)
            ],
            "origin": ["440100"] * parcels,
            "destination": [("440300", "310000", "650100")[d] for d in destination],
            "carrier": [("zto", "sf")[c] for c in carrier],
            "seller": [f"s{n % 9}" for n in range(parcels)],
            "weight_kg": draw.lognormal(0, 0.5, parcels),
            "value_yuan": draw.lognormal(4, 0.5, parcels),
            "distance_km": [None] * parcels,
            "x_layer": [("ambient", "chilled")[n % 2] for n in range(parcels)],
        },
        schema_overrides={"distance_km": pl.Float64},
    )


@pytest.fixture(scope="module")
def policy() -> DelayPolicy:
    """As shipped, but quick to learn."""
    shipped = load_delay_policy()
    return replace(
        shipped,
        expectation=replace(shipped.expectation, trees=8, least_parcels=100, refit_days=10.0),
        calibration=replace(shipped.calibration, least_parcels=100),
    )


def moment(days: float) -> int:
    return int(((FIRST - datetime(1970, 1, 1)).total_seconds() + days * 86400) * 1000)


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(cut=st.floats(41, 58), seed=st.integers(0, 1000))
def test_nothing_that_happens_after_an_order_moves_its_chance(policy: DelayPolicy, cut: float, seed: int) -> None:
    frame = history_frame()
    now, draw = FIRST + timedelta(days=cut), np.random.default_rng(seed)

    def rewritten(name: str) -> pl.Series:
        later = [now + timedelta(days=float(d)) for d in draw.uniform(0, 30, len(frame))]
        fates = draw.uniform(size=len(frame))
        return pl.Series(
            name,
            [
                known if known is not None and known < now else (None if fate < 0.3 else other)
                for known, other, fate in zip(frame[name], later, fates, strict=True)
            ],
            dtype=frame.schema[name],
        )

    changed = frame.with_columns(rewritten("picked_up_at"), rewritten("delivered_at"))
    # Parcels ordered later go away, or are quite different ones.
    changed = changed.with_columns(
        pl.when(pl.col("ordered_at") > now).then(pl.lit("zz")).otherwise(pl.col("destination")).alias("destination"),
        delivered_at=pl.when(pl.col("delivered_at") >= pl.col("ordered_at")).then("delivered_at"),
    ).filter((pl.col("ordered_at") <= now) | (pl.int_range(pl.len()) % 2 == 0))

    def chances(of: pl.DataFrame) -> dict[str, float]:
        history = parcel_history(of, called="h")
        scored = late_chances(history, moment(LEARNED), policy).frame(history)
        before = of.filter(pl.col("ordered_at") <= now)["parcel_id"]
        return dict(scored.filter(pl.col("parcel_id").is_in(before.implode())).iter_rows())

    assert chances(changed) == chances(frame)


def test_what_happened_before_an_order_does_move_its_chance(policy: DelayPolicy) -> None:
    frame = history_frame()
    history = parcel_history(frame, called="h")
    at = moment(50)
    slower = replace(
        history,
        delivered=np.where((history.delivered > at) | (history.ordered < at - 9 * DAY), history.delivered, NEVER),
    )
    before, after = (late_chances(h, moment(LEARNED), policy) for h in (history, slower))
    later = history.ordered[before.rows] > at
    assert after.chance[later].mean() > before.chance[later].mean() + 0.1, "a jam is seen while it happens"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), days=st.sampled_from([3.0, 10.0, 40.0]))
def test_the_life_table_counts_like_one_who_goes_parcel_by_parcel(seed: int, days: float) -> None:
    table = replace(load_delay_policy().table, windows_days=(days,), step=0.5, borrowed_wide=4.0, borrowed_lane=2.0)
    history = parcel_history(history_frame(60, seed=seed, days=30), called="h")
    levels = nested_levels(history, np.ones(len(history), dtype=np.bool_))
    expected = np.log(np.random.default_rng(seed).uniform(1, 5, len(history)))
    asked = np.arange(len(history))[::7]
    odds = still_under_way(history, expected, levels, asked, table, lost_days=5)[0]
    for row, found in zip(asked, odds, strict=True):
        share = chance_to_be_under_way(
            history, list(expected), [list(level) for level in levels], int(row), days, table, lost_days=5
        )
        assert 1 / (1 + np.exp(-found)) == pytest.approx(min(max(share, 1e-4), 1 - 1e-4), rel=1e-6)


def test_only_what_was_known_teaches() -> None:
    history = parcel_history(history_frame(), called="h")
    at = moment(LEARNED)
    taught = resolved_by(history, at, lost_days=20)
    assert (history.due[taught] <= at).all(), "no promise that is still to come"
    never = (history.delivered == NEVER) & (history.due + 20 * DAY <= at)
    assert never.any()
    assert not taught[never].any(), "the lost teach nothing"


def test_the_model_beats_the_history_of_lanes_where_a_lane_turns_slow(policy: DelayPolicy) -> None:
    history = parcel_history(history_frame(1500), called="h")
    model, plain = (chances(history, moment(LEARNED), policy) for chances in (late_chances, lane_baseline))
    arrived = history.delivered[model.rows] < NEVER
    late = history.late[model.rows][arrived]
    ours, theirs = quality(model.chance[arrived], late), quality(plain.chance[arrived], late)
    assert ours.brier < theirs.brier
    assert ours.auc is not None
    assert ours.auc > 0.7


def test_late_is_a_matter_of_calendar_days() -> None:
    frame = history_frame(3).with_columns(
        promised_at=pl.lit(datetime(2026, 5, 1, 9)),
        delivered_at=pl.Series([datetime(2026, 5, 1, 23, 59), datetime(2026, 5, 2), None]),
    )
    assert parcel_history(frame, called="h").late.tolist() == [False, True, True]
    # 17:00 in London on 1 May is 1 o'clock on 2 May in Beijing.
    zoned = frame.with_columns(
        pl.col("ordered_at", "promised_at", "picked_up_at").dt.replace_time_zone("UTC")
    ).with_columns(
        delivered_at=pl.Series([datetime(2026, 5, 1, 15), datetime(2026, 5, 1, 17), None]).dt.replace_time_zone("UTC")
    )
    assert parcel_history(zoned, called="h").late.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        (lambda f: f.drop("seller"), "lacks the column seller"),
        (lambda f: f.clear(), "no parcel in it"),
        (lambda f: f.with_columns(ordered_at=pl.lit("yesterday")), "ordered_at holds String; it must be timestamps"),
        (lambda f: f.with_columns(weight_kg=pl.lit("heavy")), "weight_kg holds String; it must be numbers"),
        (lambda f: f.with_columns(destination=pl.lit(1.5)), "destination holds Float64"),
        (lambda f: f.with_columns(promised_at=pl.lit(None, dtype=pl.Datetime)), "row 1: promised_at is empty"),
        (lambda f: pl.concat([f, f]), "more than once"),
        (lambda f: f.with_columns(delivered_at=pl.lit(datetime(2020, 1, 1))), "delivered before it was ordered"),
        (lambda f: f.with_columns(pl.col("ordered_at").dt.replace_time_zone("UTC")), "zone"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused_in_one_sentence(spoilt, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadFile, match=sentence):
        parcel_history(spoilt(history_frame(20)), called="h.parquet")


def test_the_command_scores_what_was_ordered_from_then_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "h.parquet", tmp_path / "deep" / "out.parquet"
    frame = history_frame(250)
    frame.write_parquet(path)
    asked = ["evaluate", "delay", str(path), "--out", str(out), "--json", "--train-before"]
    assert main([*asked, "2026-04-10"]) == 0
    assert '"lane_baseline"' in capsys.readouterr().out
    written = pl.read_parquet(out)
    assert written.columns == ["parcel_id", "probability"]
    assert set(written["parcel_id"]) == set(frame.filter(pl.col("ordered_at") >= datetime(2026, 4, 10))["parcel_id"])
    assert written["probability"].is_between(0, 1).all()
    for wrong, sentence in (
        ("soon", "must be a time"),
        ("2030-01-01", "nothing to score"),
        ("2026-04-10T00+08:00", "zone"),
    ):
        assert main([*asked, wrong]) == 2
        assert sentence in capsys.readouterr().err
    path.write_bytes(b"no parquet")
    assert main([*asked, "2026-04-10"]) == 2
    assert "not Parquet" in capsys.readouterr().err


def test_calibration_keeps_the_ranking_and_meets_the_mean() -> None:
    draw = np.random.default_rng(1)
    odds = draw.normal(-2, 1, 20000)
    late = draw.uniform(size=20000) < 1 / (1 + np.exp(-(0.7 + 0.6 * odds)))
    found = calibrated(odds, late, pull=1e-6, least=10)
    assert (found.shift, found.stretch) == pytest.approx((0.7, 0.6), abs=0.15)
    assert found.chance(odds).mean() == pytest.approx(late.mean(), abs=1e-6)
    assert sum(n for _, _, n in reliability(found.chance(odds), late)) == 20000
    assert calibrated(odds[:5], late[:5], pull=1.0, least=10).stretch == 1.0


def test_numbers_that_make_no_sense_stop_the_start() -> None:
    rules = {
        "table": {
            "windows_days": [14, 7],
            "step": 0.1,
            "lowest": -2.0,
            "highest": 2.0,
            "borrowed_wide": 30,
            "borrowed_lane": 20,
        }
    }
    with pytest.raises(BadSetting, match=r"\[expectation\] is missing"):
        delay_policy_from(rules)
    with pytest.raises(BadSetting, match="rising order"):
        replace(load_delay_policy(), table=replace(load_delay_policy().table, windows_days=(14.0, 7.0)))
    with pytest.raises(BadSetting, match="step"):
        replace(load_delay_policy(), table=replace(load_delay_policy().table, step=0.0))


def test_an_early_history_is_scored_by_its_table_alone(policy: DelayPolicy) -> None:
    history: ParcelHistory = parcel_history(history_frame(30, days=10), called="h")
    scored = late_chances(history, moment(0), policy)
    assert len(scored.rows) == 30
    assert np.isfinite(scored.chance).all()
