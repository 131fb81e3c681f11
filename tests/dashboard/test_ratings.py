"""Ratings on the buyer's page: once the goods have come, once an order, changed for a while; nothing hostile works."""
# ruff: noqa: F811  (fixtures of the page's other tests)

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from engine.model.tracking import Scan, Stage
from engine.usecases.buyers.trace_ratings import trace_ratings
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from tests.dashboard.test_track import ATTACK, FORM, client, link, room, track  # noqa: F401
from tests.worlds import Clock, order_id


def rated(room: Room) -> list[tuple[str, int, str]]:
    return room.database.read("SELECT order_id, stars, words FROM ratings ORDER BY order_id").rows()


def arrive(room: Room) -> None:
    now = room.now()
    track(room, 1, [(Scan.SIGNED, "上海")], Stage.SIGNED, signed_at=now, picked_up_at=now - timedelta(hours=30))


def send(client: TestClient, path: str, body: str) -> str:
    """What the form came to, as the page is asked to say it."""
    answer = client.post(path, content=body, headers={**FORM, "Content-Type": "application/x-www-form-urlencoded"},
                         follow_redirects=False)  # fmt: skip
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("said=")[2]


def test_an_order_is_rated_once_it_has_come_and_the_rating_can_be_changed_for_a_week(
    client: TestClient,
    room: Room,
    clock: Clock,
) -> None:
    path = link(client)
    assert 'name="stars"' not in client.get(path).text
    assert send(client, path, "stars=5&words=") == "not_now"
    arrive(room)
    assert 'name="stars"' in client.get(path).text
    assert send(client, path, "stars=2&words=%E7%A2%8E%E4%BA%86") == "rated"
    assert send(client, path, "stars=2&words=%E7%A2%8E%E4%BA%86") == "rated", "twice is once"
    assert send(client, path, "stars=1&words=") == "rated"
    assert rated(room) == [(order_id(1), 1, "")]
    assert room.database.read("SELECT stars FROM rating_events ORDER BY version")["stars"].to_list() == [2, 1]
    for lang, told in (("zh", "您的评分：★☆☆☆☆"), ("en", "Your rating: ★☆☆☆☆")):
        assert told in client.get(path, params={"lang": lang}).text
    clock.pass_(days=8)
    assert send(client, path, "stars=5") == "not_now"
    assert 'name="stars"' not in client.get(path).text
    assert room.database.read(questions()["ratings_follow_from_facts"][1]).is_empty()


@pytest.mark.parametrize(
    "body",
    ["stars=0", "stars=6", "stars=five", "stars=", "stars=5&stars=4", "stars=5&order_id=x", "words=only",
     "stars=5&words=" + "x" * 301, "stars=%F0%9F"],
    ids=lambda body: body[:16],
)  # fmt: skip
def test_a_form_that_is_none_changes_nothing(client: TestClient, room: Room, body: str) -> None:
    arrive(room)
    assert send(client, link(client), body) == "wrong"
    assert rated(room) == []


def test_hostile_words_are_shown_as_words_and_only_on_their_own_page(client: TestClient, room: Room) -> None:
    arrive(room)
    path = link(client)
    client.post(path, data={"stars": "1", "words": ATTACK}, headers=FORM, follow_redirects=False)
    shown = client.get(path).text
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown
    assert "onerror" not in client.get(link(client, 3)).text
    [low] = trace_ratings(room.database, now=room.now())
    assert (low.row["stars"], low.row["carrier"]) == (1, "CHEAP")
    assert client.post("/track/forged", data={"stars": "1"}, headers=FORM).status_code == 404
