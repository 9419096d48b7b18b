"""The site in Chromium: nothing is cut off, nothing fails, and the search finds what readers look for."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: `apt-get install chromium`")

SEARCHES = {
    "recording already active": "troubleshooting",
    "no storage named": "troubleshooting",
    "has no live session": "troubleshooting",
    "Authentication error": "troubleshooting",
    "did you mean": "troubleshooting",
    "may be recorded twice": "troubleshooting",
    "no_proxy": "guides/operations",
    "pending operations": "guides/interrupted",
    "when_idle defer": "guides/life",
    "rotate token": "guides/rotation",
}
"""What somebody types, and the page that is to be among the first five results."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    options = ["--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=options)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=DESKTOP)
    yield page
    page.close()


def test_every_page(site: Path, address: str, page: Page) -> None:
    """No error in the console, no column cut off on a desktop, and no scrolling to the side on a phone."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    for file in sorted(site.rglob("*.html")):
        name = file.relative_to(site).as_posix()
        if name.startswith("_"):
            continue
        page.set_viewport_size(DESKTOP)
        page.goto(f"{address}/{name}")
        cut = page.eval_on_selector_all(
            ".table-wrapper", "tables => tables.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        )
        wrong += [f"{name}: {cut} tables are wider than the page"] if cut else []
        missing = page.eval_on_selector_all(
            "article img", "images => images.filter(one => !one.naturalWidth).map(one => one.src)"
        )
        wrong += [f"{name}: no picture at {source}" for source in missing]
        page.set_viewport_size(PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{name}: {width} px wide on a phone"] if width > PHONE["width"] else []
    assert wrong == []


def test_the_menu_has_each_page_once(site: Path, address: str, page: Page) -> None:
    page.goto(f"{address}/index.html")
    links: list[str] = page.eval_on_selector_all(".sidebar-tree a.reference", "links => links.map(link => link.href)")
    pages = {f"{address}/{file.relative_to(site).as_posix()}" for file in site.rglob("*.html")}
    assert len(links) == len(set(links))
    generated = {f"{address}/{name}.html" for name in ("index", "search", "genindex")}
    assert {link for link in pages - generated if "/_" not in link} == set(links)


def test_code_can_be_copied_and_the_repository_is_linked(address: str, page: Page) -> None:
    page.goto(f"{address}/guides/tutorial.html")
    assert page.locator(".highlight button.copybtn").count() == page.locator(".highlight").count() > 0
    assert page.locator("a[href^='https://github.com/']").count() > 0


@pytest.mark.parametrize(("phrase", "expected"), SEARCHES.items())
def test_the_search_finds(phrase: str, expected: str, address: str, page: Page) -> None:
    page.goto(f"{address}/search.html?q={phrase.replace(' ', '+')}")
    page.wait_for_selector("#search-results .search-summary:not(:empty)")
    page.wait_for_function("document.querySelectorAll('#search-results li').length > 0")
    found: list[str] = page.eval_on_selector_all("#search-results li > a", "links => links.map(link => link.href)")
    assert [link for link in found[:5] if f"/{expected}.html" in link], found
