"""The output folder of an audit: written by one run at a time, and replaced whole or not at all.

Beside the folder `out`, all hidden, may lie
    .out.lock              locked by the run that writes (`disk.hold_lock`)
    .out.xxxxxxxx.partial  what a run is writing, or is deleting; never taken for an output
    .out.xxxxxxxx.old      a whole output: the last one, or for a moment the new one that is to be exchanged with it. Deleted only
                           after a check that all its files are as they were written
and, not hidden,
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
from guantong.flows.storage.output_record import RETURNED, display_path, list_some

OUTPUTS = ("run.json", "data", "units", "returned", "bureau")
_MARK = "[0-9a-f]{8}"


@dataclass
class Staging:
    """A new folder of mode 0700 beside ``out`` with work/ and data/ in it, in which a run puts its output together.

    ``paths``: see `check_out`. ``warning``: a message in Chinese for the user, also after the run has ended; None where there is none.
    ``audited_files``: rosters of this audit that lie in ``out`` itself, by name in it; because of them the last output moves to ``aside``.
    """

    path: Path
    out: Path
    paths: frozenset[str] | None = None
    warning: str | None = None
    audited_files: frozenset[str] = frozenset()
    aside: Path | None = None
    _written: os.stat_result | None = None

    def replace_output(self) -> None:
        """Delete work/, write all to the disk, and put the folder in the place of ``out``.

        Raises CannotRun where ``out`` can't be replaced (a report in it is open in Excel, another file was put into it); then
        the new output lies whole beside it, and the message says where. Raises OSError where it can't be kept at all (disk full).
        Either way ``out`` holds the last output again when `stage_output` ends.
        """
        shutil.rmtree(self.path / "work")
        disk.sync_folder(self.path)
        self._written = self.path.stat()
        try:
            check_out(self.out, self.paths)
            _put_in_place(self.path, self.out)
        except (CannotRun, OSError) as error:
            raise CannotRun(self._keep_beside(error)) from error
        disk.sync(self.out.parent)

    def _keep_beside(self, error: CannotRun | OSError) -> str:
        """Move the finished folder to a free name beside ``out``; gives the message."""
        names = (self.out.with_name(f"{self.out.name}-新{number if number > 1 else ''}") for number in count(1))
        place = next(path for path in names if not os.path.lexists(path))
        disk.rename(self.path, place)
        if isinstance(error, CannotRun):
            why = str(error)
        elif isinstance(error, PermissionError):
            why = f"输出文件夹“{self.out}”里可能有文件正被 Excel、WPS 等程序打开，未能替换，仍是原来的结果。关闭这些文件后，下次可正常替换"
        else:
            why = f"输出文件夹“{self.out}”未能替换（{disk.describe_write_error(error)}），仍是原来的结果"
        return f"{why}。本次结果已完整保存在“{place}”，可直接使用"

    def keep_last_output(self, audited_files: frozenset[str]) -> Path:
        """Have the last output set aside, not deleted, as these files of it are audited; gives its future place."""
        self.audited_files, self.aside = audited_files, _free_name(self.out)
        return self.aside

    def set_aside(self, folder: Path, why: str) -> None:
        """Move an output that was replaced to a name that is not hidden, with a warning that says why and where."""
        to = self.aside if self.aside and not os.path.lexists(self.aside) else _free_name(self.out)
        disk.rename(folder, to)
        self.warn(f"原来的输出{why}，已整个移到“{to}”，没有删除")
        if copies := [name for name in output_record.find_corrected_copies(to) if name not in self.audited_files]:
            self.warn(describe_unaudited_copies(to, copies))

    def reason_to_keep(self, folder: Path) -> str | None:
        """Why an output that was replaced must not be deleted, in Chinese; None where all in it is as it was written."""
        if self.audited_files and not os.path.samestat(self._written, folder.stat()):
            return "里有这次审核的花名册"
        changed = output_record.find_changed_files(folder)
        if changed is None:
            return "看不出有没有被改动（没有可用的 data/outputs.json，或有文件打不开）"
        if changed:
            return f"里有 {len(changed)} 个文件（文件夹）被改动、新增或删除（{list_some([*map(display_path, changed)])}）"
        return None

    def warn(self, message: str) -> None:
        self.warning = f"{self.warning}；{message}" if self.warning else message


def check_out(out: Path, paths: frozenset[str] | None = None) -> None:
    """Raise CannotRun where ``out`` can't be replaced, is no output and holds other files, or is an output made of other PATHs.

    ``paths``: the PATHs of this audit (`output_record.masked_path`); None where the last one is not compared, as all rosters lie in ``out``.
    Where ``out`` is a link, the folder that it leads to is checked, and later replaced; the link stays. Missing parents are made.
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
        raise CannotRun(f"输出文件夹“{out}”无法写入：{disk.describe_write_error(error)}") from error


def _check_content(out: Path, real: Path, paths: frozenset[str] | None) -> None:
    if not output_record.is_output(real):
        with os.scandir(real) as entries:
            foreign = sorted(entry.name for entry in entries if entry.name not in OUTPUTS and not output_record.is_system_file(entry))
        if foreign:
            raise CannotRun(f"输出文件夹“{out}”里有不是本程序生成的文件（{foreign[0]} 等），为免误删，请用 --out 另指一个空文件夹")
    elif paths and (run := output_record.read_run(real)):
        check_paths(out, run, paths)


def check_paths(out: Path | str, run: dict, paths: frozenset[str]) -> None:
    """Raise CannotRun where an output, by its run.json, was made of other PATHs than these."""
    if paths not in (recorded := output_record.input_paths_of(run)):
        rosters = list_some(sorted(recorded[0])) if recorded else "看不出是哪些文件"
        raise CannotRun(f"“{out}”是另一批花名册（{rosters}）的审核结果，不能用这一批的结果替换。请用 --out 另指一个文件夹")


@contextmanager
def stage_output(out: Path, paths: frozenset[str] | None = None) -> Iterator[Staging]:
    """Lock ``out`` for this run, and give a staging folder beside it, which is deleted at the end unless it has replaced ``out``.

    Leftovers of a killed run are cleared first: the last output is put back where it had been moved away, one in which somebody has
    worked is set aside, the rest deleted. Then ``out`` is checked again (`check_out`, also for ``paths``).
    Raises CannotRun as `check_out` does, and where nothing can be written beside ``out``; Busy where another audit has the lock.
    Where the file system knows no locks the run goes on without one, and ``warning`` says so.
    """
    check_out(out, paths)
    real = Path(os.path.realpath(out))
    with ExitStack() as stack:
        try:
            locked = stack.enter_context(disk.hold_lock(real.with_name(f".{real.name}.lock"), real))
            staging = stack.enter_context(_staging_folder(real, locked, paths))
            check_out(out, paths)
        except OSError as error:
            raise CannotRun(f"输出文件夹“{out}”所在的“{real.parent}”无法写入：{disk.describe_write_error(error)}") from error
        yield staging


@contextmanager
def _staging_folder(out: Path, locked: bool, paths: frozenset[str] | None) -> Iterator[Staging]:
    """Clear what a killed run left, and make the staging folder; at the end clear what this run left."""
    _restore_last_output(out)
    mark = _new_mark()
    staging = Staging(_hidden_name(out, mark, "partial"), out, paths)
    if locked:
        _clear_leftovers(staging, _MARK)
    else:  # leftovers may be those of a run that is still going on
        staging.warn(
            f"“{out.parent}”所在的磁盘不支持加锁，请勿同时运行两次写入“{out.name}”的审核；"
            f"以前中断的审核留下的隐藏文件夹（.{out.name}.*.partial）不会自动删除"
        )
    try:
        staging.path.mkdir(mode=0o700)
        for name in ("work", "data"):
            (staging.path / name).mkdir()
        yield staging
    finally:
        _restore_last_output(out)
        _clear_leftovers(staging, mark)


def _new_mark() -> str:
    return uuid.uuid4().hex[:8]


def _hidden_name(out: Path, mark: str, kind: str) -> Path:
    return out.with_name(f".{out.name}.{mark}.{kind}")


def _find_leftovers(out: Path, mark: str, kind: str) -> list[Path]:
    """The folders beside ``out`` of these marks and kinds (regular expressions)."""
    name = re.compile(rf"\.{re.escape(out.name)}\.{mark}\.{kind}")
    return [path for path in out.parent.iterdir() if name.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]


def _restore_last_output(out: Path) -> None:
    """Move the last output back to ``out`` where a run was stopped between the two renames of `_put_in_place`. Raises OSError."""
    olds = _find_leftovers(out, _MARK, "old")
    if not olds or _has_output(out):
        return
    if out.exists() and not any(out.iterdir()):
        out.rmdir()
    if not os.path.lexists(out):
        disk.rename(max(olds, key=lambda path: path.stat().st_mtime_ns), out)


def _has_output(out: Path) -> bool:
    """Whether ``out`` holds an output."""
    return any((out / name).exists() for name in OUTPUTS)


def _clear_leftovers(staging: Staging, mark: str) -> None:
    """Delete what runs of this mark left beside the output, with a warning where that fails; the next run tries again.

    An output that was replaced is deleted only where another is in its place and nobody has changed it; else it is set aside.
    """
    failing = sys.exception()
    for folder in _find_leftovers(staging.out, mark, "(partial|old)"):
        if folder.suffix == ".old" and not _has_output(staging.out):
            continue
        try:
            if folder.suffix == ".old" and (why := staging.reason_to_keep(folder)):
                staging.set_aside(folder, why)
            else:
                _delete_folder(folder, staging.out)
        except OSError as error:
            is_output = folder.suffix == ".old"
            message = (
                f"隐藏文件夹“{folder if is_output else _hidden_name(staging.out, '*', 'partial')}”未能{'移开' if is_output else '删除'}"
            )
            message += f"（{disk.describe_write_error(error)}），下次审核时再试；其中有{'原来的输出' if is_output else '个人信息'}"
            staging.warn(message)
            if failing:
                failing.add_note(message)


def _free_name(out: Path) -> Path:
    """A free path beside ``out``, with the day and time in its name."""
    name = f"{out.name}-{dt.datetime.now():%Y-%m-%d-%H%M%S}"
    names = (out.with_name(f"{name}{f'-{number}' if number > 1 else ''}") for number in count(1))
    return next(path for path in names if not os.path.lexists(path))


def describe_unaudited_copies(output: Path, copies: list[str]) -> str:
    """A message about returned copies in an output that somebody has corrected and that were not audited."""
    return f"其中有 {len(copies)} 份改过的退回稿（{list_some([*map(display_path, copies)])}）没有作为花名册审核；要审核它们，请把“{display_path(output / RETURNED.rstrip('/'))}”写作 PATH"


def _delete_folder(folder: Path, out: Path) -> None:
    """Delete a folder. It is renamed first, so that workers that still run can't write into it, and half an output never is an .old."""
    doomed = _hidden_name(out, _new_mark(), "partial")
    disk.rename(folder, doomed)
    shutil.rmtree(doomed)


def _put_in_place(staging: Path, out: Path) -> None:
    """Move ``staging`` to ``out``; what was there becomes its .old.

    In one step where the system can exchange two folders, elsewhere in two renames. After a stop between these, by an OSError
    or a kill, ``out`` is missing until `_restore_last_output`, at the end of this run or the start of the next.
    """
    if not os.path.lexists(out):
        return disk.rename(staging, out)
    old = staging.with_suffix(".old")
    disk.rename(staging, old)  # from here on, killed or not, it is checked before it is deleted
    try:
        return disk.exchange(old, out)
    except OSError as error:
        disk.rename(old, staging)
        if error.errno not in disk.UNKNOWN_CALL:
            raise
    disk.rename(out, old)
    disk.rename(staging, out)
