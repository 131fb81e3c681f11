"""Two people import the same file at once through a running room: the same totals as one, and nothing twice."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.settings import ROOT
from engine.store.database import Database
from engine.usecases.room.verify import verify
from tests.processes import process, wait_until_well

ORDERS = 3_000
START = datetime(2026, 11, 11, 4, tzinfo=UTC)


def order_file(path: Path) -> Path:
    """A canonical table: every third order has two lines, every tenth is unpaid, one row in a thousand is bad."""
    rows = ["platform,order_no,line_no,sku,qty,amount_yuan,created_at,paid_at,status,province,city,district,street"]
    for number in range(ORDERS):
        at = START + timedelta(seconds=number)
        unpaid = number % 10 == 0
        paid, status = ("", "unpaid") if unpaid else ((at + timedelta(seconds=9)).isoformat(), "paid")
        sku = "NO-SUCH" if number % 1000 == 7 else "RICE-WC-5"
        place = "安徽省,合肥市,蜀山区,三里庵街道"
        rows.append(f"douyin,T{number:08d},1,{sku},1,29.90,{at.isoformat()},{paid},{status},{place}")
        if number % 3 == 0:
            rows.append(f"douyin,T{number:08d},2,OIL-SUN-5,2,110.00,{at.isoformat()},{paid},{status},{place}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_two_importers_at_once_come_to_the_totals_of_one(tmp_path: Path) -> None:
    file = order_file(tmp_path / "orders.csv")
    with process(tmp_path) as room:
        wait_until_well(room)
        command = [
            sys.executable,
            "-m",
            "engine",
            "import",
            "--to",
            f"http://127.0.0.1:{room.port}",
            str(file),
            "--json",
        ]
        importers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
        totals = [json.loads(importer.communicate(timeout=120)[0].splitlines()[-1]) for importer in importers]
        room.end(15)
    rows = len(file.read_text(encoding="utf-8").splitlines()) - 1
    for total in totals:
        ended = total["accepted"] + total["duplicate"] + total["unpaid"] + total["quarantined"]
        assert ended == total["read"] == rows
    # Bad are orders 7, 1007 and 2007; the last has two lines, and the good one waits with the bad one.
    assert sum(total["quarantined"] for total in totals) == ORDERS // 1000 + 1
    assert sum(total["duplicate"] for total in totals) == rows, "each row ended once as itself, once as a duplicate"
    database = Database.open(f"duckdb:///{tmp_path / 'room.duckdb'}")
    stored = database.read("SELECT count(*) FROM orders").item()
    report = verify(database)
    database.close()
    assert stored == ORDERS - ORDERS // 10 - ORDERS // 1000
    assert report.clean
