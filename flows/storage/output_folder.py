"""The output folder of an audit: held by one run at a time, and replaced whole or not at all.

Beside the folder `out`, all hidden, may lie
    .out.lock              held by the run that writes; the system lets go of it when that process ends, however it ends
    .out.xxxxxxxx.partial  what a run is writing, or is deleting; never taken for an output
    .out.xxxxxxxx.old      a whole output: the last one, or for a moment the new one that is to be exchanged with it. Deleted only when
                           it has been looked through and is as it was written
and, in sight,
    out-2025-12-31-142501  an output in which somebody has worked, set aside whole when another took its place
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from guantong.flows.current_folder import user_folder
from guantong.flows.errors import CannotRun
from guantong.flows.storage import disk, output_record
from guantong.flows.storage.output_lock import held
from guantong.flows.storage.output_record import RETURNED, display_path

OUTPUTS = ("run.json", "data", "units", "returned", "bureau")
_MARK = "[0-9a-f]{8}"


@dataclass
class Staging:
    """A fresh folder of mode 0700 beside `out`, with work/ and data/ in it.

    ``warning``, in Chinese, is what the user should be told, also after the run has ended; None where there is nothing.
    ``paths``: see `check_out`. ``given``: what is audited though it lies in ``out``, by name in it: that output will be in ``aside``.
    """

    path: Path
    out: Path
    paths: frozenset[str] | None = None
    warning: str | None = None
    given: frozenset[str] = frozenset()
    aside: Path | None = None
    _made: os.stat_result | None = None

    def publish(self) -> None:
        """Put the folder in the place of ``out``, whole and on the disk; work/ is dropped first.

        Raises CannotRun where ``out`` can't be replaced (a report in it is open in Excel, another file was put into it):
        the result lies whole beside it, where the message says. Raises OSError where it can't be kept at all (disk full).
        Either way ``out`` is as it was when `folder_for` has ended.
        """
        shutil.rmtree(self.path / "work")
        disk.flush(self.path)
        self._made = self.path.stat()
        try:
            check_out(self.out, self.paths)
            _swap(self.path, self.out)
        except (CannotRun, OSError) as error:
            raise CannotRun(self._keep(error)) from error
        disk.fsync(self.out.parent)

    def _keep(self, error: CannotRun | OSError) -> str:
        """Give the finished folder a name of its own; returns what to tell the user."""
        names = (self.out.with_name(f"{self.out.name}-新{number if number > 1 else ''}") for number in count(1))
        kept = next(path for path in names if not os.path.lexists(path))
        disk.rename(self.path, kept)
        if isinstance(error, CannotRun):
            why = str(error)
        elif isinstance(error, PermissionError):
            why = f"输出文件夹“{self.out}”里可能有文件正被 Excel、WPS 等程序打开，未能替换，仍是原来的结果。关闭这些文件后，下次可正常替换"
        else:
            why = f"输出文件夹“{self.out}”未能替换（{disk.reason_of(error)}），仍是原来的结果"
        return f"{why}。本次结果已完整保存在“{kept}”，可直接使用"

    def keep(self, given: frozenset[str]) -> Path:
        """Have the last output set aside, as these files of it are audited; gives where it will be."""
        self.given, self.aside = given, _free_name(self.out)
        return self.aside

    def set_aside(self, folder: Path, why: str) -> None:
        """Give an output that was replaced a name of its own, in sight."""
        to = self.aside if self.aside and not os.path.lexists(self.aside) else _free_name(self.out)
        disk.rename(folder, to)
        self._warn(f"原来的输出{why}，已整个移到“{to}”，没有删除")
        if copies := [name for name in output_record.find_corrected_copies(to) if name not in self.given]:
            self._warn(told_copies(to, copies))

    def kept_for(self, folder: Path) -> str | None:
        """Why an output that was replaced must not be deleted, in Chinese; None where it is as it was written."""
        if self.given and not os.path.samestat(self._made, folder.stat()):
            return "里有这次审核的花名册"
        changed = output_record.find_changed_files(folder)
        if changed is None:
            return "看不出有没有被改动（没有可用的 data/outputs.json，或有文件打不开）"
        if changed:
            some = "、".join(display_path(name) for name in changed[:3])
            return f"里有 {len(changed)} 个文件（文件夹）被改动、新增或删除（{some}{' 等' if len(changed) > 3 else ''}）"
        return None

    def _warn(self, words: str) -> None:
        self.warning = f"{self.warning}；{words}" if self.warning else words


def check_out(out: Path, paths: frozenset[str] | None = None) -> None:
    """Raise CannotRun where ``out`` can't be replaced, or is no output and holds files that are not this tool's.

    ``paths``: what it is to be made of, as `output_record.masked_path` tells it; then an output that was made of others is not replaced.
    None where that is not asked, or all that is audited lies in ``out`` itself.
    A link to a folder stands for the folder it leads to: that one is looked at, and later replaced; the link stays.
    Folders above ``out`` are made where they are missing.
    """
    try:
        if out.is_symlink() and not out.exists():
            raise CannotRun(f"输出文件夹“{out}”是失效的链接，请用 --out 另指一个文件夹")
        real = Path(os.path.realpath(out))
        real.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(real):
            return
        if not real.is_dir():
            raise CannotRun(f"“{out}”是文件，不是文件夹，请用 --out 另指一个文件夹")
        if os.path.ismount(real) or user_folder().resolve().is_relative_to(real):
            below = out / "audit-out"
            raise CannotRun(f"“{out}”是磁盘（挂载点）的根或当前所在的文件夹，不能整体替换，请用 --out 指它下面的一个文件夹，如“{below}”")
        _check_content(out, real, paths)
    except OSError as error:
        raise CannotRun(f"输出文件夹“{out}”无法写入：{disk.reason_of(error)}") from error


def _check_content(out: Path, real: Path, paths: frozenset[str] | None) -> None:
    if not output_record.is_output(real):
        with os.scandir(real) as found:
            foreign = sorted(entry.name for entry in found if entry.name not in OUTPUTS and not output_record.is_system_file(entry))
        if foreign:
            raise CannotRun(f"输出文件夹“{out}”里有不是本工具生成的文件（{foreign[0]} 等），为免误删，请用 --out 另指一个空文件夹")
    elif paths and (run := output_record.read_run(real)):
        check_paths(out, run, paths)


def check_paths(out: Path | str, run: dict, paths: frozenset[str]) -> None:
    """Raise CannotRun where an output, by its run.json, was made of other PATHs than these."""
    if paths not in (others := output_record.input_paths_of(run)):
        told = "、".join(sorted(others[0])[:3]) + (" 等" if len(others[0]) > 3 else "") if others else "看不出是哪些文件"
        raise CannotRun(f"“{out}”是另一批花名册（{told}）的审核结果，不能用这一批的结果替换。请用 --out 另指一个文件夹")


@contextmanager
def folder_for(out: Path, paths: frozenset[str] | None = None) -> Iterator[Staging]:
    """Hold ``out`` for this run, and give a staging folder beside it that is deleted at the end unless published.

    First what a killed run left is put right: the last output is put back where it was moved away, one in which somebody has
    worked is set aside, the rest deleted. ``paths``: see `check_out`; it is looked at again then.
    Raises CannotRun as `check_out` does, where another audit holds ``out``, and where nothing can be written beside it.
    Where the file system knows no locks the run goes on without one, and ``warning`` says so.
    """
    check_out(out, paths)
    real = Path(os.path.realpath(out))
    with ExitStack() as stack:
        try:
            locked = stack.enter_context(held(real.with_name(f".{real.name}.lock"), real))
            staging = stack.enter_context(_staging(real, locked, paths))
            check_out(out, paths)
        except OSError as error:
            raise CannotRun(f"输出文件夹“{out}”所在的“{real.parent}”无法写入：{disk.reason_of(error)}") from error
        yield staging


@contextmanager
def _staging(out: Path, locked: bool, paths: frozenset[str] | None) -> Iterator[Staging]:
    """Put right what a killed run left, and make the staging folder; at the end, what is still there of this run is deleted."""
    _restore(out)
    mark = _new_mark()
    staging = Staging(_beside(out, mark, "partial"), out, paths)
    if locked:
        _clear(staging, _MARK)
    else:  # what lies here may be another run's
        staging._warn(
            f"“{out.parent}”所在的磁盘不支持加锁，请勿同时运行两次写入“{out.name}”的审核；"
            f"以前中断的审核留下的隐藏文件夹（.{out.name}.*.partial）不会自动删除"
        )
    try:
        staging.path.mkdir(mode=0o700)
        for name in ("work", "data"):
            (staging.path / name).mkdir()
        yield staging
    finally:
        _restore(out)
        _clear(staging, mark)


def _new_mark() -> str:
    return uuid.uuid4().hex[:8]


def _beside(out: Path, mark: str, kind: str) -> Path:
    return out.with_name(f".{out.name}.{mark}.{kind}")


def _left(out: Path, mark: str, kind: str) -> list[Path]:
    """The folders beside ``out`` of these marks and kinds (regular expressions)."""
    name = re.compile(rf"\.{re.escape(out.name)}\.{mark}\.{kind}")
    return [path for path in out.parent.iterdir() if name.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]


def _restore(out: Path) -> None:
    """Put the last output back where a run was stopped between the two renames of `_swap`. Raises OSError."""
    olds = _left(out, _MARK, "old")
    if not olds or _stands(out):
        return
    if out.exists() and not any(out.iterdir()):
        out.rmdir()
    if not os.path.lexists(out):
        disk.rename(max(olds, key=lambda path: path.stat().st_mtime_ns), out)


def _stands(out: Path) -> bool:
    """Whether there is an output in place."""
    return any((out / name).exists() for name in OUTPUTS)


def _clear(staging: Staging, mark: str) -> None:
    """Put away what runs of this mark left beside the output; what can't be now is told, and left to the next run.

    An output that was replaced is deleted only where it is as it was written, and another stands in its place.
    """
    failing = sys.exception()
    for folder in _left(staging.out, mark, "(partial|old)"):
        if folder.suffix == ".old" and not _stands(staging.out):
            continue
        try:
            if folder.suffix == ".old" and (why := staging.kept_for(folder)):
                staging.set_aside(folder, why)
            else:
                _delete(folder, staging.out)
        except OSError as error:
            left = folder.suffix == ".old"
            words = f"隐藏文件夹“{folder if left else _beside(staging.out, '*', 'partial')}”未能{'移开' if left else '删除'}"
            words += f"（{disk.reason_of(error)}），下次审核时再试；其中有{'原来的输出' if left else '个人信息'}"
            staging._warn(words)
            if failing:
                failing.add_note(words)


def _free_name(out: Path) -> Path:
    """A name beside ``out`` with the day and time, under which nothing stands."""
    name = f"{out.name}-{dt.datetime.now():%Y-%m-%d-%H%M%S}"
    names = (out.with_name(f"{name}{f'-{number}' if number > 1 else ''}") for number in count(1))
    return next(path for path in names if not os.path.lexists(path))


def told_copies(output: Path, copies: list[str]) -> str:
    """What to tell of corrected copies in an output that were not audited."""
    some = "、".join(display_path(name) for name in copies[:3]) + (" 等" if len(copies) > 3 else "")
    return f"其中有 {len(copies)} 份改过的退回稿（{some}）没有作为花名册审核；要审核它们，请把“{display_path(output / RETURNED.rstrip('/'))}”写作 PATH"


def _delete(folder: Path, out: Path) -> None:
    """Delete a folder. It is renamed first: workers still about can't write into it then, nor is half an output ever an .old."""
    doomed = _beside(out, _new_mark(), "partial")
    disk.rename(folder, doomed)
    shutil.rmtree(doomed)


def _swap(staging: Path, out: Path) -> None:
    """Put ``staging`` in the place of ``out``; what stood there is its .old.

    In one step where the system can exchange two folders, elsewhere in two renames: stopped between them, by an OSError
    or a kill, ``out`` is missing until `_restore`, at the end of this run or the start of the next.
    """
    if not os.path.lexists(out):
        return disk.rename(staging, out)
    old = staging.with_suffix(".old")
    disk.rename(staging, old)  # from here on, killed or not, what lies there is looked through before it is deleted
    try:
        return disk.exchange(old, out)
    except OSError as error:
        disk.rename(old, staging)
        if error.errno not in disk.UNKNOWN_CALL:
            raise
    disk.rename(out, old)
    disk.rename(staging, out)
