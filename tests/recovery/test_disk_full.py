"""A disk that fills up in the middle of an import: a sentence, nothing half kept, and the import can be repeated."""

import json
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.settings import ROOT
from engine.store.database import Database
from engine.usecases.room.verify import verify

ORDERS = 15_000
LOG_BYTES = 1_500_000  # of the write-ahead log: room for about a third of them
START = datetime(2026, 11, 11, 12, tzinfo=UTC)


def canonical_file(path: Path) -> Path:
    orders = [
        {
            "platform": "douyin",
            "order_no": f"F{number:08d}",
            "created_at": (START + timedelta(seconds=number)).isoformat(),
            "paid_at": (START + timedelta(seconds=number + 5)).isoformat(),
            "status": "paid",
            "buyer": {"name": f"孙{number}**", "phone": f"139****{number}"},
            "address": {"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "天平路街道"},
            "lines": [{"sku": "RICE-WC-5", "qty": 1, "amount_yuan": "29.90"}],
        }
        for number in range(ORDERS)
    ]
    path.write_text(json.dumps(orders), encoding="utf-8")
    return path


def run(database: Path, *arguments: str, most_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m engine ...`; with `most_bytes`, no file of the process may grow beyond it, as on a full disk."""

    def limit() -> None:
        if most_bytes is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write fails with an error, as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    env = {k: v for k, v in os.environ.items() if not k.startswith("WARROOM_")}
    env["WARROOM_DATABASE"] = f"duckdb:///{database}"
    return subprocess.run(
        [sys.executable, "-m", "engine", *arguments],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, preexec_fn=limit, check=False,
    )  # fmt: skip


def test_a_full_disk_gets_a_sentence_and_the_import_can_be_repeated(tmp_path: Path) -> None:
    file = canonical_file(tmp_path / "orders.json")
    room = tmp_path / "room.duckdb"
    assert run(room, "verify").returncode == 0
    seeded = run(room, "import", str(canonical_empty(tmp_path)), "--json")
    assert seeded.returncode == 2, "an empty file is refused, after the brand was seeded"

    stopped = run(room, "import", str(file), "--json", most_bytes=LOG_BYTES)
    assert stopped.returncode == 2, stopped.stderr
    assert "full" in stopped.stderr
    assert "Traceback" not in stopped.stderr

    database = Database.open(f"duckdb:///{room}")
    kept = database.read("SELECT count(*) FROM orders").item()
    assert kept < ORDERS, "the limit must have bitten"
    assert verify(database).clean
    database.close()

    again = run(room, "import", str(file), "--json")
    assert again.returncode == 0, again.stderr
    totals = json.loads(again.stdout.splitlines()[-1])
    assert (totals["read"], totals["accepted"], totals["duplicate"]) == (ORDERS, ORDERS - kept, kept)
    assert run(room, "verify").returncode == 0


def canonical_empty(folder: Path) -> Path:
    path = folder / "empty.json"
    path.write_text("", encoding="utf-8")
    return path
