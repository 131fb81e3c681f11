"""Tracking files through the command line: each provider's pushes, and files that are none."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.__main__ import main
from tests.worlds import Clock, small_room

SCAN = {"waybill_no": "SF1000000001", "scan": "picked_up", "at": "2026-11-11 18:00:00"}
HISTORY = {"nu": "773100000001", "data": [{"context": "x", "ftime": "2026-11-11 18:00:00", "statusCode": "103"}]}
TRACES = [{"AcceptTime": "2026-11-11 18:00:00", "AcceptStation": "x", "Action": "1"}]
FILES: dict[str, tuple[str, Any]] = {
    "canonical": ("a.json", {"events": [SCAN, SCAN]}),
    "sf": ("a.jsonl", [{"mailno": "SF1000000002", "opCode": "50", "acceptTime": "2026-11-11 18:00:00"}]),
    "kuaidi100": ("b.json", {"status": "polling", "lastResult": HISTORY}),
    "kdniao": ("c.json", {"Data": [{"LogisticCode": "YT1000000001", "State": "1", "Traces": TRACES}]}),
}


@pytest.fixture
def room_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duckdb_url: str) -> Path:
    small_room(duckdb_url, Clock()).close()
    monkeypatch.setenv("WARROOM_DATABASE", duckdb_url)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(orjson.loads(capsys.readouterr().out.splitlines()[-1]))


def test_the_pushes_of_every_provider_go_in_once(room_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for provider, (name, content) in FILES.items():
        path = room_file / name
        path.write_text(json.dumps(content), encoding="utf-8")
        for recorded in (1, 0):
            assert main(["track", str(path), "--provider", provider]) == 0
            totals = told(capsys)
            assert totals["recorded"] == recorded
            assert totals["read"] == totals["recorded"] + totals["repeated"]


@pytest.mark.parametrize(
    ("content", "sentence"), [("{", "is not JSON"), ("5", "holds no list"), (None, "cannot be read")]
)
def test_a_file_that_is_none_is_told_so(
    room_file: Path, capsys: pytest.CaptureFixture[str], content: str | None, sentence: str
) -> None:
    path = room_file / "x.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["track", str(path)]) == 2
    assert sentence in capsys.readouterr().err
