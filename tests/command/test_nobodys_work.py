"""Nobody's work is lost, as a user of the commands meets it: corrected copies, edited reports, outputs of others, files that stand already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from guantong.flows.storage import output_record
from tests.command.test_command import tree
from tests.conftest import Audit, Ran
from tests.support.workbooks import CLEAN, people

BAD = CLEAN | {"技能等级取得时间": "2019.13"}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two rosters, each with a date to correct."""
    people(tmp_path / "inbox" / "甲.xlsx", BAD)
    people(tmp_path / "inbox" / "乙.xlsx", BAD | {"姓名": "李样本", "身份证号": "", "单位名称": "乙厂"})
    return tmp_path / "inbox"


def corrected(copy: Path) -> Path:
    """Put the date of a returned copy right, as an enterprise does."""
    book = openpyxl.load_workbook(copy)
    (sheet,) = [sheet for sheet in book.worksheets if sheet.title == "花名册"]
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "2019.13"]
    cell.value = "2015-06-30"
    book.save(copy)
    return copy


def copy_of(out: Path, name: str) -> Path:
    (found,) = [path for path in (out / "returned").iterdir() if name in path.name]
    return found


def aside(out: Path) -> Path:
    (found,) = out.parent.glob(f"{out.name}-20*")
    return found


def codes(audit: Audit) -> list[str]:
    return audit.findings["code"].tolist()


def test_a_corrected_copy_is_audited_where_it_lies_and_stays(audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = audit(inbox, out=tmp_path / "out").out
    copy = corrected(copy_of(out, "甲"))
    before = tree(out)
    done = audit(copy, out=out)
    assert (done.status, len(done.persons), "date_unreadable" in codes(done)) == (0, 1, False)
    assert tree(aside(out)) == before
    assert str(aside(out)) in done.stderr
    (given,) = done.run["inputs"]
    assert Path(given["path"]) == aside(out) / "returned" / copy.name and done.run["paths"] == [given["path"]]


def test_the_folder_of_copies_is_audited_where_it_lies_and_may_be_again(audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = audit(inbox, out=tmp_path / "out").out
    corrected(copy_of(out, "甲"))
    one = audit(out / "returned", out=out)
    assert len(one.persons) == 2 and "没有作为花名册审核" not in one.stderr
    corrected(copy_of(out, "乙"))
    two = audit(out / "returned", out=out)
    assert (two.status, len(two.persons), "date_unreadable" in codes(two)) == (0, 1, False)
    assert len(list(tmp_path.glob("out-20*"))) == 2


def test_what_is_worked_on_in_an_output_is_set_aside_and_corrections_that_were_not_read_are_told(
    audit: Callable[..., Audit], inbox: Path, tmp_path: Path
) -> None:
    out = audit(inbox, out=tmp_path / "out").out
    corrected(copy_of(out, "甲"))
    (out / "units" / "意见.txt").write_text("mine", encoding="utf-8")
    (out / "请先看我.docx").write_bytes(b"mine")
    before = tree(out)
    done = audit(inbox, out=out)
    assert done.status == 0 and "直接沿用" not in done.stderr
    assert tree(aside(out)) == before
    told = done.stderr.replace("\n", "")
    assert f"{aside(out)}" in told and "3 个" in told
    assert "1 份改过的退回稿" in told and f"{aside(out) / 'returned'}" in told


def test_an_output_of_others_is_not_replaced(audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = audit(inbox / "甲.xlsx", out=tmp_path / "out").out
    before = tree(out)
    other = people(tmp_path / "别处" / "甲.xlsx", BAD)
    for paths in ([other], [inbox], [inbox / "乙.xlsx"], [inbox / "甲.xlsx", inbox / "乙.xlsx"]):
        refused = audit(*paths, out=out)
        assert refused.status == 2, paths
        assert "--out" in refused.stderr and str(inbox / "甲.xlsx") in refused.stderr
        assert tree(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox", "out", "别处"]


def test_the_same_paths_are_the_same_however_they_are_written(
    guantong: Callable[..., Ran], environment: dict, inbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(inbox)
    people(tmp_path / "more" / "丙.xlsx", BAD | {"姓名": "王例"})

    def run(*paths: str, day: str) -> Ran:
        return guantong("audit", *paths, "--as-of", day, "--workers", 1, cwd=tmp_path, environment=environment)

    assert run("inbox", "more", day="2025-12-31").status == 0
    people(inbox / "丁.xlsx", CLEAN)  # what they hold may change
    again = run(str(tmp_path / "more") + os.sep, "./link", "inbox", day="2025-12-30")
    assert again.status == 0, again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit-out", "inbox", "link", "more"]


def test_paths_that_look_alike_once_masked_are_told_apart(tmp_path: Path) -> None:
    one, two = (tmp_path / number for number in ("110101199003070011", "11010119900307002X"))
    told = [output_record.masked_path(path, b"key") for path in (one, two)]
    assert one.name not in told[0] and told[0] != told[1]
    assert told[0] == output_record.masked_path(one, b"key") and str(one)[:20] in told[0]


@pytest.mark.parametrize("paths", ["folder", "files"])
def test_what_an_older_output_was_made_of_is_seen_from_its_files(tmp_path: Path, paths: str) -> None:
    names = ["市/甲.xlsx", "乙.xlsx"] if paths == "folder" else ["甲.xlsx", "乙.xlsx"]
    files = [tmp_path / "in" / name for name in names]
    inputs = [{"path": str(path), "source_file": name} for path, name in zip(files, names, strict=True)]
    asked = [tmp_path / "in"] if paths == "folder" else files
    assert frozenset(output_record.masked_path(path, b"") for path in asked) in output_record.input_paths_of({"inputs": inputs})
    assert frozenset({str(tmp_path)}) not in output_record.input_paths_of({"inputs": inputs})


def test_copies_corrected_in_an_output_among_the_rosters_are_told(audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = audit(inbox, out=inbox / "上次").out
    corrected(copy_of(out, "甲"))
    (out / "units" / "意见.txt").write_text("mine", encoding="utf-8")  # no roster, not told
    done = audit(inbox, out=tmp_path / "out")
    assert len(done.persons) == 2
    told = done.stderr.replace("\n", "")
    assert "1 份改过的退回稿" in told and copy_of(out, "甲").name in told and str(out / "returned") in told
    given = audit(inbox, out / "returned", out=tmp_path / "both")
    assert len(given.persons) == 4 and "没有作为花名册审核" not in given.stderr


@pytest.mark.parametrize("part", ["", "units", "bureau", "bureau/statistics.xlsx", "data"])
def test_an_output_and_its_reports_are_no_rosters(audit: Callable[..., Audit], inbox: Path, tmp_path: Path, part: str) -> None:
    out = tmp_path / "out"
    for folder in ("units", "bureau", "data", "returned"):
        (out / folder).mkdir(parents=True)
    people(out / "bureau" / "statistics.xlsx", CLEAN)
    (out / "run.json").write_text('{"tool": "guantong", "paths": []}', encoding="utf-8")
    refused = audit(out / part, out=tmp_path / "new")
    assert refused.status == 2 and str(out / "returned") in refused.stderr


CHANGED = """
import sys
from pathlib import Path
from guantong.flows import entry
from guantong.flows.audit import command
find_rosters = command.find_rosters
def and_then_it_changes(*given, **named):
    found = find_rosters(*given, **named)
    with open(found.inputs[0].path, "ab") as file:
        file.write(b" ")
    return found
command.find_rosters = and_then_it_changes
if __name__ == "__main__":
    sys.argv = ["guantong", *sys.argv[1:]]
    entry.main()
"""


def test_a_file_that_changes_while_it_is_audited_is_told_and_read_again_by_the_next_run(
    audit: Callable[..., Audit], environment: dict, inbox: Path, tmp_path: Path
) -> None:
    (script := tmp_path / "changed.py").write_text(CHANGED, encoding="utf-8")
    given = ["audit", inbox, "--out", tmp_path / "out", "--as-of", "2025-12-31", "--workers", "1"]
    done = subprocess.run([sys.executable, script, *given], capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "1 个文件被改动或移走（乙.xlsx）" in done.stderr
    again = audit(inbox, out=tmp_path / "out")
    assert "直接沿用" not in again.stderr and "被改动" not in again.stderr


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit(people(tmp_path_factory.mktemp("done") / "甲.xlsx", BAD))


@pytest.mark.parametrize(
    "command",
    [
        ("template", "有.xlsx"),
        ("simulate", "OUT", "--settings", "--out", "有.xlsx"),
        ("simulate", "OUT", "--set", "s2t-engineer.years=2", "--out", "有.xlsx"),
        ("simulate", "OUT", "--set", "s2t-engineer.years=2", "--csv", "有.csv"),
        ("compare", "OUT", "OUT", "--out", "有.xlsx"),
        ("sample", "有"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("what", ["stands", "cannot be made"])
def test_no_command_writes_over_what_stands_or_half_of_anything(
    guantong: Callable[..., Ran], done: Audit, tmp_path: Path, command: tuple[str, ...], what: str
) -> None:
    place = "" if what == "stands" else "甲.txt/"
    for name in ("有.xlsx", "有.csv", "有/论文.docx", "甲.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    before = tree(tmp_path)
    words = [str(done.out) if word == "OUT" else word.replace("有", f"{place}有") for word in command]
    ran = guantong(*words, cwd=tmp_path)
    assert (ran.status, tree(tmp_path)) == (2, before)
    assert words[-1] in ran.stderr and "Traceback" not in ran.stderr
    assert "上一次的输出" not in ran.stderr, "that is what audit says"


FULL = """
import errno, sys
import xlsxwriter
from guantong.flows import entry
def full(*_, **__):
    raise OSError(errno.ENOSPC, "full")
import guantong.schemas.form.workbook, guantong.sample_data.rosters, guantong.sample_data.workbooks
guantong.schemas.form.workbook._lists = full
if sys.argv[1] == "sample":
    write = guantong.sample_data.workbooks._write_xlsx
    def second_is_full(path, sheets):
        write(path, sheets)
        if len(list(path.parent.iterdir())) > 1:
            path.write_bytes(b"PK")
            full()
    guantong.sample_data.workbooks._write_xlsx = second_is_full
sys.argv = ["guantong", *sys.argv[1:]]
entry.main()
"""


@pytest.mark.parametrize("command", [("template", "new.xlsx"), ("sample", "new", "--persons", "30", "--files", "3")], ids=" ".join)
def test_on_a_full_disk_nothing_half_written_is_left(own_environment: dict, tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL, *command],
        cwd=tmp_path,
        env=own_environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 2 and "磁盘已满" in ran.stderr and "new" in ran.stderr
    assert tree(tmp_path) == {}
    shutil.rmtree(tmp_path / "new", ignore_errors=True)
    assert list(tmp_path.iterdir()) == []
