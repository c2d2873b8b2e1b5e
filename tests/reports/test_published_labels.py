"""Nothing that a roster says is a label of what is published; and what is known of earlier publications, where it is kept and told."""

from __future__ import annotations

import csv
import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from guantong.flows.audit import publication_series
from guantong.flows.audit.publication_series import Calendar
from guantong.flows.errors import CannotRun
from guantong.reports.bureau.figures.figure_table import TOTAL
from guantong.reports.published import listed_labels
from guantong.reports.published.public_tables import GROUPS
from guantong.reports.published.publications import (
    RECORD_FILE,
    Publication,
    PublicationRecord,
    PublicationRequest,
    read_record,
    write_record,
)
from guantong.reports.wording import BLANK, TARGETS
from tests.conftest import Audit

DAY = dt.date(2025, 12, 31)
ONE = Publication("2025-07-01T00:00:00+00:00", "2025-07-01", 5, {}, {}, {}, [], "runs-1", "2025-07-01")


@pytest.mark.parametrize(
    ("column", "cell", "label"),
    [
        ("occupation", "车工", "车工"), ("occupation", " 数控 车工（高级）", "车工"), ("occupation", "6-18-01-01 车工", "车工"),
        ("occupation", "维修电工", "电工"), ("occupation", "车工 张三 乙肝", "其他"), ("occupation", "张三（车工）", "其他"),
        ("occupation", "210100198501010014", "其他"), ("occupation", "=车工", "其他"), ("occupation", "", BLANK), ("occupation", None, BLANK),
        ("city", "沈阳", "沈阳市"), ("city", "省直", "省直"), ("city", "延边州", "延边朝鲜族自治州"), ("city", "沈阳市张三家", "其他"),
        ("industry", "C34 通用设备制造业", "通用设备制造业"), ("industry", "张三的厂", "其他"), ("sex", "男", "男"), ("sex", "张三", "其他"),
        ("age_band", "36至40岁", "36至40岁"), ("education", "张三", "其他"),
    ],
)  # fmt: skip
def test_a_label_is_a_word_of_its_list_or_other(column: str, cell: str | None, label: str) -> None:
    assert listed_labels.listed_label(column, cell) == label


def test_every_label_that_is_published_is_a_known_word(counted: Audit) -> None:
    known = {word for _, _, _, column, _, _ in GROUPS for word in listed_labels.label_order(column)} | {TOTAL, "更晚", *TARGETS}
    known |= {f"比照{level}" for level in TARGETS} | {f"{year}年第{quarter}季度" for year in range(2026, 2032) for quarter in range(1, 5)}
    folder = counted.out / "bureau" / "publish"
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert {row[0] for row in list(csv.reader(file))[1:]} <= known, path.name
    book = openpyxl.load_workbook(folder / "statistics.xlsx")
    words = {cell.value for sheet in book for row in sheet.iter_rows(min_row=4, max_col=1) for cell in row}
    assert words <= known | {None, "没有数据。"}
    assert not {"船舶制造业", "=化工"} & {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}


def test_the_record_of_a_publication_lies_outside_of_what_is_published(counted: Audit) -> None:
    record = counted.out / "data" / RECORD_FILE
    assert not list((counted.out / "bureau").rglob(RECORD_FILE)) and len(read_record(record).publications) >= 1
    assert os.name != "posix" or record.stat().st_mode & 0o077 == 0


def test_a_period_begins_by_the_calendar() -> None:
    every = {name: Calendar("runs-1", name, Path()).period(DAY) for name in publication_series.MONTHS}
    assert every == {"quarter": "2025-10-01", "half-year": "2025-07-01", "year": "2025-01-01"}


def test_within_a_period_what_was_published_stands() -> None:
    request = PublicationRequest(5, (ONE,), by="runs-1", period="2025-07-01")
    assert request.of_this_period([ONE]) is ONE
    assert replace(request, period="2026-01-01").of_this_period([ONE]) is None
    assert replace(request, by="", period="").of_this_period([replace(ONE, by="", period="")]) is None  # audit has no calendar


def test_a_new_period_is_reason_for_a_run_where_the_inbox_has_changed_since_the_last_publication(tmp_path: Path) -> None:
    calendar = Calendar("runs-1", "half-year", tmp_path)
    (tmp_path / "data").mkdir()
    write_record(tmp_path / "data" / RECORD_FILE, PublicationRecord([ONE], "standing"))
    assert calendar.overdue(tmp_path, dt.date(2026, 1, 1)) and not calendar.overdue(tmp_path, DAY)
    write_record(tmp_path / "data" / RECORD_FILE, PublicationRecord([ONE], "new"))
    assert not calendar.overdue(tmp_path, dt.date(2026, 1, 1))


def test_what_was_published_is_remembered_for_every_output_of_the_user(tmp_path: Path) -> None:
    write_record(tmp_path / RECORD_FILE, PublicationRecord([ONE], "first"))
    state = tmp_path / "state"
    state.mkdir()
    publication_series.remember_publications(tmp_path, state)
    publication_series.remember_publications(tmp_path, state)
    request = publication_series.plan_publication(5, tmp_path / "elsewhere", DAY, None, state)
    assert (request.own, request.others) == ((), (ONE,)) and request.earlier_publications([]) == [ONE]
    assert publication_series.plan_publication(5, tmp_path, DAY, None, state).earlier_publications([]) == [
        ONE
    ]  # once, though two tell of it


def test_a_record_that_can_not_be_read_ends_the_audit(tmp_path: Path) -> None:
    for content in ("", "{}", '{"publications": [{}], "outcome": "", "stale": 0}'):
        (tmp_path / RECORD_FILE).write_text(content, encoding="utf-8")
        with pytest.raises(CannotRun, match=RECORD_FILE):
            publication_series.plan_publication(5, tmp_path, DAY, None, tmp_path / "none")


def test_the_screen_says_what_came_of_it() -> None:
    calendar, two = Calendar("runs-1", "half-year", Path()), [ONE, replace(ONE, made="2025-12-31", as_of="2025-12-31")]
    said = {
        outcome: publication_series.describe_publication(PublicationRecord(two, outcome, 7), calendar, DAY)
        for outcome in ("first", "new", "same", "held", "standing")
    }
    assert said["first"] is None
    assert "已写出 1 次" in said["new"] and "7 个" in said["new"] and "相同" in said["same"]
    assert "不更新" in said["held"] and "本半年（2025-07-01 起）已写出过" in said["standing"]
