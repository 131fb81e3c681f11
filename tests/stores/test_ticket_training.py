"""The classifier of complaints learns from operators, on both databases: who speaks, why, and from when on."""

from collections.abc import Sequence

import orjson
import polars as pl
import pytest

from engine.model.frames import INSTANT
from engine.model.tickets import Complaint, LabelBy, TrainingVerdict
from engine.store import tables
from engine.store.screens.ticket_models import newest_corrections, ticket_corrections, ticket_models
from engine.usecases.room.room import Room
from engine.usecases.service import train_tickets as training
from engine.usecases.service.choose_questions import choose_questions
from engine.usecases.service.classify_tickets import SHIPPED, classifier, label_texts
from engine.usecases.service.train_tickets import train_tickets
from jobs.registry import job_named
from jobs.runner import Outcome, Runner
from tests.worlds import Clock

OWN = "老样子，又唱歌了，第{}回"
"""How this brand's buyers say that a can leaks: no shipped text talks like that."""


def corrected(room: Room, said: Sequence[tuple[str, str]], *, first: int = 0) -> None:
    """Tickets with these words, each labelled by an operator."""
    ids = [f"T{first + number}" for number in range(len(said))]
    with room.database.transaction(actor="test", verb="label_tickets") as tx:
        at = pl.lit(tx.at).cast(INSTANT)
        tickets = pl.DataFrame(
            {
                "ticket_id": ids,
                "platform": ["douyin"] * len(ids),
                "ticket_no": ids,
                "claim": ["words"] * len(ids),
                "said": [text for text, _ in said],
                "complaint": [label for _, label in said],
                "labelled_by": [LabelBy.OPERATOR.value] * len(ids),
                "desk": ["service"] * len(ids),
                "state": ["open"] * len(ids),
            }
        )
        tx.append(tables.tickets, tickets.with_columns(asked_at=at, ingest_time=at, state_at=at), stamp=True)
        labels = tickets.select("ticket_id", "complaint", "labelled_by", evidence=pl.lit("[]"), actor=pl.lit("amy"))
        tx.append(tables.ticket_labels, labels.with_columns(at=at), stamp=True)


def brand_words(count: int, complaint: str = Complaint.DAMAGED.value) -> list[tuple[str, str]]:
    return [(OWN.format(number), complaint) for number in range(count)]


def test_the_first_champion_learns_from_what_ships_and_is_kept_for_every_process(room: Room) -> None:
    assert classifier(room).model_id == SHIPPED
    assert Runner(room, strict=True).run(job_named("train_tickets", room.settings.jobs)).outcome is Outcome.DONE
    speaking = classifier(room)
    assert speaking.model_id.startswith("complaints-")
    [card] = [orjson.loads(card) for card in ticket_models(room.database)["card"]]
    assert card["judged_on"] == "shipped"
    assert {part["complaint"] for part in card["model"]["by_complaint"]} == set(Complaint)
    assert all(card["words"][complaint] for complaint in Complaint)
    assert label_texts(room, ["桶漏油了"])["complaint"].to_list() == ["damaged"]
    assert train_tickets(room, actor="test").model_id is None, "nothing new"


def test_a_challenger_that_understands_the_brands_buyers_takes_over_and_one_that_does_not_stays_out(
    room: Room, clock: Clock
) -> None:
    train_tickets(room, actor="test")
    assert label_texts(room, [OWN.format(99)])["best"].to_list() != ["damaged"]
    corrected(room, brand_words(60))
    better = train_tickets(room, actor="test")
    assert (better.verdict, better.tested) == (TrainingVerdict.BETTER, 18)
    assert label_texts(room, [OWN.format(99)])["complaint"].to_list() == ["damaged"]
    assert train_tickets(room, actor="test").model_id is None, "no new corrections"

    clock.pass_(hours=1)
    corrected(room, brand_words(12), first=100)
    again = train_tickets(room, actor="test")
    assert again.verdict is TrainingVerdict.NO_BETTER
    assert classifier(room).model_id == better.model_id
    models = ticket_models(room.database)
    assert models["state"].to_list() == ["challenger", "champion", "retired"]
    assert models["accuracy"][0] == models["champion_accuracy"][0] == 1.0
    kept = room.database.read("SELECT state FROM ticket_models WHERE content <> '{}'")["state"].to_list()
    assert kept == ["champion"]


def test_a_champion_of_another_lexicon_is_fitted_anew(room: Room) -> None:
    train_tickets(room, actor="test")
    with room.database.transaction(actor="test", verb="train_tickets") as tx:
        tx.execute(tables.ticket_models.update().values(content='{"format": 0}'))
    assert classifier(room).model_id == SHIPPED, "it speaks until then"
    assert train_tickets(room, actor="test").verdict is TrainingVerdict.REFITTED


def test_only_an_operators_last_word_is_learned_from(room: Room, clock: Clock) -> None:
    corrected(room, [("桶漏了", "quality")])
    clock.pass_(minutes=1)
    with room.database.transaction(actor="test", verb="label_tickets") as tx:
        label = {"ticket_id": ["T0"], "complaint": ["damaged"], "labelled_by": ["operator"], "evidence": ["[]"]}
        row = pl.DataFrame(label).with_columns(at=pl.lit(tx.at).cast(INSTANT), actor=pl.lit("bob"))
        tx.append(tables.ticket_labels, row, stamp=True)
    assert ticket_corrections(room.database).select("complaint", "actor", "words").rows() == [
        ("damaged", "bob", "桶漏了")
    ]
    assert newest_corrections(room.database)["machine"].to_list() == [None]


def test_too_few_corrections_train_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    train_tickets(room, actor="test")
    corrected(room, brand_words(39))
    monkeypatch.setattr(training, "fit", lambda *_: pytest.fail("must not be fitted"))
    assert train_tickets(room, actor="test").model_id is None


def test_people_are_asked_only_about_what_none_of_them_has_labelled(room: Room) -> None:
    corrected(room, brand_words(6))
    assert choose_questions(room).is_empty()
    with room.database.transaction(actor="test", verb="forget") as tx:
        tx.execute(tables.tickets.update().where(tables.tickets.c.ticket_id != "T0").values(labelled_by="classifier"))
    asked = choose_questions(room)
    assert asked["ticket_id"][0] in {f"T{number}" for number in range(1, 6)}
    assert "T0" not in asked["ticket_id"]
    assert asked["words"][0].startswith("老样子")
