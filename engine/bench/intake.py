"""How fast do orders come in, and what stands beside it? A pulse through the engine, DuckDB alone, Valkey, and HTTP.

All sides take the same batches in the same run, one after the other, several rounds. Decisions must be equal,
element by element, to a plain replay; a difference fails the benchmark, whatever the speed.
"""

import gc
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from engine.bench import append_limit, engine_path, http_path
from engine.bench.bench_room import BenchBrand, bench_brand, open_workplace
from engine.bench.measure import BenchFailed, Round, disk_ms, machine, rate_of
from engine.bench.pulse import PulseShape, batches
from engine.bench.replay import Letter, disagreements, replay
from engine.bench.valkey_peer import SCRIPTS, PeerOrder, ValkeyPeer, peer_orders, valkey_peer
from engine.usecases.room.verify import verify

BATCH = 1_000
TOGETHER = 4
"""Batches that share a commit in the grouped variant: what the desk does with a pulse (settings: group_orders)."""

GOAL_ENGINE = 50_000
GOAL_HTTP, GOAL_HTTP_P99_MS = 5_000, 100.0

Say = Callable[[str], None]
Decisions = list[list[tuple[str, Letter]]]


@dataclass(frozen=True, slots=True)
class Field:
    """What all sides run on."""

    made: BenchBrand
    shape: PulseShape
    batch: int
    batches: list[Sequence[dict[str, Any]]]
    expected: Decisions


def run_intake(*, orders: int, say: Say, rounds: int = 3, http: bool = True) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where a decision differs or a peer cannot run."""
    field = _field(orders)
    result: dict[str, Any] = {"bench": "intake", "machine": machine(), "sizes": _sizes(field, rounds)}
    if result["machine"]["busy"]:
        say(f"The machine is busy (load {result['machine']['load_before']}): figures will be pessimistic.")
    say(f"{orders} orders in batches of {field.batch}, {rounds} rounds of each side.")
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        directory = Path(name)
        result["disk"] = disk_ms(directory)
        result["engine"] = _engine(field, directory, rounds, say)
        if http:
            result["http"] = http_path.run_http(field.made, field.shape, directory, say)
    result["goals"] = _goals(result)
    for goal, met in result["goals"].items():
        say(f"{'met    ' if met else 'NOT MET'} {goal}")
    return result


def _field(orders: int) -> Field:
    size = min(BATCH, max(orders // 20, 1))
    made, shape = bench_brand(orders), PulseShape(arrivals=orders, resent_after=5 * size)
    cut = batches(made.pulse(shape), size)
    expected = replay(cut, pools=made.pools, quotas=made.quotas, kits=made.kits)
    return Field(made, shape, size, cut, expected)


def _sizes(field: Field, rounds: int) -> dict[str, Any]:
    letters = [letter for batch in field.expected for _, letter in batch]
    return {
        "orders": len(letters),
        "batch": field.batch,
        "rounds": rounds,
        "seed": field.shape.seed,
        "reserved": letters.count("R"),
        "sold_out": letters.count("S"),
        "repeated": letters.count("D"),
        **_exhausted(field),
    }


def _exhausted(field: Field) -> dict[str, int]:
    """How many quotas and pools the pulse runs dry: without any, the benchmark would test nothing."""
    by_province: dict[str, int] = dict.fromkeys(field.made.quotas, 0)
    province = {
        f"{order['platform']}:{order['order_no']}": order["address"]["province"]
        for batch in field.batches
        for order in batch
    }
    for order_id, letter in (pair for batch in field.expected for pair in batch):
        if letter == "R":
            by_province[province[order_id]] += 1
    return {"quotas_full": sum(taken == field.made.quotas[name] for name, taken in by_province.items())}


def _engine(field: Field, directory: Path, rounds: int, say: Say) -> dict[str, Any]:
    """Every side on the same batches: ours, ours grouped, DuckDB alone, Valkey with both scripts."""
    first = open_workplace(directory / "first.duckdb", field.made)
    try:
        single = engine_path.prepare(first, field.batches, together=1)
        grouped = engine_path.prepare(first, field.batches, together=TOGETHER)
        _, receipts = engine_path.take_all(first, single.groups)  # to have the rows for the limit, and to warm up
        _compare("the first pass", engine_path.decided(first.database, receipts, field.expected), field.expected)
        stored = append_limit.stored_batches(first.database)
        pools_dry = _pools_dry(first.database.read("SELECT show_id, quantity, reserved FROM pool_balance"))
    finally:
        first.database.close()
    taken: dict[str, list[Round]] = {name: [] for name in ("ours", "ours_grouped", "append_limit", *SCRIPTS)}
    peers = _peer_batches(field.batches, single)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(valkey_peer(name)) for name in SCRIPTS}
        encoded = {name: [server.encode(batch) for batch in peers] for name, server in servers.items()}
        # The frames and requests live as long as the benchmark: keep the collector from walking them again and again.
        gc.collect()
        gc.freeze()
        for number in range(rounds):
            taken["ours"].append(_ours(field, directory, single.groups, f"round {number + 1}"))
            taken["append_limit"].append(append_limit.append_limit(directory, stored))
            taken["ours_grouped"].append(_ours(field, directory, grouped.groups, f"grouped round {number + 1}"))
            for name, server in servers.items():
                taken[name].append(_peer(field, name, server, encoded[name]))
            say(f"round {number + 1} of {rounds}: " + _rates(taken, field))
        gc.unfreeze()
    return _figures(field, taken, single, pools_dry)


def _ours(field: Field, directory: Path, groups: Sequence[engine_path.Group], what: str) -> Round:
    path = directory / "ours.duckdb"
    work = open_workplace(path, field.made)
    try:
        taken, receipts = engine_path.take_all(work, groups)
        _compare(what, engine_path.decided(work.database, receipts, field.expected), field.expected)
        broken = [check.name for check in verify(work.database).checks if check.breaches]
        if broken:
            raise BenchFailed(f"After {what} these invariants are broken: {', '.join(broken)}.")
    finally:
        work.database.close()
    path.unlink()
    return taken


def _peer(field: Field, name: str, server: ValkeyPeer, encoded: Sequence[list[bytes]]) -> Round:
    server.stock(pools=field.made.pools, quotas=field.made.quotas)
    taken, answers = server.run(encoded)
    told = [
        [(order_id, letter) for (order_id, _), letter in zip(batch, answer, strict=True)]
        for batch, answer in zip(field.expected, answers, strict=True)
    ]
    _compare(name, told, field.expected)
    return taken


def _peer_batches(cut: Sequence[Sequence[Mapping[str, Any]]], single: engine_path.Prepared) -> list[list[PeerOrder]]:
    """The assembled batches in the order of decision, for the peer: it is spared the parsing as well."""
    told = []
    for batch, group in zip(cut, single.groups, strict=True):
        needs: dict[str, dict[str, int]] = {}
        for order_id, sku, qty in group.batch.lines.select("order_id", "sku", "qty").iter_rows():
            need = needs.setdefault(order_id, {})
            need[sku] = need.get(sku, 0) + qty
        rows = group.batch.orders.sort("paid_at", "row")["row"].to_list()
        told.append(peer_orders([batch[row - 1] for row in rows], needs))
    return told


def _compare(what: str, told: Decisions, expected: Decisions) -> None:
    wrong = disagreements(told, expected)
    if wrong:
        raise BenchFailed(f"Decisions of {what} differ from the replay: {'; '.join(wrong)}.")


def _pools_dry(balance: pl.DataFrame) -> int:
    return balance.filter((pl.col("quantity") > 0) & (pl.col("reserved") == pl.col("quantity"))).height


def _rates(taken: Mapping[str, Sequence[Round]], field: Field) -> str:
    return ", ".join(f"{name} {field.shape.arrivals / rounds[-1].seconds:,.0f}/s" for name, rounds in taken.items())


def _figures(
    field: Field, taken: Mapping[str, Sequence[Round]], single: engine_path.Prepared, pools_dry: int
) -> dict[str, Any]:
    orders = field.shape.arrivals
    figures: dict[str, Any] = {name: rate_of(orders, rounds) for name, rounds in taken.items()}
    rate = {name: figures[name]["orders_per_second"] for name in taken}
    return {
        **figures,
        "parse_orders_per_second": round(orders / single.parse_seconds),
        "assemble_orders_per_second": round(orders / single.assemble_seconds),
        "ours_vs_valkey": round(rate["ours"] / rate["valkey"], 3),
        "ours_vs_valkey_batched": round(rate["ours"] / rate["valkey_batched"], 3),
        "grouped_vs_valkey": round(rate["ours_grouped"] / rate["valkey"], 3),
        "ours_vs_append_limit": round(rate["ours"] / rate["append_limit"], 3),
        "pools_sold_out": pools_dry,
        "decisions_compared": orders * (1 + len(taken["ours"]) * (len(taken) - 1)),
        "mismatches": 0,
    }


def _goals(result: Mapping[str, Any]) -> dict[str, bool]:
    engine = result["engine"]
    goals = {
        f"engine, a commit for each batch: {GOAL_ENGINE:,} orders/s": _fast(engine["ours"]),
        "engine, a commit for each batch: as fast as the Valkey script": engine["ours_vs_valkey"] >= 1,
        f"engine, {TOGETHER} batches a commit: {GOAL_ENGINE:,} orders/s": _fast(engine["ours_grouped"]),
        f"engine, {TOGETHER} batches a commit: as fast as the Valkey script": engine["grouped_vs_valkey"] >= 1,
    }
    if "http" in result:
        whole = result["http"]["requests_of_20"]
        goals[f"HTTP, 20 orders a request: {GOAL_HTTP:,} orders/s"] = whole["orders_per_second"] >= GOAL_HTTP
        goals[f"HTTP: 99 % answered within {GOAL_HTTP_P99_MS:.0f} ms"] = whole["ms"]["p99"] < GOAL_HTTP_P99_MS
    return goals


def _fast(side: Mapping[str, Any]) -> bool:
    return bool(side["orders_per_second"] >= GOAL_ENGINE)
