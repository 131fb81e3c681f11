"""The page of complaint incidents says what the tables hold, in both languages, escaped and masked, and resolves."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.wording import words
from engine.usecases.incidents.find_incidents import find_incidents
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.complaint_rooms import complaints_of, deliver, parcels_at_the_door, say
from tests.worlds import Clock, small_room

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
EN = words("en")


def page(language: str = "en") -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("../pages/incidents.py")
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    opened = small_room(duckdb_url, clock)
    with use_room(opened):
        yield opened
    opened.close()


def everything(app: AppTest) -> str:
    told = [*(one.value for one in app.caption), *(one.value for one in app.markdown), *(m.value for m in app.metric)]
    return " ".join(str(one) for one in told)


def test_an_empty_room_says_so_plainly(room: Room) -> None:
    assert EN("incidents.no_tickets") in everything(page())
    assert words("zh")("incidents.no_tickets") in everything(page("zh"))


def test_an_incident_is_shown_with_whom_it_concerns_and_can_be_resolved(room: Room, clock: Clock) -> None:
    parcels = parcels_at_the_door(room.now(), units=3)
    deliver(room.database, parcels)
    say(room.database, complaints_of(parcels, seed=1, rate=0.1).filter(pl.col("asked_at") <= room.now()))
    find_incidents(room, actor="incidents")
    bad = parcels.filter(pl.col("sku") == "S1", pl.col("lot") == "L2").tail(25)
    clock.pass_(minutes=30)
    known = room.database.read("SELECT substr(order_id, 8) AS parcel_id FROM tickets")["parcel_id"]
    told = bad.filter(~pl.col("parcel_id").is_in(known.implode())).with_columns(
        asked_at=pl.lit(clock.at).dt.cast_time_unit("us")
    )
    say(room.database, told, words="<b>坏了</b> 13812345678")
    assert find_incidents(room, actor="incidents").opened == 1
    for language in ("en", "zh"):
        app = page(language)
        t = words(language)
        concerned = parcels.filter(pl.col("sku") == "S1", pl.col("lot") == "L2").height
        assert t("incidents.affected", n=t.count(concerned)) in everything(app)
        assert app.metric[0].value == "1"
    app = page()
    end = next(button for button in app.button if button.label == EN("incidents.end"))
    app.text_input(key="incident_reason").set_value("recalled")
    end.click()
    app.run()
    assert not app.exception
    [(state, reason)] = room.database.read("SELECT state, reason FROM incident_events WHERE state = 'resolved'").rows()
    assert (state, reason) == ("resolved", "recalled")
