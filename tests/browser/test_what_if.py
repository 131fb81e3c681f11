"""What a person meets on the what-if page while a show goes on: a scenario, its answer, and the files to repeat it."""

import io
import tomllib
import zipfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from engine.settings import ROOT
from tests.processes import Started

WORDS = tomllib.loads((ROOT / "dashboard" / "locale" / "en.toml").read_text(encoding="utf-8"))["what_if"]
ANSWERED = 90_000
"""Milliseconds: the show, a browser and two plans share the machine."""


def test_a_question_is_answered_while_the_show_goes_on(showing: Started, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{showing.port}/?lang=en")
    expect(page.locator(".st-key-panel-carriers canvas")).to_be_visible()  # there are planned orders
    page.goto(f"http://127.0.0.1:{showing.port}/what_if?lang=en&scope=60&change={quote('tariff ZTO +1 yuan')}")
    page.get_by_role("button", name=WORDS["add"]).click()  # the capacity of the first carrier, -30%
    page.get_by_text("capacity -30%").wait_for()
    assert page.url.count("change=") == 2, "the scenario is a link"
    page.get_by_role("button", name=WORDS["go"], exact=True).click()
    expect(page.locator(".st-key-panel-what-if-cost")).to_be_visible(timeout=ANSWERED)
    expect(page.locator(".st-key-panel-what-if-cost").get_by_test_id("stMetricDelta")).to_contain_text("was ¥")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    with page.expect_download() as coming:
        page.get_by_role("button", name=WORDS["download"]).click()
    with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
        assert "orders.parquet" in archive.namelist()
        assert "--change 'tariff ZTO +1 yuan'" in archive.read("README.txt").decode()
