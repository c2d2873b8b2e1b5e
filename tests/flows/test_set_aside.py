"""An output in which somebody has worked is set aside whole, whatever was done in it and whenever the run is killed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.storage import disk, output_record
from guantong.flows.storage.output_folder import Staging, stage_output
from tests.flows.test_output_kills import Children, needs_fork, ways
from tests.support.output_folders import beside, fill, generation, refuse_renames, write

FILES = 3


@pytest.fixture
def children(way: str) -> Iterator[Children]:
    made = Children(way)
    yield made
    made.stop()


def contents(folder: Path) -> dict[str, bytes | str | None]:
    """All that stands under a folder."""

    def content(path: Path) -> bytes | str | None:
        return os.readlink(path) if path.is_symlink() else None if path.is_dir() else path.read_bytes()

    return {path.relative_to(folder).as_posix(): content(path) for path in sorted(folder.rglob("*"))}


def replaced(out: Path) -> Staging:
    """Publish generation 2."""
    with stage_output(out) as staging:
        fill(staging.path, 2, FILES)
        staging.replace_output()
    return staging


def aside(out: Path) -> list[Path]:
    return sorted(path for path in out.parent.iterdir() if path.name.startswith(f"{out.name}-20"))


def text(name: str, words: str) -> Callable[[Path], object]:
    def write_it(out: Path) -> None:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(words, encoding="utf-8")

    return write_it


def turned_into_a_folder(out: Path) -> None:
    (out / "data" / "1.txt").unlink()
    (out / "data" / "1.txt").mkdir()


def edited_with_its_old_time(out: Path) -> None:
    path, about = out / "data" / "1.txt", (out / "data" / "1.txt").stat()
    path.write_text("7", encoding="utf-8")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def one_space_more(name: str) -> Callable[[Path], object]:
    return lambda out: text(name, (out / name).read_text(encoding="utf-8") + " ")(out)


WORK = {
    "a changed file": text("data/1.txt", "mine"),
    "a changed file of the same size and time": edited_with_its_old_time,
    "an emptied file": text("data/1.txt", ""),
    "a note at the top": text("批注.docx", "mine"),
    "a note below": text("data/批注.txt", "mine"),
    "a note in folders of one's own": text("units/甲/乙/批注.txt", "mine"),
    "a hidden note": text("data/.批注", "mine"),
    "an empty folder": lambda out: (out / "data" / "待办").mkdir(),
    "a folder work": text("work/1.txt", "mine"),
    "a link to a file": lambda out: (out / "data" / "快捷").symlink_to("1.txt"),
    "a link to a folder": lambda out: (out / "快捷").symlink_to(".."),
    "a link in the place of a file": lambda out: (
        (out / "data/1.txt").rename(out / "data/2.txt"),
        (out / "data/1.txt").symlink_to("2.txt"),
    ),
    "a deleted file": lambda out: (out / "data" / "1.txt").unlink(),
    "a renamed file": lambda out: (out / "data" / "1.txt").rename(out / "data" / "一.txt"),
    "a folder in the place of a file": turned_into_a_folder,
    "a deleted run.json": lambda out: (out / "run.json").unlink(),
    "a changed run.json": one_space_more("run.json"),
    "an unreadable run.json": text("run.json", "{"),
    "changed sums": one_space_more("data/outputs.json"),
    "deleted sums": lambda out: (out / "data" / "outputs.json").unlink(),
    "sums of an older version": text("data/outputs.json", "{}"),
    "a large file called as a lock is": text("data/~$1.txt", "mine" * 1000),
    "a folder called as litter is": text("data/Thumbs.db/批注.txt", "mine"),
}


def first(out: Path) -> None:
    """An output of generation 1, with its run.json."""
    with stage_output(out) as staging:
        (staging.path / "run.json").write_text(output_record.signed_json({"tool": "guantong", "paths": []}), encoding="utf-8")
        fill(staging.path, 1, FILES)
        staging.replace_output()


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_an_output_in_which_somebody_has_worked_is_set_aside_whole(out: Path, either: str, work: Callable[[Path], object]) -> None:
    first(out)
    work(out)
    left = contents(out)
    staging = replaced(out)
    (kept,) = aside(out)
    assert contents(kept) == left
    assert generation(out, FILES) == 2
    assert beside(out) == [out.name, kept.name]
    assert kept.name in staging.warning


LITTER = {
    "a later time": lambda out: [os.utime(path, (1, 1)) for path in out.rglob("*")],
    "a file written again as it was": lambda out: text("data/1.txt", (out / "data/1.txt").read_text())(out),
    "litter of systems": lambda out: [text(name, "x" * 9000)(out) for name in (".DS_Store", "data/Thumbs.db", "data/desktop.ini")],
    "locks of office programs": lambda out: [text(name, "user")(out) for name in ("data/~$1.txt", "data/.~lock.1.txt#")],
}


@pytest.mark.parametrize("litter", LITTER.values(), ids=LITTER.keys())
def test_what_is_nobodys_work_keeps_no_output(out: Path, either: str, litter: Callable[[Path], object]) -> None:
    first(out)
    litter(out)
    assert replaced(out).warning is None
    assert generation(out, FILES) == 2
    assert beside(out) == [out.name]


def test_what_was_changed_is_told_by_name_and_count_without_numbers_of_people(out: Path) -> None:
    first(out)
    for name in ("data/1.txt", "units/110101199003070011.txt", "units/批注.txt"):
        text(name, "mine")(out)
    told = replaced(out).warning
    assert "3 个" in told and "data/1.txt" in told and "110101199003070011" not in told


def test_work_done_while_the_run_goes_on_is_set_aside_too(out: Path, either: str) -> None:
    first(out)
    with stage_output(out) as staging:
        fill(staging.path, 2, FILES)
        assert output_record.find_changed_files(out) == []
        text("data/1.txt", "9")(out)
        staging.replace_output()
    (kept,) = aside(out)
    assert (kept / "data/1.txt").read_text() == "9"


def test_outputs_set_aside_within_a_second_do_not_replace_each_other(out: Path) -> None:
    for number in range(4):
        write(out, 1, FILES)
        text("批注.txt", str(number))(out)
    replaced(out)
    assert {(path / "批注.txt").read_text() for path in aside(out)} == {"0", "1", "2", "3"}


def test_an_output_that_cannot_be_set_aside_is_kept_where_it_is_and_told(out: Path, monkeypatch: pytest.MonkeyPatch, either: str) -> None:
    first(out)
    text("批注.txt", "mine")(out)
    with monkeypatch.context() as patched:
        refuse_renames(patched, errno.EACCES, lambda path, to: path.suffix == ".old" and to.name.startswith(f"{out.name}-20"))
        told = replaced(out).warning
    (hidden,) = [path for path in out.parent.iterdir() if path.suffix == ".old"]
    assert hidden.name in told and (hidden / "批注.txt").read_text() == "mine"
    assert "批注.txt" in replaced(out).warning
    (kept,) = aside(out)
    assert (kept / "批注.txt").read_text() == "mine"


def test_an_interrupted_exchange_deletes_nobodys_work(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first(out)
    text("批注.txt", "mine")(out)
    exchange = disk.exchange

    def interrupted(one: Path, other: Path) -> None:
        exchange(one, other)
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replaced(out)
    (kept,) = aside(out)
    assert (kept / "批注.txt").read_text() == "mine"
    assert generation(out, FILES) == 2


def test_an_output_made_of_others_is_not_replaced_even_where_it_came_back_at_the_start(out: Path) -> None:
    first(out)
    out.rename(out.with_name(f".{out.name}.deadbeef.old"))
    with pytest.raises(CannotRun, match="另一批"), stage_output(out, frozenset({"/others"})):
        raise AssertionError("not to be reached")
    assert (out / "data/0.txt").read_text() == "1"


@needs_fork
@ways
@pytest.mark.parametrize("work", ["a note below", "a deleted file", "deleted sums"])
def test_nobodys_work_is_lost_at_whichever_step_the_process_is_killed(children: Children, out: Path, way: str, work: str) -> None:
    for step in count(1):
        shutil.rmtree(out.parent)
        out.parent.mkdir()
        write(out, 1, FILES)
        WORK[work](out)
        left = contents(out)
        children.start(out, 2, FILES, step)
        status = children.status()
        with stage_output(out):
            pass
        whole = [path for path in (out, *aside(out)) if contents(path) == left]
        assert len(whole) == 1, beside(out)
        assert whole == [out] or generation(out, FILES) == 2
        assert beside(out) == sorted({out.name, whole[0].name})
        if status == 0:
            break
    assert whole != [out] and step > 15


@needs_fork
@ways
def test_nobodys_work_is_lost_though_putting_right_is_killed_too(children: Children, out: Path, way: str) -> None:
    hidden = out.with_name(f".{out.name}.deadbeef.old")
    for step in count(1):
        shutil.rmtree(out.parent)
        out.parent.mkdir()
        for folder, number in ((hidden, 0), (out, 1)):
            (folder / "data").mkdir(parents=True)
            fill(folder, number, FILES)
        text("data/批注.txt", "mine")(hidden)
        left = contents(hidden)
        children.start(out, 2, FILES, step)
        status = children.status()
        with stage_output(out):
            pass
        (kept,) = aside(out)
        assert contents(kept) == left
        assert generation(out, FILES) in (1, 2)
        assert beside(out) == [out.name, kept.name]
        if status == 0:
            break
