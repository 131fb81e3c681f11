"""A picture of every page in both languages, for people to look at: `python -m tests.browser.pictures URL FOLDER`.

The room at URL must be running; what it shows is what is in it. Tells of pages with an exception, or that scroll
sideways.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.screens import PAGES

SIZE = {"width": 1440, "height": 900}
WALL = {"width": 1920, "height": 1080}
QUALITY = 55
"""Of JPEG: 40 to 90 KB a page."""
SETTLE_MS = 4000
"""Charts draw themselves within a second on a quiet machine; two languages of forty pages take ten minutes."""


def take(page: Page, url: str, name: str, language: str, folder: Path) -> str | None:
    """One picture; what is wrong with the page, or None."""
    page.set_viewport_size(WALL if name == "wall" else SIZE)
    page.goto(f"{url}/{'' if name == 'overview' else name}?lang={language}")
    page.wait_for_selector("[data-testid=stMain] [data-testid=stElementContainer]", timeout=60_000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(SETTLE_MS)
    target = folder / language / f"{name}.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, type="jpeg", quality=QUALITY)
    if page.locator("[data-testid=stException]").count():
        return "shows an exception"
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return "scrolls sideways" if wide else None


def main(url: str, folder: Path) -> int:
    """All of them; 1 where a page is wrong."""
    wrong = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in ("zh", "en"):
            page = browser.new_page()
            for name in PAGES:
                fault = take(page, url, name, language, folder)
                if fault:
                    wrong = 1
                    sys.stdout.write(f"{language} {name}: {fault}\n")
            page.close()
        browser.close()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), Path(sys.argv[2])))
