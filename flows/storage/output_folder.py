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

import ctypes
import datetime as dt
import errno
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from guantong.flows.current_folder import user_folder
from guantong.flows.errors import Busy, CannotRun
from guantong.flows.storage import output_record
from guantong.flows.storage.output_record import RETURNED, display_path

OUTPUTS = ("run.json", "data", "units", "returned", "bureau")
_MARK = "[0-9a-f]{8}"
_PATIENCE = 0.5  # seconds to wait for the lock: as long as a run that ends may need to let go
_RENAME_AGAIN = (0.1, 0.3, 1.0)  # seconds; on Windows a virus scanner holds new files for a moment
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LOCKS_WINDOWS = frozenset({1, 50})  # ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED
# How a system says that it does not know a call. EPERM is a sandbox's way; what is really forbidden fails the other way too.
_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_AT_FDCWD, _SWAP = -100, 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS are the same number


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
        _flush(self.path)
        self._made = self.path.stat()
        try:
            check_out(self.out, self.paths)
            _swap(self.path, self.out)
        except (CannotRun, OSError) as error:
            raise CannotRun(self._keep(error)) from error
        _fsync(self.out.parent)

    def _keep(self, error: CannotRun | OSError) -> str:
        """Give the finished folder a name of its own; returns what to tell the user."""
        names = (self.out.with_name(f"{self.out.name}-新{number if number > 1 else ''}") for number in count(1))
        kept = next(path for path in names if not os.path.lexists(path))
        _rename(self.path, kept)
        if isinstance(error, CannotRun):
            why = str(error)
        elif isinstance(error, PermissionError):
            why = f"输出文件夹“{self.out}”里可能有文件正被 Excel、WPS 等程序打开，未能替换，仍是原来的结果。关闭这些文件后，下次可正常替换"
        else:
            why = f"输出文件夹“{self.out}”未能替换（{reason_of(error)}），仍是原来的结果"
        return f"{why}。本次结果已完整保存在“{kept}”，可直接使用"

    def keep(self, given: frozenset[str]) -> Path:
        """Have the last output set aside, as these files of it are audited; gives where it will be."""
        self.given, self.aside = given, _free_name(self.out)
        return self.aside

    def set_aside(self, folder: Path, why: str) -> None:
        """Give an output that was replaced a name of its own, in sight."""
        to = self.aside if self.aside and not os.path.lexists(self.aside) else _free_name(self.out)
        _rename(folder, to)
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
        raise CannotRun(f"输出文件夹“{out}”无法写入：{reason_of(error)}") from error


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
            raise CannotRun(f"输出文件夹“{out}”所在的“{real.parent}”无法写入：{reason_of(error)}") from error
        yield staging


@contextmanager
def held(path: Path, out: Path) -> Iterator[bool]:
    """Hold the lock file ``path``, which is ``out``'s; gives False where the file system knows no locks. Raises CannotRun where another holds it.

    The lock file is deleted at the end. On Unix a lock is on a file, not on its name, and a process that opened the file
    before it was deleted may get a lock nobody else sees. So only the holder deletes the file, before letting go; and
    nobody counts as the holder who, with the lock in hand, finds the name gone or given to another file (filelock asks
    for the number of names, `_sign` for this name).
    """
    lock = FileLock(path, timeout=_PATIENCE, thread_local=False, fallback_to_soft=False, on_acquired=partial(_sign, path))
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"另一次审核正在写入输出文件夹“{out}”（{_holder(path)}），也可能在共用此文件夹的另一台电脑上。请等它结束后再运行，或用 --out 另指一个文件夹"
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS and getattr(error, "winerror", None) not in _NO_LOCKS_WINDOWS:
            raise
    try:
        yield lock.is_locked
    finally:
        try:
            _forget(path, lock.is_locked)
        finally:
            lock.release()


def _sign(path: Path, fd: int) -> None:
    """Write into the lock file who holds it: pid and start. Raises Timeout where ``path`` no longer names that file.

    The first byte is left blank: on Windows it is what is locked, and nobody else can read it.
    """
    if os.name == "posix" and not (path.exists() and os.path.samestat(path.stat(), os.fstat(fd))):
        raise Timeout(str(path))
    os.ftruncate(fd, 0)
    try:
        os.write(fd, f" {os.getpid()} {dt.datetime.now():%Y-%m-%d %H:%M:%S}\n".encode("ascii"))
    except OSError as error:
        if error.errno not in _FULL:  # a full disk may have room again once what a killed run left is deleted
            raise


def _holder(path: Path) -> str:
    """Who holds a lock, as far as its file tells."""
    found = None
    with suppress(OSError):  # let go of meanwhile, or a file system on which only the holder may read
        with path.open("rb", buffering=0) as file:
            file.seek(1)
            found = re.match(rb"(\d+) (\d+-\d+-\d+ \d+:\d+:\d+)", file.read(100))
    return f"进程号 {found[1].decode()}，{found[2].decode()} 开始" if found else "刚开始或即将结束"


def _forget(path: Path, locked: bool) -> None:
    """Delete the lock file: a held one on Unix (filelock does it on Windows), or where locks are unknown an unsigned one."""
    with suppress(FileNotFoundError):
        if os.name == "posix" if locked else path.stat().st_size == 0:
            path.unlink()


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
        _rename(max(olds, key=lambda path: path.stat().st_mtime_ns), out)


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
            words += f"（{reason_of(error)}），下次审核时再试；其中有{'原来的输出' if left else '个人信息'}"
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
    _rename(folder, doomed)
    shutil.rmtree(doomed)


def _swap(staging: Path, out: Path) -> None:
    """Put ``staging`` in the place of ``out``; what stood there is its .old.

    In one step where the system can exchange two folders, elsewhere in two renames: stopped between them, by an OSError
    or a kill, ``out`` is missing until `_restore`, at the end of this run or the start of the next.
    """
    if not os.path.lexists(out):
        return _rename(staging, out)
    old = staging.with_suffix(".old")
    _rename(staging, old)  # from here on, killed or not, what lies there is looked through before it is deleted
    try:
        return _exchange(old, out)
    except OSError as error:
        _rename(old, staging)
        if error.errno not in _UNKNOWN:
            raise
    _rename(out, old)
    _rename(staging, out)


def _rename(path: Path, to: Path) -> None:
    """Rename, again after a while where it is refused. Raises OSError."""
    for seconds in _RENAME_AGAIN:
        try:
            return os.rename(path, to)
        except PermissionError:
            time.sleep(seconds)
    os.rename(path, to)


def _exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step. Raises OSError, of `_UNKNOWN` where system or file system don't know how."""
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        code = _call("renameat2", _AT_FDCWD, first, _AT_FDCWD, second, _SWAP)
    else:
        code = _call("renamex_np", first, second, _SWAP) if sys.platform == "darwin" else errno.ENOSYS
    if code:
        raise OSError(code, os.strerror(code), str(one), None, str(other))


def _call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library; gives 0 or the error number, ENOSYS where the library has no such function."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return errno.ENOSYS
    return ctypes.get_errno() if function(*arguments) else 0


def _flush(folder: Path) -> None:
    """Have all that ``folder`` holds on the disk, so that a power cut leaves no empty files. Raises OSError.

    On Linux the whole file system at once: for a thousand reports that takes a sixth of the time of file by file.
    """
    if sys.platform == "linux":
        with _opened(folder) as fd:
            code = _call("syncfs", fd)
        if not code:
            return
        if code not in _UNKNOWN:
            raise OSError(code, os.strerror(code), str(folder))
    for path in (*folder.rglob("*"), folder):
        _fsync(path)


def _fsync(path: Path) -> None:
    """Have a file or a folder on the disk; a system that can't do that for folders need not."""
    if os.name == "nt" and path.is_dir():
        return
    try:
        with _opened(path) as fd:
            os.fsync(fd)
    except OSError as error:
        if error.errno not in _UNKNOWN or not path.is_dir():
            raise


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def reason_of(error: OSError) -> str:
    """Why something can't be written, in Chinese."""
    if error.errno in _FULL:
        return "磁盘已满"
    if error.errno == errno.EROFS:
        return "磁盘是只读的"
    if error.errno == errno.ENAMETOOLONG:
        return "名称太长"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "路径里有一段是文件，不是文件夹"
    if isinstance(error, PermissionError):
        return "没有写入权限，或正被其他程序占用"
    if error.errno == errno.EBUSY:
        return "它是挂载点，或正被占用；请用 --out 指它下面的一个文件夹"
    return f"错误号 {error.errno}"
