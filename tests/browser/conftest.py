"""Real Chromium against the real process. Skipped, with the reason, where there is no chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.processes import Started, process, wait_until_well

expect.set_options(timeout=30_000)  # as the pages' own waits: a busy machine is no failure

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


@pytest.fixture(scope="module")  # not longer: its event loop would stand in the way of every asyncio.run after it
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: `apt-get install chromium`")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor who was never here: no cookie, no cache, a wall's screen."""
    context: BrowserContext = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def showing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A room that plays the demo show to itself."""
    folder: Path = tmp_path_factory.mktemp("showing")
    with process(
        folder,
        WARROOM_DEMO_AUTOPLAY="on",
        WARROOM_DEMO_MINUTES="6",
        WARROOM_DEMO_ORDERS="6000",
        WARROOM_DEMO_PAST_ORDERS="0",
    ) as room:
        wait_until_well(room)
        yield room


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Started]:
    """A room that nobody has visited and nothing has happened in."""
    with process(tmp_path) as room:
        wait_until_well(room)
        yield room
