"""The bureau's page as a person meets it: in a real headless Chromium, driven by its chromedriver."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import duckdb
import openpyxl
import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
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
SHOWN = "#unit-table tbody tr"
NUMBERS = 7  # columns of numbers of the table of units, of which the counts of people come first


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
def con(counted: Audit) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("files", "persons", "verdicts", "findings"):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{counted.out}/data/{name}.parquet')")
        yield connection


@pytest.fixture(scope="module")
def units(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """By a unit's name: persons, who may apply, in titles, in skills, to verify, nearly there within a year, and findings of its rows
    and of its whole files, counted over the tables."""
    order = "['eligible', 'refer', 'unverified', 'not_yet', 'held', 'ineligible', 'no_route']"
    query = f"""
        WITH ranked AS (
            SELECT pid, unit_id, unit, list_position({order}, skill_to_title_outcome) AS a, list_position({order}, title_to_skill_outcome) AS b
            FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL),
        days AS (SELECT pid, min(eligible_on) AS day FROM verdicts WHERE outcome = 'not_yet' GROUP BY pid),
        its_files AS (SELECT DISTINCT unit_id, source_file FROM persons WHERE told_as IS NULL),
        found AS (SELECT unit_id, count(*) AS findings FROM (
            SELECT unit_id, source_file FROM findings WHERE unit_id IS NOT NULL
            UNION ALL SELECT p.unit_id, source_file FROM findings AS f JOIN its_files AS p USING (source_file) WHERE f.unit_id IS NULL
        ) SEMI JOIN its_files USING (unit_id, source_file) GROUP BY unit_id)
        SELECT any_value(unit), count(*), count(*) FILTER (least(a, b) = 1), count(*) FILTER (a = 1), count(*) FILTER (b = 1),
            count(*) FILTER (least(a, b) = 3), count(*) FILTER (least(a, b) > 1 AND day <= '2026-12-31'), coalesce(any_value(findings), 0)
        FROM ranked LEFT JOIN days USING (pid) LEFT JOIN found USING (unit_id) GROUP BY unit_id"""
    found: dict[str, list[tuple]] = {}
    for name, *counts in con.execute(query).fetchall():
        found.setdefault(name, []).append(tuple(counts))
    return found


def requested(page: Chrome) -> list[str]:
    """The addresses that the page has asked for, refused ones too."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


def rows(page: Chrome) -> list[list[str]]:
    """The cells of the units that are shown."""
    script = "return [...document.querySelectorAll(arguments[0])].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    return page.execute_script(script, SHOWN)


def figures(page: Chrome) -> list[tuple]:
    """(name, the numbers) of the units that are shown."""
    return [(name, *(int(value.replace(",", "")) for value in others[:NUMBERS])) for name, _, *others in rows(page)]


def as_rows(units: dict[str, list[tuple]], at: int | None = None) -> list[tuple]:
    """The units as `figures` gives them, in the order of their names; ``at``: those with any in that column."""
    return sorted((name, *counts) for name, several in units.items() for counts in several if at is None or counts[at - 1] > 0)


def controls(page: Chrome) -> tuple[WebElement, Select, Select, WebElement]:
    """Of the table of units: the search, the cities, the columns of which some are to be listed, and what is told."""
    form = page.find_element(By.CSS_SELECTOR, "form.controls[aria-label='查找：各单位']")
    city, some = map(Select, form.find_elements(By.TAG_NAME, "select"))
    return form.find_element(By.TAG_NAME, "input"), city, some, form.find_element(By.CSS_SELECTOR, "[role=status]")


@contextmanager
def narrow(page: Chrome) -> Iterator[None]:
    """The page on a phone of 390 pixels."""
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    page.refresh()
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_request_leaves_the_page(page: Chrome, counted: Audit) -> None:
    controls(page)[0].send_keys("示例")
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


def test_it_leads_with_four_figures_each_to_its_list(page: Chrome, counted: Audit, units: dict) -> None:
    cards = {card.text.split()[0]: (card, card.text.split()[1]) for card in page.find_elements(By.CSS_SELECTOR, ".cards a")}
    counts = counted.run["counts"]
    words = {"可申报": "candidates", "待核实": "to_verify", "一年内即将符合": "nearly_there", "拒收": "files_refused"}
    assert {label: number for label, (_, number) in cards.items()} == {label: f"{counts[name]:,}" for label, name in words.items()}
    for label, at in {"可申报": 2, "待核实": 5, "一年内即将符合": 6}.items():
        controls(page)[0].send_keys("不存在")  # what was looked for before is forgotten
        cards[label][0].send_keys(Keys.ENTER)
        listed = figures(page)
        assert sorted(listed) == as_rows(units, at) and len(listed) < sum(map(len, units.values()))
        assert [row[at] for row in listed] == sorted((row[at] for row in listed), reverse=True)
        assert page.execute_script("return location.hash") == "#units"
    cards["拒收"][0].send_keys(Keys.ENTER)
    assert page.execute_script("return location.hash") == "#refused"
    refused = page.find_element(By.CSS_SELECTOR, "section[aria-labelledby=refused] tbody").text
    assert "坏.xlsx" in refused and "请用 Excel 或 WPS 修复" in refused
    assert refused and page.execute_script(
        "return document.getElementById('refused').offsetTop < document.getElementById('units').offsetTop"
    )


def test_the_units_stand_by_name_with_the_counts_of_the_tables(page: Chrome, units: dict) -> None:
    assert sorted(figures(page)) == as_rows(units)
    names = [row[0] for row in rows(page)]
    assert names == sorted(names, key=lambda name: name.encode("gb18030"))
    assert controls(page)[3].text == f"共 {len(names)} 行"


def test_a_city_that_no_roster_tells_is_presumed_and_said_to_be(page: Chrome, con: duckdb.DuckDBPyConnection) -> None:
    cities = {row[0]: row[1].split() for row in rows(page)}
    assert cities["一厂 #2 & “50%” <b>"] == ["鞍山市", "（由文件夹名推定）"]
    assert cities["矛盾厂"] == ["（未填）"]  # the folder says 鞍山市, the credit code 丹东市
    assert ["大连市", "（由信用代码推定）"] in cities.values()
    assert con.execute("SELECT DISTINCT city FROM persons WHERE unit IN ('一厂 #2 & “50%” <b>', '矛盾厂')").fetchall() == [(None,)]


def test_units_and_files_lead_to_workbooks_and_copies_that_stand_there(page: Chrome, counted: Audit) -> None:
    page.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    links = page.execute_script("return [...document.querySelectorAll('main a:not([href^=\"#\"])')].map(link => link.href)")
    found = {Path(unquote(urlsplit(link).path)) for link in links}
    reports = {path.absolute() for folder in ("units", "returned") for path in (counted.out / folder).iterdir()}
    assert found - {(counted.out / "bureau" / "statistics.xlsx").absolute()} == reports
    odd = page.find_element(By.LINK_TEXT, "一厂 #2 & “50%” <b>").get_attribute("href")
    assert openpyxl.load_workbook(unquote(urlsplit(odd).path)).sheetnames


def test_the_table_filters_by_name_city_and_what_there_is(page: Chrome, units: dict) -> None:
    search, city, some, told = controls(page)
    search.send_keys("另一 示例")
    assert [row[0] for row in rows(page)] == ["另一示例厂"]
    assert told.text == f"找到 1 行，共 {len(as_rows(units))} 行"
    search.send_keys("不存在")
    assert rows(page) == []
    search.send_keys(Keys.CONTROL, "a", Keys.DELETE)
    everywhere = rows(page)
    cities = {row[1].split()[0] for row in everywhere}
    assert len(cities) > 3 and {option.text for option in city.options} == cities | {"全部"}
    for name in cities:
        city.select_by_visible_text(name)
        assert sorted(rows(page)) == sorted(row for row in everywhere if row[1].split()[0] == name)
    city.select_by_index(0)
    some.select_by_visible_text("待核实")
    assert sorted(figures(page)) == as_rows(units, 5)
    page.find_element(By.CSS_SELECTOR, "#unit-table thead button").click()
    assert sorted(figures(page)) == as_rows(units, 5)  # a sort keeps what is filtered


def test_the_table_sorts_by_a_click_and_by_the_keyboard(page: Chrome) -> None:
    heads = page.find_elements(By.CSS_SELECTOR, "#unit-table thead th")
    for at in range(1, NUMBERS + 1):
        button = heads[at + 1].find_element(By.TAG_NAME, "button")
        button.click()
        assert heads[at + 1].get_attribute("aria-sort") == "descending"
        column = [row[at] for row in figures(page)]
        assert column == sorted(column, reverse=True)
        button.send_keys(Keys.ENTER)
        assert heads[at + 1].get_attribute("aria-sort") == "ascending"
        assert [row[at] for row in figures(page)] == sorted(column)
    heads[0].find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    names = [row[0] for row in figures(page)]
    assert [head.get_attribute("aria-sort") for head in heads].count("none") == len(heads) - 1
    assert names == page.execute_script("return [...arguments[0]].sort(new Intl.Collator('zh-CN', {numeric: true}).compare)", names)


def test_a_long_table_is_shown_a_part_at_a_time_and_printed_whole(page: Chrome, con: duckdb.DuckDBPyConnection) -> None:
    (files,) = con.execute("SELECT count(*) FROM files").fetchone()
    shown = "return document.querySelectorAll('#file-table tbody tr').length"
    with narrow(page):
        form = page.find_element(By.CSS_SELECTOR, "form.controls[aria-label='查找：名册文件']")
        before, after = form.find_elements(By.TAG_NAME, "button")
        assert page.execute_script(shown) == 10 < files and not before.is_enabled()
        page.execute_script("arguments[0].click()", after)
        assert page.execute_script(shown) == files - 10 and form.find_element(By.TAG_NAME, "p").text.endswith(f"显示第 11 至 {files} 行")
        page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        assert page.execute_script(shown) == files


def test_a_kind_of_finding_opens_to_places_that_are_in_the_tables_and_tell_nobody(
    page: Chrome, con: duckdb.DuckDBPyConnection, counted: Audit
) -> None:
    found = con.execute("""SELECT code, source_file, sheet, "row", "column" FROM findings""").fetchall()
    placed = {(code, file, f"{sheet}!{column}{row}") for code, file, sheet, row, column in found if row and column}
    kinds = page.find_elements(By.CSS_SELECTOR, "details.finding")
    assert {kind.get_attribute("id").removeprefix("finding-") for kind in kinds} == {code for code, *_ in found}
    seen = 0
    for kind in kinds:
        kind.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
        lines = page.execute_script(
            "return [...arguments[0].querySelectorAll('tbody tr')].map(row => [...row.cells].map(c => c.innerText))", kind
        )
        assert 0 < len(lines) <= 20 and kind.find_element(By.TAG_NAME, "table").is_displayed()
        cells = [
            (kind.get_attribute("id").removeprefix("finding-"), line[1], line[2]) for line in lines if re.search(r"![A-Z]+\d+$", line[2])
        ]
        assert {cell for cell in cells if "表名从略" not in cell[2]} <= placed
        seen += len(cells)
    assert seen > 20
    text = (counted.out / "bureau" / "report.html").read_text(encoding="utf-8")
    names = [name for (name,) in con.execute("SELECT DISTINCT name FROM persons WHERE name IS NOT NULL").fetchall()]
    assert len(names) > 300 and not [name for name in names if name in text]
    assert "（表名从略）!F2" in text  # a sheet that is called after somebody
    assert not re.search(r"(?<!\w)\d{17}[\dX](?!\w)", text)


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
        levels: [...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName).join(''),
        sorts: [...document.querySelectorAll('table.list')].filter(t => t.tBodies[0].rows.length > 1 && t.querySelector('thead th:not([aria-sort])')).length,
        controls: [...document.querySelectorAll('input,select')].filter(c => !c.labels.length).length,
        ids: [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
        lang: document.documentElement.lang}""")
    assert told["tables"] == told["sorts"] == told["controls"] == told["ids"] == 0 and told["lang"] == "zh-CN"
    assert re.fullmatch(r"(H1)(H2(H3)*)+", told["levels"])


def test_charts_say_and_draw_what_their_tables_hold(page: Chrome, con: duckdb.DuckDBPyConnection) -> None:
    charts = page.execute_script("""return Object.fromEntries([...document.querySelectorAll('figure')].map(f => [f.querySelector('figcaption').textContent,
        [...f.querySelectorAll('table.bars tbody td')].map(td => [td.textContent, td.querySelector('i').getBoundingClientRect().width])]))""")
    assert len(charts) == 5
    found, evaluated = con.execute("SELECT count(*), count(*) FILTER (bucket = 'evaluated') FROM persons").fetchone()
    assert [int(number) for number, _ in charts["从读到的行到符合条件"]][:2] == [found, evaluated]
    for title, bars in charts.items():
        numbers, widths = [int(number.replace(",", "")) for number, _ in bars], [width for _, width in bars]
        scale = max(widths) / max(numbers)
        assert widths == pytest.approx([number * scale for number in numbers], abs=1.5), title
    heads = page.execute_script(
        "return [...document.querySelectorAll('table.bars')].map(t => [...t.tHead.rows[0].cells].map(c => c.textContent))"
    )
    assert ["条件", "不满足", "不明"] in heads


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_can_be_read(page: Chrome, scheme: str) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    colours = """const s = (e, k) => getComputedStyle(e)[k].match(/[\\d.]+/g).map(Number);
        const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const paper = luminance(s(document.body, 'backgroundColor'));
        return ['body', '.note', 'main a', 'table.bars td', 'thead th', '.cards p']
            .map(name => luminance(s(document.querySelector(name), 'color')))
            .map(ink => (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05)).concat([paper])"""
    *contrasts, paper = page.execute_script(colours)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (paper > 0.5) == (scheme == "light") and min(contrasts) >= 4.5, contrasts


def test_a_narrow_screen_is_read_without_sideways_scrolling(page: Chrome, units: dict) -> None:
    with narrow(page):
        page.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.execute_script("return document.documentElement.scrollWidth") == 390
        beyond = (
            "return [...document.querySelectorAll('main th, main td, nav a')].filter(e => e.getBoundingClientRect().right > 390).length"
        )
        assert page.execute_script(beyond) == 0
        label = "return getComputedStyle(document.querySelector('#unit-table tbody td:nth-child(4)'), '::before').content"
        assert page.execute_script(label) == '"可申报"'
        assert {row[:3] for row in figures(page)} <= {row[:3] for row in as_rows(units)}
        page.execute_script("window.scrollTo(0, 3000)")
        assert page.execute_script("return document.querySelector('nav').getBoundingClientRect().top") == 0


def test_print_leaves_controls_out_and_fits_the_paper(page: Chrome) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = "return [...document.querySelectorAll('.controls, nav, figure summary')].filter(e => e.getClientRects().length).length"
        assert page.execute_script(shown) == 0
        wide = "return [...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right - document.body.clientWidth)"
        assert max(page.execute_script(wide)) <= 20
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    assert len(printed) > 50_000
