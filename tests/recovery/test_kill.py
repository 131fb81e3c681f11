"""kill -9 at ten random moments while orders come in over the API: nothing lost, nothing twice, nothing oversold."""

import http.client
import json
import random
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.clock import utc_now
from engine.store.database import Database
from engine.usecases.room.verify import verify
from tests.processes import Started, process, wait_until_well

KILLS = 10
BATCHES = 240
BATCH = 50
ADDRESS = {"province": "安徽省", "city": "合肥市", "district": "蜀山区", "street": "三里庵街道", "detail": "******"}
SKUS = ("KIT-FAMILY", "OIL-PEA-5", "RICE-WC-5", "FRESH-STRAW-1")


def orders(batch: int, rng: random.Random) -> list[dict[str, Any]]:
    paid = utc_now() - timedelta(hours=1)
    return [
        {
            "platform": "douyin",
            "order_no": f"K{batch:05d}{place:04d}",
            "created_at": paid.isoformat(),
            "paid_at": paid.isoformat(),
            "status": "paid",
            "show_id": "evening-rice-oil",
            "buyer": {"name": f"钱{batch}**", "phone": f"13{batch:04d}{place:05d}"},
            "address": ADDRESS,
            "lines": [{"sku": sku, "qty": rng.randint(1, 3), "amount_yuan": "150.00"} for sku in rng.sample(SKUS, 2)],
        }
        for place in range(BATCH)
    ]


class Sender(threading.Thread):
    """Sends every batch in turn, again and again, until the room has acknowledged it; keeps the acknowledgements."""

    def __init__(self, batches: list[list[dict[str, Any]]]) -> None:
        super().__init__(daemon=True)
        self.batches = batches
        self.acknowledged: set[str] = set()
        self.port = 0
        self.alive = threading.Event()
        self.failure: str | None = None

    def run(self) -> None:
        for batch in self.batches:
            while not self._sent(batch):
                self.alive.wait(30)
            self.acknowledged |= {f"douyin:{order['order_no']}" for order in batch}

    def _sent(self, batch: list[dict[str, Any]]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/api/orders", json.dumps(batch), {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if response.status != 200:
            return False
        receipt = json.loads(body)
        if receipt["accepted"] + receipt["duplicate"] != len(batch):
            self.failure = f"{body!r}"
        return True


def kill_somewhere(room: Started, sender: Sender, rng: random.Random) -> None:
    """Let it take orders for a moment chosen at random, then kill it between two instructions."""
    sender.port = room.port
    sender.alive.set()
    rng_wait = threading.Event()
    rng_wait.wait(rng.uniform(0.02, 0.6))
    sender.alive.clear()
    room.process.kill()
    room.process.wait(10)


def test_ten_kills_lose_nothing_repeat_nothing_and_oversell_nothing(tmp_path: Path) -> None:
    rng = random.Random(7)
    sender = Sender([orders(number, rng) for number in range(BATCHES)])
    url = f"duckdb:///{tmp_path / 'room.duckdb'}"
    killed = 0
    while killed < KILLS:
        with process(tmp_path) as room:
            wait_until_well(room)
            if not sender.is_alive():
                sender.port = room.port
                sender.start()
            kill_somewhere(room, sender, rng)
            killed += 1
            promised = set(sender.acknowledged)
        database = Database.open(url)
        stored = set(database.read("SELECT order_id FROM orders")["order_id"])
        report = verify(database)
        database.close()
        assert promised <= stored, "an order that was acknowledged is gone"
        assert [check for check in report.checks if check.breaches] == []
    with process(tmp_path) as room:
        wait_until_well(room)
        sender.port = room.port
        sender.alive.set()
        sender.join(120)
        assert not sender.is_alive()
        room.end(15)
    assert sender.failure is None
    database = Database.open(url)
    stored = database.read("SELECT order_id, status FROM orders")
    report = verify(database)
    database.close()
    assert stored.height == stored["order_id"].n_unique() == BATCHES * BATCH
    assert set(stored["order_id"]) == sender.acknowledged
    assert set(stored["status"]) >= {"sold_out"}, "the run must reach the edge of a pool or quota to prove anything"
    assert report.clean
