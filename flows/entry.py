"""The entry of the console script: what becomes of a command, in words and by its exit status, whatever ends it."""

from __future__ import annotations

import os
import re
import signal
import sys
import traceback

import click

from guantong.flows.cli import cli
from guantong.flows.click_in_chinese import describe_error
from guantong.flows.current_folder import leave_user_folder
from guantong.flows.errors import DISK_FULL
from guantong.flows.screen import mute_end, show
from guantong.flows.storage.last_result import is_replaced
from guantong.flows.waiting import end_wait
from guantong.schemas import UserError


def main() -> None:
    """Entry of the console script: errors in Chinese, exit status 2 for what could not run."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    status = _ready() or _run()
    end_wait()
    if not os.environ.get("GUANTONG_DEBUG"):
        mute_end()
    sys.exit(status)


def _open_closed_streams() -> None:
    """Let what is said where nobody listens (>&-, a service without a console) go nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))


def _ready() -> int:
    """Leave the user's folder; 2 where that can't be done."""
    try:
        leave_user_folder()
    except OSError as error:
        click.echo(f"当前文件夹已不存在，或无法打开（错误号 {error.errno}）。请换到另一个文件夹再运行", err=True)
        return 2
    return 0


def _disk_full(error: Exception) -> bool:
    """Whether a disk is full or a quota used up; DuckDB tells it in words alone."""
    if isinstance(error, OSError):
        return error.errno in DISK_FULL
    return type(error).__name__ == "IOException" and re.search("No space left|not enough space|quota", str(error)) is not None


def _describe_disk_error(error: Exception, full: bool) -> str:
    """Where reading or writing failed, and why."""
    from guantong.flows.storage.disk import describe_write_error
    from guantong.flows.storage.output_record import display_path

    why = "磁盘空间不足" if full else describe_write_error(error)
    place = f"“{display_path(error.filename)}”" if isinstance(getattr(error, "filename", None), str) else "文件"
    return f"{place}读写失败（{why}）"


def _out_of_memory(error: Exception) -> bool:
    """Whether this process, or a library in it, could have no more memory."""
    return isinstance(error, MemoryError) or type(error).__name__ in ("OutOfMemoryException", "ArrowMemoryError")


_interrupts: list[int] = []


def _interrupt(number: int, _: object) -> None:
    """As Python's own handler; remembered, as a library may make another error of it."""
    _interrupts.append(number)
    raise KeyboardInterrupt


def _interrupted() -> int:
    show(f"已中断，{_last_output()}", err=True)
    return 130


def _last_output() -> str:
    return "本次的结果已完整写出，替换了上一次的输出" if is_replaced() else "没有改动上一次的输出"


def _run() -> int:
    try:
        return cli.main(standalone_mode=False) or 0
    except click.ClickException as error:
        show(describe_error(error), err=True)
        return 2
    except UserError as error:
        show(str(error), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _interrupted()
    except Exception as error:  # the message itself may quote a cell: only its kind and place are shown
        while type(error).__name__ == "Fault" and error.__context__ is not None:  # see redaction.redacted
            error = error.__context__
        if _interrupts or (type(error) is RuntimeError and str(error) == "Query interrupted"):  # what DuckDB makes of a Ctrl-C
            return _interrupted()
        if os.environ.get("GUANTONG_DEBUG"):
            raise error
        if _out_of_memory(error):
            show(f"内存不足，{_last_output()}。请关闭其他程序后重新运行，或加 --workers 1 同时少读几个文件", err=True)
            return 2
        full = _disk_full(error)
        if full or isinstance(error, OSError):
            show(f"{_describe_disk_error(error, full)}，{_last_output()}", err=True)
            return 2
        # a Fault without an original is one of a cluster's worker: its text is kind and place
        kind = str(error) if type(error).__name__ == "Fault" else type(error).__name__
        show("".join(traceback.format_tb(error.__traceback__)) + kind, err=True)
        show(f"程序内部错误，{_last_output()}。请把以上文字告知维护者。", err=True)
        return 2
