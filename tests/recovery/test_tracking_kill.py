"""kill -9 while carriers push scans: what was acknowledged is there afterwards, and nothing is there twice."""

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
from tests.processes import process, wait_until_well

KILLS = 3
PUSHES = 120
WAYBILLS = 20
"""Of one push; each push tells every one of them one scan further, so its events are not those of any other."""
SCANS = ("picked_up", "hub_in", "hub_out", "arrived_city", "out_for_delivery", "signed")


def pushes() -> list[list[dict[str, Any]]]:
    begin = utc_now() - timedelta(days=3)
    return [
        [
            {
                "waybill_no": f"K{number // len(SCANS):04d}{place:03d}", "scan": SCANS[number % len(SCANS)],
                "at": (begin + timedelta(hours=6 * (number % len(SCANS)), seconds=place)).isoformat(), "said": "scan",
            }
            for place in range(WAYBILLS)
        ]
        for number in range(PUSHES)
    ]  # fmt: skip


class Carrier(threading.Thread):
    """Sends every push again and again until it is acknowledged, as carriers do."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.acknowledged: set[tuple[str, str]] = set()
        self.port = 0
        self.alive = threading.Event()

    def run(self) -> None:
        for push in pushes():
            while not self._sent(push):
                self.alive.wait(30)
            self.acknowledged |= {(event["waybill_no"], event["scan"]) for event in push}

    def _sent(self, push: list[dict[str, Any]]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                "POST", "/api/tracking/canonical", json.dumps(push), {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return answer.status == 200


def test_scans_that_were_acknowledged_survive_kills_and_none_is_there_twice(tmp_path: Path) -> None:
    rng, carrier = random.Random(11), Carrier()
    for kill in range(KILLS + 1):
        with process(tmp_path) as room:
            wait_until_well(room)
            carrier.port = room.port
            if kill == 0:
                carrier.start()
            carrier.alive.set()
            if kill < KILLS:
                threading.Event().wait(rng.uniform(0.05, 0.5))
                carrier.alive.clear()
                room.process.kill()
                room.process.wait(10)
            else:
                carrier.join(120)
                assert not carrier.is_alive()
                room.end(15)
            promised = set(carrier.acknowledged)
        database = Database.open(f"duckdb:///{tmp_path / 'room.duckdb'}")
        stored = database.read("SELECT waybill_no, scan FROM tracking_events").rows()
        breaches = [check for check in verify(database).checks if check.breaches]
        database.close()
        assert promised <= set(stored)
        assert len(stored) == len(set(stored)), "a push sent again is not told again"
        assert breaches == [], "tracks are where their events put them"
    assert len(stored) == PUSHES * WAYBILLS
