"""--integrity: decisions of a 诚信名单 make the veto of 二（三） for whom their ID number tells, and for nobody else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from guantong.sample_data.identifiers import id_check
from guantong.schemas.side_lists.decisions import read_decisions
from guantong.schemas.side_lists.read_list import ListError
from tests.command.test_privacy import numbers_in, text_of
from tests.conftest import Audit, Ran
from tests.support.workbooks import CLEAN, people, roster

HEADERS = ["姓名", "身份证号", "单位名称", "诚信情况", "决定文号", "决定日期"]


def id_number(number: int) -> str:
    first17 = f"21010019850101{number * 2 + 1:03d}"
    return first17 + id_check(first17)


LINES = [
    ["李样本", id_number(2), "别的单位", "弄虚作假", "示决〔2024〕1号", "2024-05-06"],  # another name and unit: the number tells
    ["张示例", "", "示例机械有限公司", "弄虚作假", "", ""],  # a name alone tells nobody
    ["张示例", float(id_number(1)[:15] + "000"), "示例机械有限公司", "弄虚作假", "", ""],
    ["王试填", id_number(3), "", "良好", "", ""],
    ["赵虚拟", id_number(4), "", "情况说明见附件", "", ""],
    ["孙演示", id_number(9), "", "伪造业绩材料，三年内不得申报", "", ""],  # in no roster
    ["周假设", id_number(5), "", "剽窃他人成果，取消资格", "", "2023年"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("integrity")
    names = ["张示例", "吴模拟", "王试填", "赵虚拟", "周假设"]
    people(folder / "甲.xlsx", *(CLEAN | {"姓名": name, "身份证号": id_number(number)} for number, name in enumerate(names, 1)))
    roster(folder / "诚信名单.xlsx", HEADERS, LINES, sheet="名单")
    return folder


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], folder: Path) -> Audit:
    return audit(folder, integrity=folder / "诚信名单.xlsx")


def test_a_decision_vetoes_whom_its_id_number_tells_whatever_the_name(done: Audit) -> None:
    assert done.status == 0
    vetoed = {"吴模拟", "周假设"}
    for name in done.persons["name"]:
        assert set(done.routes(name).values()) == ({"ineligible"} if name in vetoed else {"eligible"}), name
    failing = done.verdicts[done.verdicts["outcome"] == "ineligible"]["not_met"]
    assert {tuple(names) for names in failing} == {("integrity",)}


def test_lines_that_tell_nobody_are_counted_and_told_by_their_row(done: Audit) -> None:
    lines = pd.read_parquet(done.out / "data" / "integrity.parquet")
    assert lines[["row", "result", "people"]].values.tolist() == [
        [2, "vetoed", 1], [3, "no_id_number", 0], [4, "no_id_number", 0], [5, "clear", 0], [6, "unclear", 0], [7, "not_found", 0], [8, "vetoed", 1],
    ]  # fmt: skip
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  诚信名单")]
    for told in (
        "7 条",
        "一票否决 2 条",
        "没有可用的身份证号 2 条（名单!3、名单!4）",
        "看不出决定 1 条（名单!6）",
        "名册中没有此人 1 条（名单!7）",
    ):
        assert told in line, told


def test_the_run_tells_the_lists_hash_and_the_list_is_no_roster(done: Audit, folder: Path) -> None:
    sha256 = hashlib.sha256((folder / "诚信名单.xlsx").read_bytes()).hexdigest()
    assert done.run["lists"]["integrity"] == {"file": "诚信名单.xlsx", "sha256": sha256}
    assert done.files["source_file"].tolist() == ["甲.xlsx"]


def test_no_output_holds_an_id_number_of_the_list_and_no_name_of_it(done: Audit) -> None:
    numbers = {number for _, number, *_ in LINES if isinstance(number, str)} - {""}
    for path in [path for path in done.out.rglob("*") if path.is_file() and path.relative_to(done.out).parts[0] != "returned"]:
        text = text_of(path)
        assert not numbers_in(text) & numbers, path.name
        assert "孙演示" not in text and "李样本" not in text, path.name
    assert "孙演示" not in done.stdout + done.stderr and not numbers_in(done.stdout) & numbers


def test_explain_says_that_the_veto_is_from_the_list(done: Audit, guantong: Callable[..., Ran]) -> None:
    told = guantong("explain", done.out, "甲.xlsx", 3).stdout
    (line, *_) = [line for line in told.splitlines() if "无弄虚作假" in line]
    assert re.search(r"不满足.*二（三）.*诚信名单“诚信名单\.xlsx”工作表“名单”第2行，决定文号 示决〔2024〕1号，决定日期 2024-05-06", line)
    other = guantong("explain", done.out, "甲.xlsx", 2).stdout
    assert "诚信情况 Q2＝良好" in other and "诚信名单" not in other


def test_the_same_list_gives_the_same_bytes_and_no_list_no_veto(done: Audit, audit: Callable[..., Audit], folder: Path) -> None:
    again = audit(folder, integrity=folder / "诚信名单.xlsx", no_cache=True)
    for path in sorted((done.out / "data").glob("*.parquet")):
        assert path.read_bytes() == (again.out / "data" / path.name).read_bytes(), path.name
    without = audit(folder / "甲.xlsx")
    assert set(without.verdicts["outcome"]) == {"eligible"} and not (without.out / "data" / "integrity.parquet").exists()
    assert json.loads((without.out / "run.json").read_text(encoding="utf-8"))["counts"]["integrity"] is None


def test_a_changed_list_is_not_taken_for_the_last_one(audit: Callable[..., Audit], folder: Path, tmp_path: Path) -> None:
    listed, vetoed = tmp_path / "名单.xlsx", []
    for number in (2, 2, 3):
        roster(listed, HEADERS, [["", id_number(number), "", "弄虚作假", "", ""]])
        done = audit(folder / "甲.xlsx", out=tmp_path / "out", integrity=listed)
        vetoed.append((set(done.verdicts[done.verdicts["outcome"] == "ineligible"]["row"]), done.run["counts"]["integrity"]["vetoed"]))
    assert vetoed == [({3}, 1), ({3}, 1), ({4}, 1)]


def test_a_list_that_cannot_be_used_stops_the_audit(audit: Callable[..., Audit], folder: Path, tmp_path: Path) -> None:
    wrong = roster(tmp_path / "名单.xlsx", ["姓名", "单位名称"], [["张示例", "示例机械有限公司"]])
    ran = audit(folder / "甲.xlsx", out=tmp_path / "out", integrity=wrong)
    assert ran.status == 2 and "身份证号、诚信情况" in ran.stderr
    assert not (tmp_path / "out").exists()


DECISIONS = {
    "弄虚作假": "veto", "伪造学历，三年内不得申报": "veto", "存在提供虚假业绩材料的行为，予以通报": "veto", "良好": "clear", "无弄虚作假": "clear",
    "未发现伪造学历": "clear", "涉嫌伪造学历": "unclear", "伪造学历一事待核实": "unclear", "通报批评": "unclear", "撤销处理决定（原认定弄虚作假）": "unclear",
}  # fmt: skip


@pytest.mark.parametrize("text", DECISIONS)
def test_only_a_text_that_finds_a_falsification_is_a_decision(tmp_path: Path, text: str) -> None:
    listed = roster(tmp_path / "名单.xlsx", ["姓名", "公民身份号码", "处理决定"], [["张示例", id_number(1), text]])
    assert read_decisions(listed, b"key").rows["decision"].tolist() == [DECISIONS[text]]


def test_a_list_without_an_id_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="身份证号"):
        read_decisions(roster(tmp_path / "名单.xlsx", ["姓名", "处理决定"], [["张示例", "弄虚作假"]]), b"key")
