"""A 诚信名单 or a table of relations that is an attack: a plain word about the file, no crash and no hang of the process that audits."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from guantong.flows.audit import side_lists
from guantong.flows.audit.side_lists import ListPaths, read_side_lists
from guantong.flows.errors import CannotRun
from guantong.flows.workers import limits
from guantong.rules.evaluation import relations
from guantong.schemas.side_lists import read_list
from guantong.schemas.side_lists.read_list import ListError
from tests.support.hostile_files.hostile import FAMILIES
from tests.support.workbooks import roster

HEADERS = ["姓名", "身份证号", "诚信情况"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.mark.parametrize("option", ["integrity", "relations", "words"])
@pytest.mark.parametrize("family", ["far", "packages", "structures", "swollen", "xls", "xlsb"])
def test_a_hostile_workbook_as_a_list_is_refused_in_words_that_name_it(tmp_path: Path, family: str, option: str) -> None:
    suffix, cases = FAMILIES[family]
    path = tmp_path / f"名单{suffix}"
    path.write_bytes(next(iter(cases()))[1])
    with pytest.raises((CannotRun, ListError), match=f"“名单{suffix}”"):
        read_side_lists(ListPaths(**{option: path}), b"key")


def dies(path: Path, *_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(path: Path, *_: object) -> str:
    if not (mark := path.with_suffix(".mark")).exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"


def hangs(path: Path, *_: object) -> None:
    limits.start_clock(1)
    time.sleep(60)


def swells(path: Path, *_: object) -> None:
    bytearray(2 * limits.MEMORY)


def fails(path: Path, *_: object) -> None:
    raise LookupError("张三")


@posix
@pytest.mark.parametrize(("fate", "said"), [(dies, "异常终止"), (hangs, "用时"), (swells, "内存"), (fails, "LookupError")])
def test_a_list_that_is_the_death_of_its_reader_costs_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: object, said: str
) -> None:
    monkeypatch.setattr(side_lists, "read_decisions", fate)
    with pytest.raises(CannotRun, match=f"“名单.xlsx”无法使用.*{said}") as told:
        read_side_lists(ListPaths(tmp_path / "名单.xlsx"), b"key")
    assert "张三" not in str(told.value)


@posix
def test_a_reader_of_a_list_that_is_killed_from_outside_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_lists, "read_decisions", dies_once)
    assert read_side_lists(ListPaths(tmp_path / "名单.xlsx"), b"key").decisions == "read"


def test_a_list_has_a_most_of_lines_and_a_relation_a_most_of_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = roster(tmp_path / "名单.xlsx", HEADERS, [["张示例", "", "良好"]] * 4)
    monkeypatch.setattr(read_list, "MOST_LINES", 3)
    with pytest.raises(ListError, match="“名单.xlsx”超过"):
        read_list.read_list(path, "integrity")
    path = roster(tmp_path / "关系.xlsx", ["专业", "职业（工种）", "关系"], [["机" * 501, "车工", "相关"]])
    with pytest.raises(ListError, match="第2行.*500"):
        relations.load_relations(path)
