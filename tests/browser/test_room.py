"""What a person meets: first visit, both languages, links straight to a page, figures that move, hostile texts."""

import json
import tomllib
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.clock import utc_now
from engine.settings import ROOT
from tests.processes import Started
from tests.screens import PAGES

WORDS = {
    language: tomllib.loads((ROOT / "dashboard" / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
    for language in ("zh", "en")
}


def url(room: Started, name: str = "", **query: str) -> str:
    path = "" if name == "overview" else name
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"http://127.0.0.1:{room.port}/{path}{'?' + asked if asked else ''}"


def listen(page: Page) -> list[str]:
    """Everything the page complains about, every answer that is a failure, every request that leaves this machine.

    On a deep link the page itself looks for its server at /orders/_stcore first and then one level up: those
    two misses are how it finds the way.
    """
    heard: list[str] = []
    page.on("console", lambda m: heard.append(m.text) if m.type == "error" and "Failed to load" not in m.text else None)
    page.on("response", lambda r: heard.append(r.url) if r.status >= 400 and "/_stcore/" not in r.url else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda r: heard.append(f"left: {r.url}") if not _local(r.url) else None)
    return heard


def _local(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:"))


def post(room: Started, orders: list[dict[str, Any]]) -> dict[str, Any]:
    request = urllib.request.Request(
        url(room, "api/orders"), json.dumps(orders).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.loads(response.read())
    return answer


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def test_the_first_visit_is_chinese_and_asks_nothing_of_the_internet(showing: Started, page: Page) -> None:
    heard = listen(page)
    page.goto(url(showing))
    expect(page.get_by_text(WORDS["zh"]["overview"]["paid"]).first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert heard == []


def test_the_wall_needs_no_scrolling_on_a_big_screen(showing: Started, page: Page) -> None:
    page.goto(url(showing))
    expect(page.locator(".st-key-panel-carriers canvas")).to_be_visible()
    settled(page)
    bottom = "document.querySelector('.st-key-panel-carriers').getBoundingClientRect().bottom"
    page.wait_for_function(f"{bottom} <= 1080")  # charts take their height when they are first drawn
    paid = page.locator(".st-key-panel-paid").get_by_test_id("stMetricDelta")
    before = paid.inner_text()
    expect(paid).not_to_have_text(before, timeout=30_000)
    assert page.evaluate(bottom) <= 1080, "it fits after a refresh too"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1920


def test_the_language_is_switched_with_one_click_and_stays(showing: Started, page: Page) -> None:
    page.goto(url(showing))
    expect(page.get_by_text(WORDS["zh"]["overview"]["paid"]).first).to_be_visible()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_text(WORDS["en"]["overview"]["paid"]).first).to_be_visible()
    page.get_by_role("link", name=WORDS["en"]["page"]["inventory"]).click()
    expect(page.get_by_text(WORDS["en"]["stock_panel"]["pools"]).first).to_be_visible()
    page.reload()
    expect(page.get_by_text(WORDS["en"]["stock_panel"]["pools"]).first).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_link_leads_straight_to_each_page_of_a_fresh_room(fresh: Started, page: Page, language: str) -> None:
    heard = listen(page)
    for name in PAGES:
        page.goto(url(fresh, name, lang=language))
        expect(page.get_by_role("link", name=WORDS[language]["page"]["inventory"])).to_be_visible()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stMain")).not_to_be_empty()
    assert heard == []


def test_the_counters_move_while_the_show_plays(showing: Started, page: Page) -> None:
    page.goto(url(showing))
    paid = page.locator(".st-key-panel-paid").get_by_test_id("stMetricDelta")
    expect(paid).to_be_visible()
    before = paid.inner_text()
    expect(paid).not_to_have_text(before, timeout=30_000)


def test_the_map_keeps_its_canvas_while_figures_move(showing: Started, page: Page) -> None:
    page.goto(url(showing, "orders"))
    canvas = page.get_by_test_id("stDeckGlJsonChart").locator("canvas").first
    expect(canvas).to_be_visible()
    canvas.evaluate("element => element.dataset.marked = 'yes'")
    age = page.locator(".st-key-ages")
    before = age.inner_text()
    expect(age).not_to_have_text(before, timeout=30_000)
    expect(page.get_by_test_id("stDeckGlJsonChart").locator("canvas[data-marked=yes]")).to_have_count(1)


def test_texts_from_outside_are_shown_and_never_run(fresh: Started, page: Page) -> None:
    paid = utc_now() - timedelta(minutes=1)
    attack = "<img src=x onerror=alert(1)> **bold** $x^2$ :material/warning:"
    order = {
        "platform": "douyin", "order_no": "HOSTILE001", "created_at": paid.isoformat(), "paid_at": paid.isoformat(),
        "status": "paid", "anchor": attack, "buyer": {"name": attack, "phone": "136****0001"},
        "address": {"province": "上海市", "city": "上海市", "district": "徐汇区", "street": attack, "detail": attack},
        "lines": [{"sku": "RICE-WC-5", "qty": 1, "amount_yuan": "29.90"}],
    }  # fmt: skip
    bad = {**order, "order_no": "HOSTILE002", "lines": [{"sku": attack, "qty": 1, "amount_yuan": "29.90"}]}
    receipt = post(fresh, [order, bad])
    assert (receipt["accepted"], receipt["quarantined"]) == (1, 1)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for name, query in (("order", {"q": "HOSTILE001"}), ("review", {"panel": "quarantine"}), ("orders", {})):
        page.goto(url(fresh, name, lang="en", **query))
        expect(page.get_by_role("link", name=WORDS["en"]["page"]["inventory"])).to_be_visible()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert page.locator("img[src=x]").count() == 0
    assert alerts == []


def test_an_order_is_found_by_its_number_and_tells_its_story(showing: Started, page: Page) -> None:
    page.goto(url(showing, "system", lang="en"))
    settled(page)
    paid = utc_now() - timedelta(minutes=1)
    post(
        showing,
        [
            {
                "platform": "douyin",
                "order_no": "FINDME0001",
                "created_at": paid.isoformat(),
                "paid_at": paid.isoformat(),
                "status": "paid",
                "buyer": {"name": "周**", "phone": "136****4321"},
                "address": {"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "天平路街道"},
                "lines": [{"sku": "RICE-WC-5", "qty": 1, "amount_yuan": "29.90"}],
            }
        ],
    )
    page.goto(url(showing, "search", lang="en"))
    box = page.get_by_role("textbox").first
    box.fill("FINDME0001")
    box.press("Enter")
    expect(page.locator(".st-key-order-title")).to_contain_text("FINDME0001")
    expect(page.get_by_test_id("stException")).to_have_count(0)
