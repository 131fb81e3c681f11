"""The benchmark of ticket intake at a small size: it measures what it says, and refuses what came out wrong."""

import pytest

from engine.bench import ticket_intake
from engine.bench.measure import BenchFailed


def test_the_figures_are_of_a_room_in_which_every_ticket_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_intake, "PUSHED", 20)
    result = ticket_intake.run_ticket_intake(tickets=300, say=lambda _: None)
    assert result["file"]["per_second"] > 0
    assert set(result["pages"]) >= {"queue", "board"}
    assert len(result["goals"]) == 3


def test_tickets_that_are_not_there_are_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_intake, "PUSHED", 1)
    monkeypatch.setattr(ticket_intake, "_take", lambda *_: None)
    with pytest.raises(BenchFailed, match="101 tickets were to be stored, 1 are"):
        ticket_intake.run_ticket_intake(tickets=100, say=lambda _: None)
