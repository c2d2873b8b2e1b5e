"""What lies in the inbox: every file found once, and named, before any is read."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from guantong.flows.errors import CannotRun
from guantong.flows.records import Found, Input
from guantong.flows.storage.output_record import REPORTS, RETURNED, display_path, enclosing_output, is_output
from guantong.flows.workers.budgets import MOST_FILES, OVER_BUDGET
from guantong.schemas.files.formats import ARCHIVES, SUFFIXES
from guantong.schemas.files.open_file import read_bytes, refusal_of, suffix_of
from guantong.schemas.files.refusal import Refusal, fault
from guantong.schemas.near_words import describe_nearest_path

# Files of other spreadsheet programs, and archives, are taken too, to be refused by name.
_OTHER_TABLES = frozenset({".et", ".ett", ".tsv", ".numbers", ".xlt", ".xltx", ".xltm", ".fods", *ARCHIVES})
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_JUST_NOW = 60  # seconds; a file whose time is younger may be one that is being copied,
_QUIET, _BRIEF = 5.0, 1.0  # and is looked at again after so many seconds; where there is none, after so many
STILL_WRITTEN = "still_written"
# What is passed over is counted by suffix, or under one of these, or `records.OTHER_KINDS`.
LOCK, OF_MACOS, HIDDEN, OUTPUT, LINK, UNNAMED = "~$", "._", "隐藏文件夹", "审核输出文件夹", "重复的链接", "无扩展名"
TOO_MANY = "超出数量上限的表格文件"
CHECKED = "检查结果"  # what `guantong start` writes beside a roster, named by it


def discover(paths: list[Path], out: Path) -> Found:
    """Every workbook under ``paths``; a folder is searched through, but not outputs and hidden folders in it.

    A link is read only where it points into a folder given; one that points out of it is refused, and what can't be
    listed is too. Raises CannotRun where a path given does not exist, can't be listed, or is an audit's output or a report in one.
    """
    found, items = Found(), {}
    for argument in paths:
        _refuse_reports(argument)
        try:
            if argument.is_dir():
                os.listdir(argument)
                for item in _walk(argument, out, found):
                    items.setdefault(item.path.absolute(), item)
            elif argument.exists() or argument.is_symlink():
                place = argument.resolve() if argument.is_file() else argument.absolute()
                items.setdefault(place, Input(0, argument, display_path(argument.name)))
            else:
                raise CannotRun(f"找不到“{display_path(argument)}”{describe_nearest_path(argument) or '，请检查路径'}")
        except OSError as error:
            raise CannotRun(f"无法打开“{display_path(argument)}”：{fault(error)}") from error
    remaining = _without_links(list(items.values()), found)
    found.take(_with_unique_names(sorted(remaining, key=lambda item: (item.source_file, os.fsencode(item.path)))))
    return found


def _refuse_reports(argument: Path) -> None:
    """An output's reports are no rosters, and its copies to send back only those of the rosters with findings: nobody means all of it."""
    output, part = enclosing_output(argument) or (None, None)
    if part == "" or part in REPORTS:
        about = "整个审核输出文件夹" if part == "" else "审核写出的报告"
        raise CannotRun(
            f"“{display_path(argument)}”是{about}，不是花名册。请写花名册所在的文件夹；要审核改好的退回稿，请写“{display_path(output / RETURNED.rstrip('/'))}”或其中的文件"
        )


def _walk(argument: Path, out: Path, found: Found) -> list[Input]:
    """The files of a folder, in any order."""
    items: list[Input] = []

    def unlistable(error: OSError) -> None:
        path = Path(error.filename)
        items.append(Input(0, path, display_path(path.relative_to(argument)), refusal_of(error, path)))

    root, counts = argument.resolve(), Counter()
    for folder, names, files in os.walk(argument, onerror=unlistable):
        walked = []
        for name in sorted(names):
            path = Path(folder) / name
            if name.startswith("."):
                found.pass_over(HIDDEN)
            elif os.path.islink(path):
                if not _resolved(path).is_relative_to(root):  # else the folder itself is walked
                    items.append(Input(0, path, display_path(path.relative_to(argument)), Refusal("outside_link", "所指的是文件夹")))
            elif _is_output(path, out):
                found.pass_over(OUTPUT)
                found.outputs.append(path)
            else:
                walked.append(name)
        names[:] = walked
        for name in sorted(files):
            path = Path(folder) / name
            suffix = suffix_of(path)
            if name.startswith("~$"):
                found.pass_over(LOCK)
            elif name.startswith("._"):
                found.pass_over(OF_MACOS)
            elif _is_check_of_another(name, files):
                found.pass_over(CHECKED)
            elif may_be_read(path):
                submitter = path.relative_to(argument).parts[:-1][:1]
                counts[submitter] += 1
                if counts[submitter] <= MOST_FILES:
                    items.append(Input(0, path, display_path(path.relative_to(argument)), root=root))
                else:
                    found.pass_over(TOO_MANY)
            elif name not in _LITTER:
                found.pass_over(display_path(suffix) or UNNAMED)
    for submitter, count in counts.items():
        if count > MOST_FILES:
            refusal = Refusal(OVER_BUDGET, f"其中有{count}个表格文件，只读取前{MOST_FILES}个，其余没有读取")
            name = submitter[0] if submitter else argument.resolve().name
            items.append(Input(0, argument.joinpath(*submitter), display_path(name), refusal))
    return items


def _is_check_of_another(name: str, files: list[str]) -> bool:
    """Whether a file is the report of a check of a roster that lies beside it; one that lies alone may be what an enterprise corrected and hands in."""
    stem, mark, _ = name.rpartition(f"-{CHECKED}")
    return bool(mark) and any(Path(other).stem == stem and may_be_read(Path(other)) for other in files)


def may_be_read(path: Path) -> bool:
    """Whether a file is one of a spreadsheet program, by its name."""
    suffix = suffix_of(path)
    return suffix in SUFFIXES or suffix in _OTHER_TABLES


def _resolved(path: Path) -> Path:
    """Where a path leads; itself where that can't be told (a circle of links, a path too long for the system)."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _without_links(items: list[Input], found: Found) -> list[Input]:
    """The items less links to files that stand there themselves; links out of their folder, and broken ones, refused."""
    real = {_resolved(item.path) for item in items if not os.path.islink(item.path)}
    remaining = []
    for item in items:
        if item.refusal is None and os.path.islink(item.path) and item.root is not None:
            try:
                target = item.path.resolve(strict=True)
            except (OSError, RuntimeError):  # RuntimeError: a circle of links, before Python 3.13
                item.refusal = Refusal("vanished", "链接所指的文件不存在")
            else:
                if not target.is_relative_to(item.root):
                    item.refusal = Refusal("outside_link", "所指的是文件")
                elif target in real:
                    found.pass_over(LINK)
                    continue
        remaining.append(item)
    return remaining


def _is_output(folder: Path, out: Path) -> bool:
    """Whether a folder is an audit's output, this one's or another's: its workbooks are reports, not rosters."""
    return _resolved(folder) == _resolved(out) or is_output(folder)


def _with_unique_names(items: list[Input]) -> list[Input]:
    """Two rosters of one name out of two folders: the outputs name them by folder too."""
    names = Counter(item.source_file for item in items)
    taken: set[str] = set()
    for item in items:
        if names[item.source_file] > 1:
            item.source_file = f"{display_path(item.path.absolute().parents[item.source_file.count('/')].name)}/{item.source_file}"
        while item.source_file in taken:
            item.source_file = f"{Path(item.source_file).parent.as_posix()}/_{Path(item.source_file).name}"
        taken.add(item.source_file)
    return items


def take_digests(inputs: list[Input], threads: int) -> None:
    """Set sha256 and size of each file, or its refusal where it can't be opened."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(_take_digest, [item for item in inputs if item.refusal is None]))


def _take_digest(item: Input) -> None:
    item.stamp = stamp_of(item.path)
    try:
        data = read_bytes(item.path, item.root)
    except Refusal as refusal:
        item.refusal = refusal
        return
    item.sha256, item.size = hashlib.sha256(data).hexdigest(), len(data)


def stamp_of(path: Path) -> tuple | None:
    """What changes while a file is written: which file it is, its size and times; None where it is gone."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def take_settled_digests(inputs: list[Input], threads: int) -> None:
    """`take_digests`, after a while in which nothing may change: files that do are being copied, and refused (`STILL_WRITTEN`)."""
    items = [item for item in inputs if item.refusal is None]
    before = [stamp_of(item.path) for item in items]
    begun = time.time()
    young = any(stamp is not None and begun - stamp[3] / 1e9 < _JUST_NOW for stamp in before)
    time.sleep(_QUIET if young else _BRIEF)
    take_digests(items, threads)  # a file that has been opened tells its own size and time, though folders of other machines may lag behind
    for item, stamp in zip(items, before, strict=True):
        if stamp_of(item.path) not in (stamp, None):
            item.refusal, item.sha256, item.size = Refusal(STILL_WRITTEN), None, 0


def changed_since(inputs: list[Input]) -> list[Input]:
    """The files that have been changed or moved since they were first read."""
    return [item for item in inputs if item.stamp is not None and stamp_of(item.path) != item.stamp]
