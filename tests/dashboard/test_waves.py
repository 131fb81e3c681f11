"""The waves page, its paper and its CSV: work is seen, released, opened, printed; nothing from outside is mark-up."""

import csv
import io
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import sentences
from dashboard.api.routes import ROUTES
from dashboard.wording import LANGUAGES, words
from engine.errors import WarRoomError
from engine.floor.policy import FloorPolicy
from engine.floor.waves import Route
from engine.store import tables
from engine.store.screens import floor as floor_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.floor.wave_sheet import wave_sheet
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, press, sound, tables_of, text_of
from tests.worlds import Clock, order, order_id, small_brand, small_room, take

EN, ZH = words("en"), words("zh")
HOSTILE = "<img src=x onerror=alert(1)> **[x](javascript:alert(1))**"


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """The small world with three parcels to the city, one of them cold."""
    made = small_room(duckdb_url, clock)
    take(made, order(1, ("FAMILY", 1)), order(2), order(3, ("BERRY", 1)))
    allocate_waiting(made)
    with use_room(made):
        yield made
    made.close()


@pytest.fixture
def client(room: Room) -> TestClient:
    return TestClient(Starlette(routes=ROUTES))


def released(room: Room) -> str:
    """Everything is released; the id of the ambient wave, of which order 2 was cancelled since."""
    release_waves(room.database, "WH", FloorPolicy(), actor="test")
    change_orders(room, [OrderChange(order_id(2), "cancelled", room.now(), "")], actor="test")
    waves = floor_screens.released_waves(room.database)
    return str(waves.filter(waves["layer"] == "ambient")["wave_id"].item())


def test_open_work_is_shown_by_route(room: Room) -> None:
    app = sound(opened("waves"))
    assert [m.value for m in app.metric][:3] == ["3", "0", "0"]
    assert "Shanghai" in tables_of(app)
    assert EN("waves.choose_to_release") in text_of(app)


def test_a_node_is_released_by_a_click_and_the_audit_knows_who(room: Room) -> None:
    app = sound(press(opened("waves", node="WH"), EN("waves.release")))
    assert [m.value.replace("\\", "") for m in app.success] == [
        EN("done.released_waves", n=2, parcels="3", left="0"),
    ]  # fmt: skip
    assert EN("waves.nothing_open") in text_of(app)
    [actor] = room.database.read("SELECT actor FROM audit WHERE verb = 'release_waves'")["actor"]
    assert actor == room.settings.boards.operator


def test_only_chosen_routes_are_released(room: Room) -> None:
    app = opened("waves", node="WH")
    app.multiselect(key="routes-WH").set_value([Route("CHEAP", "31", "chilled")])
    sound(press(app, EN("waves.release")))
    assert floor_screens.released_waves(room.database)["layer"].to_list() == ["chilled"]


def test_what_can_wait_is_not_released_as_urgent(room: Room) -> None:
    app = sound(press(opened("waves", node="WH"), EN("waves.release_pressed")))
    assert "it can wait" in app.error[0].value
    assert floor_screens.released_waves(room.database).is_empty()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sheet", ["pick", "sort", "kits", "packing", "no such list"])
def test_every_list_of_a_wave_is_a_link(sheet: str, language: str, room: Room) -> None:
    wave = released(room)
    app = sound(opened("waves", language, node="WH", wave=wave, sheet=sheet))
    told = text_of(app)
    assert words(language)("wave.stopped", n=1) in told
    assert wave in told.replace("\\", "")


def test_the_lists_say_what_the_floor_needs(room: Room) -> None:
    wave = released(room)
    picks = tables_of(opened("waves", wave=wave, sheet="pick"))
    assert "01-04-1" in picks
    assert EN("wave.no_place") in picks  # GRAIN has no bin
    assert "F × 1" in text_of(opened("waves", wave=wave, sheet="kits")).replace("\\", "")
    packing = opened("waves", wave=wave, sheet="packing")
    assert "CARTON box" in tables_of(packing)
    assert "CARTON box × 1" in text_of(packing).replace("\\", "")


def test_released_waves_are_listed_with_their_pick_stops(room: Room) -> None:
    wave = released(room)
    app = sound(opened("waves", node="WH", panel="released"))
    listed = tables_of(app)
    assert wave in listed
    assert sound(opened("waves", panel="released")).caption


def test_a_choice_changes_the_table_and_the_form_below(room: Room) -> None:
    app = opened("waves")
    assert not app.multiselect
    sound(app.selectbox(key="floor_node").set_value("WH").run())
    assert app.multiselect[0].key == "routes-WH"
    press(app, EN("waves.release"))
    sound(app.segmented_control(key="floor_panel").set_value("released").run())
    assert not app.multiselect
    [first, _] = floor_screens.released_waves(room.database)["wave_id"]
    assert first in tables_of(app)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", [{"wave": HOSTILE}, {"node": HOSTILE}, {"node": "WH", "panel": HOSTILE}])
def test_nonsense_in_the_address_is_told_or_ignored(query: dict[str, str], language: str, room: Room) -> None:
    app = sound(opened("waves", language, **query))
    said = "\n".join(str(element.value) for kind in ("markdown", "info") for element in app.get(kind))
    assert "<img" not in said.replace("\\<img", "")


def test_a_room_seeded_without_a_floor_says_what_it_lacks(duckdb_url: str, clock: Clock) -> None:
    made = small_room(duckdb_url, clock, brand=small_brand(floor=False))
    take(made, order(1))
    allocate_waiting(made)
    [wave] = release_waves(made.database, "WH", FloorPolicy(), actor="test").wave_ids
    with use_room(made):
        told = text_of(sound(opened("waves", wave=wave, sheet="packing")))
        page = TestClient(Starlette(routes=ROUTES)).get(f"/floor/waves/{wave}?lang=en").text
    assert EN("wave.no_bins") in told
    assert EN("wave.no_materials") in told
    assert EN("wave.no_bins") in page
    made.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_says_everything_in_its_language(language: str, client: TestClient, room: Room) -> None:
    wave, t = released(room), words(language)
    answer = client.get(f"/floor/waves/{wave}?lang={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.text
    assert f'<html lang="{language}">' in page
    for text in (t("wave.stopped", n=1), t.of("wave_sheet", "pick"), t("wave.sort_and_pack"), "01-01-1", "N00000001"):
        assert text in page
    assert page.index(t("wave.stopped", n=1)) < page.index(t.of("wave_sheet", "pick"))  # stops are read first


def test_paper_runs_nothing_and_quotes_everything(client: TestClient, room: Room) -> None:
    with room.database.transaction(actor="vandal", verb="plant") as tx:
        tx.execute(tables.skus.update().values(name_en=HOSTILE, name_zh=HOSTILE))
        tx.execute(tables.nodes.update().values(name_en=HOSTILE, name_zh=HOSTILE))
        tx.execute(tables.packing_materials.update().values(name_en=HOSTILE, name_zh=HOSTILE))
    wave = released(room)
    answer = client.get(f"/floor/waves/{wave}?lang={HOSTILE}")
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for sheet in ("pick", "sort", "kits", "packing"):
        app = sound(opened("waves", node="WH", wave=wave, sheet=sheet))
        said = "\n".join(str(element.value) for kind in ("markdown", "caption") for element in app.get(kind))
        assert "<img" not in said.replace("\\<img", "")


def test_csv_has_a_row_for_every_unit_once_and_stops_first(client: TestClient, room: Room) -> None:
    wave = released(room)
    answer = client.get(f"/floor/waves/{wave}/pick.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{wave}-pick.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["action"], row["sku"], row["qty"]) for row in rows] == [
        ("stop", "RICE", "1"), ("pick", "RICE", "1"), ("pick", "OIL", "2"), ("pick", "GRAIN", "1"),
    ]  # fmt: skip
    packed = client.get(f"/floor/waves/{wave}/pack.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(packed)))
    assert {(row["action"], row["slot"]) for row in rows} == {("pack", "1"), ("stop", "2")}
    assert {row["material"] for row in rows if row["action"] == "pack"} == {"CARTON"}


def test_no_cell_of_a_csv_is_a_formula(client: TestClient, room: Room) -> None:
    with room.database.transaction(actor="vandal", verb="plant") as tx:
        tx.execute(tables.skus.update().values(name_en="=cmd|' /C calc'!A0", name_zh='@x,"y"'))
    wave = released(room)
    for name in ("pick.csv", "pack.csv"):
        text = client.get(f"/floor/waves/{wave}/{name}").content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
        assert "'=cmd|' /C calc'!A0" in cells


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/floor/waves/w0", 404, "There is no wave w0."),
        ("/floor/waves/w0/pick.csv", 404, "There is no wave w0."),
        ("/floor/waves/w0/all.zip", 404, "There is no all.zip of a wave; there are pick.csv, pack.csv."),
        ("/floor", 404, "There is no /floor here"),
        ("/floor/moves/1", 404, "There is no /floor/moves/1 here"),
    ],
)
def test_what_is_not_there_is_said_in_json(client: TestClient, path: str, status: int, sentence: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(sentence)


def test_refusals_are_known_in_chinese(room: Room) -> None:
    released(room)
    for act in (
        lambda: release_waves(room.database, "WH", FloorPolicy(), actor="a"),
        lambda: release_waves(room.database, "MOON", FloorPolicy(), actor="a"),
        lambda: wave_sheet(room.database, "w0", FloorPolicy()),
    ):
        with pytest.raises(WarRoomError) as refusal:
            act()
        assert sentences.said(ZH, str(refusal.value)) != str(refusal.value)
