"""The output folder is replaced whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.storage import disk
from guantong.flows.storage.output_folder import check_out, stage_output
from tests.support.output_folders import beside, fill, generation, write


def write_nothing(out: Path) -> None:
    with stage_output(out):
        raise AssertionError("not to be reached")


def test_the_first_output_is_put_in_place(out: Path) -> None:
    write(out, 1)
    assert generation(out) == 1
    assert beside(out) == ["结果"]


def test_an_output_is_replaced_whole_and_nothing_is_left_beside_it(out: Path, either: str) -> None:
    write(out, 1, files=40)
    write(out, 2)
    assert generation(out) == 2
    assert beside(out) == ["结果"]


def test_an_empty_folder_is_replaced(out: Path, either: str) -> None:
    out.mkdir()
    (out / ".DS_Store").touch()
    write(out, 1)
    assert generation(out) == 1


def test_folders_above_the_output_are_made(out: Path) -> None:
    write(out / "年" / "月", 1)
    assert generation(out / "年" / "月") == 1


def test_what_is_not_published_leaves_nothing(out: Path) -> None:
    write(out, 1)
    with stage_output(out) as staging:
        fill(staging.path, 2)
    assert generation(out) == 1
    with pytest.raises(ZeroDivisionError), stage_output(out) as staging:
        fill(staging.path, 2)
        raise ZeroDivisionError
    assert generation(out) == 1
    assert beside(out) == ["结果"]


@pytest.mark.skipif(os.name != "posix", reason="modes are of Unix")
def test_what_is_being_written_is_its_owners_alone(out: Path) -> None:
    with stage_output(out) as staging:
        assert staging.path.stat().st_mode & 0o777 == 0o700
        assert staging.path.parent == out.parent
        assert sorted(path.name for path in staging.path.iterdir()) == ["data", "work"]


def test_files_are_on_the_disk_before_they_are_in_place(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_call_c_library", lambda name, *arguments: errno.ENOSYS)  # a C library that knows neither call
    synced, in_place, fsync = set(), set(), os.fsync

    def note(fd: int) -> None:
        fsync(fd)
        (in_place if out.exists() else synced).add(os.fstat(fd).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    write(out, 1)
    assert generation(out) == 1
    assert {path.stat().st_ino for path in [out, *out.rglob("*")]} <= synced
    assert in_place == {out.parent.stat().st_ino}


def test_foreign_files_are_refused_and_stay(out: Path) -> None:
    out.mkdir()
    (out / "论文.docx").touch()
    for use in (check_out, write_nothing):
        with pytest.raises(CannotRun, match="论文.docx"):
            use(out)
    assert [path.name for path in out.iterdir()] == ["论文.docx"]
    assert beside(out) == ["结果"]


def test_a_folder_made_in_the_place_of_the_output_during_the_run_stays_and_the_result_is_kept_beside(out: Path) -> None:
    with pytest.raises(CannotRun, match="论文.docx.*结果-新"), stage_output(out) as staging:
        fill(staging.path, 2)
        out.mkdir()
        (out / "论文.docx").touch()
        staging.replace_output()
    assert [path.name for path in out.iterdir()] == ["论文.docx"]
    assert generation(out.with_name("结果-新")) == 2
    assert beside(out) == ["结果", "结果-新"]


def test_a_file_in_the_place_of_the_output_is_refused(out: Path) -> None:
    out.write_text("mine")
    with pytest.raises(CannotRun, match="是文件"):
        write(out, 1)
    with pytest.raises(CannotRun, match="是文件"):
        write(out / "sub", 1)
    assert out.read_text() == "mine"


def test_a_mount_point_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == out)
    with pytest.raises(CannotRun, match="挂载点.*下面的一个文件夹"):
        write(out, 1)


def test_the_root_of_a_real_disk_is_refused_and_a_folder_on_it_taken(small_disk: Path) -> None:
    with pytest.raises(CannotRun, match="挂载点"):
        write(small_disk, 1)
    write(small_disk / "out", 1)
    assert generation(small_disk / "out") == 1


def test_the_current_folder_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "data").mkdir(parents=True)
    for where in (out, out / "data"):
        monkeypatch.chdir(where)
        with pytest.raises(CannotRun, match="当前所在"):
            write(out, 1)
    monkeypatch.chdir(out)
    with pytest.raises(CannotRun, match="当前所在"):
        write(Path("."), 1)


def test_a_link_stays_and_the_folder_it_leads_to_is_replaced(out: Path, tmp_path: Path, either: str) -> None:
    write(out, 1)
    link = tmp_path / "link"
    link.symlink_to(out, target_is_directory=True)
    with stage_output(link) as staging:
        assert staging.path.parent == out.parent
        fill(staging.path, 2)
        staging.replace_output()
    assert link.is_symlink()
    assert generation(out) == 2
    assert beside(out) == ["结果"]


def test_a_link_that_leads_nowhere_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(out)
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for name in ("link", "ring"):
        with pytest.raises(CannotRun, match="失效的链接"):
            write(tmp_path / name, 1)
    with pytest.raises(CannotRun, match="无法写入"):
        write(tmp_path / "ring" / "out", 1)
    assert beside(out) == []
