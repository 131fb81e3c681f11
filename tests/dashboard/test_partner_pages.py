"""The pages of partners and mass delays say what the tables hold, in both languages, and their buttons work."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.wording import NOTHING, words
from engine.store.screens import partners as partner_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.road.find_mass_delays import find_mass_delays
from engine.usecases.road.score_partners import score_partners
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.parcel_worlds import carry, way
from tests.worlds import Clock, order, small_room, take

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
EN = words("en")
HUB = "嘉兴转运中心"


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """FAST is well; CHEAP is late with four of ten parcels, and 40 of FAST's stand in a hub; five orders wait."""
    opened = small_room(duckdb_url, clock)
    take(opened, *[order(n, ("GRAIN", 1)) for n in range(1, 6)])
    allocate_waiting(opened)
    past, lately = clock.at - timedelta(days=8), clock.at - timedelta(hours=42)
    well, late = (2, 6, 10, 24, 30), (2, 60, 70, 90, 130)
    carry(opened.database, [way(f"F{n}", planned_at=past, hours=well) for n in range(100)])
    carry(
        opened.database,
        [way(f"C{n}", carrier="CHEAP", planned_at=past, hours=late if n < 40 else well) for n in range(100)],
    )
    carry(opened.database, [way(f"W{n}", planned_at=lately, hours=(2, 6, 12, 24, 36)) for n in range(120)])
    carry(
        opened.database,
        [way(f"S{n}", planned_at=lately, hours=(2, 6, 12), place=HUB) for n in range(40)],
    )
    score_partners(opened.database, now=clock.at, actor="partners")
    find_mass_delays(opened.database, now=clock.at, actor="mass_delay")
    with use_room(opened):
        yield opened
    opened.close()


def page(name: str, language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params["lang"] = language
    app.run()
    app.switch_page(f"../pages/{name}.py")
    for key, value in query.items():
        app.query_params[key] = value
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def tables_of(app: AppTest) -> str:
    return "\n".join(frame.value.to_string() for frame in app.dataframe)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def click(app: AppTest, key: str) -> AppTest:
    return sound(next(button for button in app.button if button.key == key).click().run())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_scorecard_shows_shares_with_intervals_and_the_share_that_buyers_complained_of(
    room: Room, language: str
) -> None:
    app = page("partners", language, measure="pick_up", tier="near")
    shown = tables_of(app)
    assert "⚠ 6" in shown, "CHEAP's 60 % is drawn to its lane's mean a little, and warned of"
    assert metrics(app)[words(language)("partners.complaints_tile")] in (NOTHING, "0%", "0.0%")
    sound(page("partners", language, kind="node", measure="processing"))
    warned = tables_of(page("partners", language, panel="warnings"))
    assert words(language).of("measure", "pick_up") in warned


def test_a_switch_is_planned_kept_and_withdrawn_and_never_carried_out(room: Room) -> None:
    app = page("partners", panel="switch")
    carrier = next(box for box in app.selectbox if box.key == "switch_carrier")
    sound(carrier.select("CHEAP").run())
    region = next(box for box in app.selectbox if box.key == "switch_region")
    sound(region.select("31").run())
    click(app, "switch_see")
    assert metrics(app)[EN("switch.orders")] == "5", "what the carrier has picked up stays with it"
    click(app, "switch_keep")
    [kept] = partner_screens.standing_switches(room.database).iter_rows(named=True)
    assert (kept["carrier"], kept["region"], kept["orders"]) == ("CHEAP", "31", 5)
    assert room.database.read("SELECT count(*) FROM carrier_stops").item() == 0
    click(app, "switch_withdraw")
    assert any("Say in a few words why" in error.value for error in app.error)
    next(box for box in app.text_input if box.key == "switch_why").input("they called").run()
    click(app, "switch_withdraw")
    assert partner_screens.standing_switches(room.database).is_empty()


def test_an_incident_tells_its_cause_and_whom_it_holds_up_and_can_be_ended_with_a_reason(room: Room) -> None:
    app = page("mass_delay")
    assert metrics(app)[EN("mass_delay.parcels")] == "40"
    shown = tables_of(app)
    assert HUB in shown
    assert "138****0000" not in shown, "buyers are masked"
    end = next(button for button in app.button if button.label == EN("mass_delay.end"))
    sound(end.click().run())
    assert any("Say in a few words why it is over" in error.value for error in app.error)
    offer = next(button for button in app.button if button.label.startswith(EN("mass_delay.offer", most="")[:12]))
    sound(offer.click().run())
    assert any("40" in told.value for told in app.success)
    assert room.database.read("SELECT count(DISTINCT order_id) FROM buyer_options").item() == 40
    next(box for box in app.text_input if box.key == "mass_reason").input("works again")
    sound(next(button for button in app.button if button.label == EN("mass_delay.end")).click().run())
    assert partner_screens.incidents(room.database)["state"].to_list() == ["resolved"]
