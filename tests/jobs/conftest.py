"""The demo's own world: the shipped brand's show, every district, and a real room in a temporary file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.intake.brand import load_brand
from engine.intake.regions import load_gazetteer
from engine.settings import DATA, Settings, load_settings
from engine.usecases.room.room import Room, open_room
from jobs.demo.buyers import Places, places
from jobs.demo.show_script import ShowScript, show_script


@pytest.fixture(scope="session")
def script() -> ShowScript:
    return show_script(load_brand(DATA / "brand"))


@pytest.fixture(scope="session")
def districts() -> Places:
    return places(load_gazetteer(DATA / "geo" / "regions.csv").regions)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environment={"WARROOM_DATABASE": f"duckdb:///{tmp_path / 'room.duckdb'}"})


@pytest.fixture
def room(settings: Settings) -> Iterator[Room]:
    with closing(open_room(settings)) as opened:
        yield opened
