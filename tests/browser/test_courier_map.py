"""The courier map in real Chromium: one canvas, the view kept, never blank, nothing asked outside."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.clock import utc_now
from tests.browser.test_room import listen, url
from tests.processes import Started, process, wait_until_well

RIDERS = 500
MIDDLE = {"x": 700, "y": 500}


@pytest.fixture(scope="module")
def riding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A room that is told of riders over HTTP."""
    with process(tmp_path_factory.mktemp("riding")) as room:
        wait_until_well(room)
        ride(room, 0)
        yield room


def ride(room: Started, step: int) -> None:
    """All riders report: they cross Shanghai to the east, 0.002 degrees a step."""
    at = utc_now() - timedelta(seconds=60 - step)
    positions = [
        {
            "courier": f"r{n:03d}", "at": at.isoformat(), "datum": "gcj02",
            "lon": 121.35 + 0.01 * (n % 25) + 0.002 * step, "lat": 31.10 + 0.012 * (n // 25),
        }
        for n in range(RIDERS)
    ]  # fmt: skip
    body = json.dumps({"positions": positions}).encode()
    request = urllib.request.Request(url(room, "api/couriers"), body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.loads(response.read())["recorded"] == RIDERS


def drawn(page: Page) -> bytes:
    """The map as it is on the screen."""
    return page.get_by_test_id("stDeckGlJsonChart").screenshot()


def colours(page: Page, picture: bytes) -> dict[str, int]:
    """How many pixels of the picture are green like a rider under way, and how many different colours there are."""
    script = """async data => {
      const image = new Image(); image.src = 'data:image/png;base64,' + data; await image.decode();
      const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
      const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
      const pixels = pen.getImageData(0, 0, image.width, image.height).data; const seen = new Set(); let riders = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        const [r, g, b] = [pixels[i], pixels[i + 1], pixels[i + 2]];
        seen.add((r << 16) + (g << 8) + b);
        if (Math.abs(r - 92) < 30 && Math.abs(g - 157) < 30 && Math.abs(b - 237) < 40) riders += 1;
        if (Math.abs(r - 69) < 30 && Math.abs(g - 185) < 30 && Math.abs(b - 129) < 30) riders += 1;
      }
      return {riders, colours: seen.size}; }"""
    import base64

    found: dict[str, Any] = page.evaluate(script, base64.b64encode(picture).decode())
    return {name: int(value) for name, value in found.items()}


def test_the_map_keeps_its_canvas_and_its_view_while_riders_move(riding: Started, page: Page) -> None:
    heard = listen(page)
    with page.expect_response(lambda r: "/api/map/couriers.json" in r.url and r.status == 200):
        page.goto(url(riding, "courier_map", lang="en"))
    chart = page.get_by_test_id("stDeckGlJsonChart")
    canvas = chart.locator("canvas").first
    expect(canvas).to_be_visible()
    canvas.evaluate("element => element.dataset.marked = 'yes'")
    page.mouse.move(**MIDDLE)
    page.mouse.down()
    page.mouse.move(MIDDLE["x"] - 150, MIDDLE["y"], steps=5)
    page.mouse.up()
    for _ in range(3):
        page.mouse.wheel(0, -200)
    seen: list[int] = []
    for step in (1, 2, 3):
        ride(riding, step)
        with page.expect_response(lambda r: "/api/map/couriers.json" in r.url and r.status == 200):
            pass
        page.wait_for_timeout(400)  # software rendering draws the new points some frames later
        found = colours(page, drawn(page))
        assert found["colours"] > 20, "a blank map has one"
        seen.append(found["riders"])
    assert min(seen) > 0.5 * max(seen) > 500, "the riders in sight stay in sight: the view did not jump back"
    expect(chart.locator("canvas[data-marked=yes]")).to_have_count(1)
    page.get_by_text("Country", exact=True).click()
    expect(page.get_by_text("Live parcels")).to_be_visible()
    assert colours(page, drawn(page))["colours"] > 20
    assert heard == []


def test_the_view_stays_where_the_operator_put_it(riding: Started, page: Page) -> None:
    with page.expect_response(lambda r: "/api/map/couriers.json" in r.url and r.status == 200):
        page.goto(url(riding, "courier_map", lang="en"))
    page.wait_for_timeout(1500)
    page.mouse.move(**MIDDLE)
    for _ in range(4):
        page.mouse.wheel(0, -300)
    page.wait_for_timeout(800)
    before = drawn(page)
    for _ in range(3):  # nobody moved: only addresses changed
        with page.expect_response(lambda r: "/api/map/couriers.json" in r.url and r.status == 200):
            pass
    page.wait_for_timeout(400)
    close = colours(page, before), colours(page, drawn(page))
    assert abs(close[0]["riders"] - close[1]["riders"]) <= 0.05 * close[0]["riders"]
