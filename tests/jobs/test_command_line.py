"""`python -m jobs`: one line of JSON for machines, one sentence for refusals."""

import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from engine.settings import load_settings
from engine.store.database import Database
from jobs.__main__ import main
from jobs.registry import jobs


@pytest.fixture(autouse=True)
def own_database_and_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = f"duckdb:///{tmp_path / 'room.duckdb'}"
    monkeypatch.setenv("WARROOM_DATABASE", url)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield url
    for number, handler in before.items():
        signal.signal(number, handler)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The last line printed, as JSON."""
    parsed: dict[str, object] = orjson.loads(capsys.readouterr().out.strip().splitlines()[-1])
    return parsed


def test_list_names_every_job_and_its_cadence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [job.name for job in jobs(load_settings().jobs)]
    assert {"allocate", "waves", "verify", "partners"} <= set(names)
    assert all("every" in line for line in lines)


def test_run_does_one_job_and_says_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "verify"]) == 0
    assert told(capsys) == {"job": "verify", "outcome": "done", "detail": "all invariants hold"}


def test_an_unknown_job_is_one_sentence_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "nothing"]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("There is no job 'nothing'; there are allocate, waves, verify")
    assert "\n" not in said


def test_a_demo_at_full_speed_ends_with_its_totals(
    own_database_and_signals: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--orders", "200", "--minutes", "5", "--full-speed", "--seed", "3"]) == 0
    totals = told(capsys)
    assert (totals["accepted"], totals["finished"]) == (200, True)
    database = Database.open(own_database_and_signals)
    assert database.read("SELECT count(*) FROM orders").item() == 200
    database.close()


def test_the_same_run_twice_brings_only_duplicates(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["demo", "--orders", "60", "--minutes", "1", "--full-speed", "--run", "777"]
    main(command)
    first = told(capsys)
    main(command)
    again = told(capsys)
    assert (first["accepted"], again["accepted"]) == (60, 0)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["demo", "--to", "nonsense", "--full-speed", "--orders", "1"], "must be an address"),
        (["demo", "--file", "/no/such/file.csv", "--full-speed"], "does not exist"),
        (["demo", "--orders", "0", "--full-speed"], "at least one order"),
    ],
)
def test_what_cannot_be_played_is_one_sentence(
    command: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    assert sentence in capsys.readouterr().err
