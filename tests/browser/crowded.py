"""The logistics board and the courier map of a crowded room in real Chromium: read in time, never blank, one canvas?

`python -m tests.browser.crowded FOLDER [--orders 1000000] [--looks 8]` fills a store as `bench boards` does: 5,000
riders, 200,000 live parcels. It starts a room on it, keeps every rider moving, opens both pages at 2 s a refresh, looks
at them, and leaves pictures and figures in FOLDER; 1 where a page was blank, lost its canvas or was read too slowly.
"""

import argparse
import json
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from engine.bench.boards import LIMIT_MS, fill
from engine.clock import utc_now
from tests.browser.conftest import FLAGS
from tests.browser.test_courier_map import colours
from tests.processes import Started, process, wait_until_well

SIZE = {"width": 1440, "height": 900}
RIDERS = 5_000
BLANK = 20
"""Colours of a picture that shows something; a blank map has one."""
POINTS = 300
"""Pixels of riders that a map with thousands of them has at least."""
PATIENCE_MS = 600_000
"""A room that has just opened a million orders plans, scores and checks all of them before it is calm."""


def main(arguments: Sequence[str]) -> int:
    """The whole run; figures as JSON on the last line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--language", default="zh")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    store = asked.folder / "room.duckdb"
    if not store.exists():
        fill(store, orders=asked.orders, as_of=utc_now())
    with process(asked.folder, WARROOM_BOARDS_REFRESH_SECONDS="2") as room, sync_playwright() as play:
        wait_until_well(room)
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        pages = {name: _opened(browser.new_page(viewport=SIZE), room, name, asked.language) for name in MARKS}
        looks = [_look(pages, room, look, asked.folder) for look in range(asked.looks)]
        kept = {name: page.locator(f"{MARKS[name]}[data-marked=yes]").count() > 0 for name, page in pages.items()}
        browser.close()
        found = {"looks": looks, "same_canvas": kept, "reads_ms": _reads(room)}
    found["faults"] = faults = _faults(found)
    sys.stdout.write(json.dumps(found) + "\n")
    return int(bool(faults))


MARKS = {"logistics": "[data-testid=stMain] canvas", "courier_map": "[data-testid=stDeckGlJsonChart] canvas"}
"""What must stay the same element from one refresh to the next."""


def _opened(page: Page, room: Started, name: str, language: str) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"http://127.0.0.1:{room.port}/{name}?lang={language}")
    page.wait_for_selector(MARKS[name])
    page.wait_for_timeout(3000)  # until the first drawing is over, elements may be exchanged
    page.locator(MARKS[name]).first.evaluate("element => element.dataset.marked = 'yes'")
    return page


def _look(pages: dict[str, Page], room: Started, look: int, folder: Path) -> dict[str, Any]:
    """All riders have moved; what stands on the screen once the map has fetched them."""
    with pages["courier_map"].expect_response(lambda r: "/api/map/couriers.json" in r.url and r.status == 200) as heard:
        _ride(room, look)
    answer = heard.value.request.timing
    seen: dict[str, Any] = {"layer_ms": round(answer["responseEnd"] - answer["requestStart"])}
    for name, page in pages.items():
        page.bring_to_front()
        page.wait_for_timeout(600)  # software rendering draws five thousand points some frames later
        # Cut out of the screen: a screenshot of the element would wait until it stands still, and riders do not.
        part = page.get_by_test_id("stDeckGlJsonChart") if name == "courier_map" else page.get_by_test_id("stMain")
        seen[name] = colours(page, page.screenshot(clip=part.bounding_box()))
        seen[f"{name}_errors"] = page.get_by_test_id("stException").count()
        page.screenshot(path=folder / f"{name}.png")
    return seen


def _ride(room: Started, step: int) -> None:
    """Every rider of the store reports, a little further on."""
    at = utc_now().isoformat()
    for first in range(0, RIDERS, 1000):
        positions = [
            {
                "courier": f"rider-{n:05d}", "at": at, "datum": "wgs84",
                "lon": 121.2 + 0.5 * (n * 37 % 1000) / 1000 + 0.0004 * step, "lat": 31.0 + 0.4 * (n * 91 % 1000) / 1000,
            }
            for n in range(first, first + 1000)
        ]  # fmt: skip
        body = json.dumps({"positions": positions}).encode()
        address = f"http://127.0.0.1:{room.port}/api/couriers"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_MS / 1000) as response:
            json.loads(response.read())


def _reads(room: Started) -> dict[str, dict[str, float]]:
    """Mean and slowest of what both pages ask, as the room itself timed it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{room.port}/metrics", timeout=30) as response:
        lines = response.read().decode().splitlines()
    told = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}
    found = {}
    for board in ("logistics", "clocks", "city_map"):
        name, label = "warroom_board_read_seconds", f'{{board="{board}"}}'
        if count := told.get(f"{name}_count{label}"):
            mean, slowest = told[f"{name}_sum{label}"] / count, told[f"{name}_slowest{label}"]
            found[board] = {"times": count, "mean": round(1000 * mean, 1), "slowest": round(1000 * slowest, 1)}
    return found


def _faults(found: dict[str, Any]) -> list[str]:
    faults = [f"{name} lost its canvas" for name, kept in found["same_canvas"].items() if not kept]
    for number, look in enumerate(found["looks"]):
        faults += [f"look {number}: {name} is blank" for name in MARKS if look[name]["colours"] <= BLANK]
        faults += [f"look {number}: {name} shows an exception" for name in MARKS if look[f"{name}_errors"]]
        if look["courier_map"]["riders"] < POINTS:
            faults.append(f"look {number}: riders are missing on the map")
    reads = found["reads_ms"].items()
    return faults + [f"{board} is read in {read['mean']} ms" for board, read in reads if read["mean"] > LIMIT_MS]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
