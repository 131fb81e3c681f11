"""After-sales tickets of the small world, as platforms would tell of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.room import Room
from engine.usecases.service.ingest_tickets import ingest_tickets
from tests.worlds import OPENING


def asked(number: int, *, minute: float = 10, **changes: Any) -> dict[str, Any]:
    """A canonical ticket: a refund of the order of the same number, asked for `minute` minutes into the show."""
    return {
        "platform": "douyin",
        "ticket_no": f"A{number:0>8}",
        "order_no": f"N{number:0>8}",
        "claim": "refund",
        "text": "瓶子漏了，箱子里全是油",
        "asked_at": moment(minute),
    } | changes


def moment(minute: float) -> str:
    """So many minutes into the show."""
    return (OPENING + timedelta(minutes=minute)).isoformat()


def ticket_id(number: int) -> str:
    return f"douyin:A{number:0>8}"


def reads(monkeypatch: pytest.MonkeyPatch, **words: str) -> None:
    """A classifier that is sure where a text holds one of the words (complaint=word), and else abstains."""

    def label_texts(_: object, texts: Sequence[str | None]) -> pl.DataFrame:
        found = [next((name for name, word in words.items() if word in (text or "")), None) for text in texts]
        return pl.DataFrame(
            {"complaint": found, "best": [name or "other" for name in found], "confidence": [0.9] * len(found),
             "evidence": ['[["漏", 1.5]]'] * len(found), "model": ["m1"] * len(found)},
            schema_overrides={"complaint": pl.String},
        )  # fmt: skip

    monkeypatch.setattr("engine.usecases.service.label_tickets.label_texts", label_texts)


def complain(room: Room, *tickets: dict[str, Any]) -> RowsReceipt:
    """Take them in as one request; every row ends once."""
    [receipt] = ingest_tickets(room, [IntakeRequest("canonical", "test", list(tickets))])
    assert receipt.read == len(tickets) == receipt.recorded + receipt.repeated + receipt.refused
    return receipt
