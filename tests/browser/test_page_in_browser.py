"""The bureau's page as a person meets it: in a real headless Chromium, driven by its chromedriver."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.conftest import Audit

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no Chromium or chromedriver in PATH (Debian: apt-get install chromium chromium-driver)"
)
QUIET = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update",
    "disable-sync",
)  # fmt: skip
SHOWN = "table#unit-table tbody tr:not([hidden])"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*QUIET, f"user-data-dir={tmp_path_factory.mktemp('chromium')}", "window-size=1200,900"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options, ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(chrome: Chrome, counted: Audit) -> Chrome:
    """The page, just opened; what was logged before is gone."""
    chrome.get("about:blank")
    chrome.get_log("performance"), chrome.get_log("browser")
    chrome.get((counted.out / "bureau" / "report.html").absolute().as_uri())
    return chrome


@pytest.fixture(scope="module")
def units(counted: Audit) -> list[tuple]:
    """(unit_id, city, persons, eligible in titles, in skills, in either) of each unit, counted over the Parquet tables."""
    query = f"""SELECT unit_id, coalesce(any_value(city), '（未填）'), count(*), count(*) FILTER (skill_to_title_outcome = 'eligible'),
            count(*) FILTER (title_to_skill_outcome = 'eligible'),
            count(*) FILTER ('eligible' IN (skill_to_title_outcome, title_to_skill_outcome))
        FROM read_parquet('{counted.out}/data/persons.parquet') WHERE bucket = 'evaluated' AND duplicate_of IS NULL GROUP BY unit_id"""
    return duckdb.execute(query).fetchall()


def requested(page: Chrome) -> list[str]:
    """The addresses that the page has asked for, refused ones too."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


def rows(page: Chrome) -> list[list[str]]:
    """The cells of the units that are shown."""
    script = "return [...document.querySelectorAll(arguments[0])].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    return page.execute_script(script, SHOWN)


def figures(page: Chrome) -> list[tuple]:
    return [(city, *(int(value.replace(",", "")) for value in others)) for _, city, *others in rows(page)]


def test_no_request_leaves_the_page(page: Chrome, counted: Audit) -> None:
    page.find_element(By.ID, "search").send_keys("示例")
    page.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.execute_script("window.scrollTo(0, document.body.scrollHeight)")
    assert requested(page) == [(counted.out / "bureau" / "report.html").absolute().as_uri()]
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_browser_lets_no_request_leave_it_even_if_something_tried(page: Chrome) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        script = """const [there, done] = arguments; const image = new Image(); image.src = there + '/image'; document.body.append(image);
            const script = document.createElement('script'); script.src = there + '/script'; document.body.append(script);
            const style = document.createElement('link'); style.rel = 'stylesheet'; style.href = there + '/style';
            document.head.append(style);
            const own = document.createElement('script'); own.textContent = 'window.ran = true'; document.body.append(own);
            fetch(there + '/fetch').then(() => done('fetched'), () => setTimeout(() => done(window.ran ? 'ran' : 'refused'), 300))"""
        assert page.execute_async_script(script, there) == "refused"
        server.shutdown()
    assert asked == []


def test_the_units_stand_with_the_counts_of_the_tables(page: Chrome, units: list[tuple]) -> None:
    assert sorted(row[:5] for row in figures(page)) == sorted(row[1:] for row in units)
    assert page.find_element(By.ID, "told").text == f"显示 {len(units)} 个单位，共 {len(units)} 个"


def test_each_unit_leads_to_its_workbook(page: Chrome, counted: Audit) -> None:
    links = [link.get_attribute("href") for link in page.find_elements(By.CSS_SELECTOR, "#unit-table tbody a")]
    found = {Path(unquote(urlsplit(link).path)) for link in links}
    assert found == {path.absolute() for path in (counted.out / "units").iterdir()} and len(found) == len(links)


def test_the_table_filters_by_name_and_city(page: Chrome, units: list[tuple]) -> None:
    search = page.find_element(By.ID, "search")
    search.send_keys("另一 示例")
    assert [row[0] for row in rows(page)] == ["另一示例厂"]
    assert page.find_element(By.ID, "told").text == f"显示 1 个单位，共 {len(units)} 个"
    search.send_keys("不存在")
    assert rows(page) == []
    search.send_keys(Keys.CONTROL, "a", Keys.DELETE)
    cities = {city for _, city, *_ in units}
    assert len(cities) > 3
    for city in cities:
        Select(page.find_element(By.ID, "city")).select_by_visible_text(city)
        assert sorted(row[1:5] for row in figures(page)) == sorted(row[2:] for row in units if row[1] == city)
    Select(page.find_element(By.ID, "city")).select_by_index(0)
    page.find_element(By.ID, "some").click()
    assert sorted(row[:5] for row in figures(page)) == sorted(row[1:] for row in units if row[5])


def test_the_table_sorts_by_a_click_and_by_the_keyboard(page: Chrome) -> None:
    heads = page.find_elements(By.CSS_SELECTOR, "#unit-table thead th")
    for at in range(1, len(heads) - 1):
        button = heads[at + 1].find_element(By.TAG_NAME, "button")
        button.click()
        assert heads[at + 1].get_attribute("aria-sort") == "descending"
        column = [row[at] for row in figures(page)]
        assert column == sorted(column, reverse=True)
        button.send_keys(Keys.ENTER)
        assert heads[at + 1].get_attribute("aria-sort") == "ascending"
        assert [row[at] for row in figures(page)] == sorted(column)
    heads[1].find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    cities = [row[0] for row in figures(page)]
    assert [head.get_attribute("aria-sort") for head in heads].count("none") == len(heads) - 1
    assert cities == page.execute_script("return [...arguments[0]].sort(new Intl.Collator('zh-CN', {numeric: true}).compare)", cities)


def test_a_sort_keeps_what_is_filtered(page: Chrome) -> None:
    page.find_element(By.ID, "some").click()
    left = sorted(rows(page))
    page.find_element(By.CSS_SELECTOR, "#unit-table thead button").click()
    assert sorted(rows(page)) == left


def test_the_keyboard_reaches_the_text_and_every_control(page: Chrome) -> None:
    body = page.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    skip = page.switch_to.active_element
    assert skip.text == "跳到正文" and skip.rect["x"] >= 0
    skip.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.get_attribute("id") == "main"
    outline = "const b = document.querySelector('thead button'); b.focus({focusVisible: true}); return getComputedStyle(b).outlineStyle"
    assert page.execute_script(outline) == "solid"


def test_what_a_screen_reader_is_told(page: Chrome) -> None:
    told = page.execute_script("""return {
        tables: [...document.querySelectorAll('table')]
            .filter(t => !t.caption?.textContent.trim() || t.querySelector('thead th:not([scope=col])')).length,
        charts: [...document.querySelectorAll('svg')].map(s => s.getAttribute('role') + s.getAttribute('aria-labelledby').split(' ')
            .map(id => document.getElementById(id).textContent.length > 3)),
        levels: [...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName).join(''),
        controls: [...document.querySelectorAll('input,select')].filter(c => !c.labels.length).length,
        ids: [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
        lang: document.documentElement.lang}""")
    assert told["tables"] == told["controls"] == told["ids"] == 0 and told["lang"] == "zh-CN"
    assert told["charts"] == ["imgtrue,true"] * 5
    assert re.fullmatch(r"(H1)(H2(H3)*)+", told["levels"])


def test_charts_draw_what_their_tables_say(page: Chrome, counted: Audit) -> None:
    told = page.execute_script("return document.getElementById('funnel-told').textContent")
    query = f"SELECT count(*), count(*) FILTER (bucket = 'evaluated') FROM read_parquet('{counted.out}/data/persons.parquet')"
    ((found, evaluated),) = duckdb.execute(query).fetchall()
    assert told.startswith(f"数量：读到的行 {found}；已审核的行 {evaluated}；")
    script = """return [...document.querySelectorAll('#chart-funnel .bars rect')].map(bar => bar.getBBox().width || bar.getBBox().height)"""
    widths = page.execute_script(script)
    numbers = [int(number) for number in re.findall(r" (\d+)(?:；|$)", told)]
    assert len(widths) == len(numbers) and [width / widths[-1] for width in reversed(widths)] == pytest.approx(
        [number / numbers[0] for number in numbers], abs=0.01)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_can_be_read(page: Chrome, scheme: str) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    colours = """const s = (e, k) => getComputedStyle(e)[k].match(/[\\d.]+/g).map(Number);
        const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const paper = luminance(s(document.body, 'backgroundColor'));
        return ['body', '.note', 'a', 'figure svg .axis text']
            .map(name => luminance(s(document.querySelector(name), name.includes('svg') ? 'fill' : 'color')))
            .map(ink => (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05)).concat([paper])"""
    *contrasts, paper = page.execute_script(colours)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (paper > 0.5) == (scheme == "light") and min(contrasts) >= 4.5, contrasts


def test_a_narrow_screen_scrolls_tables_and_not_the_page(page: Chrome) -> None:
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 380
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_print_leaves_controls_out_and_fits_the_paper(page: Chrome) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = "return [...document.querySelectorAll('.controls, nav, summary')].filter(e => e.getClientRects().length).length"
        assert page.execute_script(shown) == 0
        wide = "return [...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right - document.body.clientWidth)"
        assert max(page.execute_script(wide)) <= 20
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    assert len(printed) > 50_000
