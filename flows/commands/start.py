"""`guantong start`: what a double click does. A roster is checked, a folder audited, and what came of it opened; without either, the form is written."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click

from guantong.flows.audit.inbox import CHECKED
from guantong.flows.current_folder import user_folder
from guantong.flows.errors import CannotRun
from guantong.flows.screen import show
from guantong.flows.storage.output_record import display_path, enclosing_output
from guantong.schemas import UserError

_ON_THE_ICON = "GUANTONG_COMMAND_LINE"  # set by 开始.bat: cmd.exe /c ""D:\\贯通\\开始.bat" D:\\a&b.xlsx "D:\\c d.xlsx""
_ASK = "请把花名册（或存放花名册的文件夹）拖进这个窗口，再按回车键；还没有花名册的，直接按回车键，生成一张空白样表"


def paths_in(line: str, windows: bool = os.name == "nt") -> list[Path]:
    """The paths in a line as a system writes it where files are dropped: in quotes where they hold a blank, or with backslashes."""
    line = line.strip()
    if windows:
        words = ["".join(both) for both in re.findall(r'"([^"]+)"|([^\s"]+)', line)]
    else:
        words = [line] if os.path.exists(line) else shlex.split(line)
    return [Path(word) for word in words]


def dropped_on_the_icon() -> list[Path]:
    """On Windows what was dropped on 开始.bat, from the command line that ran it."""
    _, _, rest = os.environ.get(_ON_THE_ICON, "").partition('.bat"')
    return paths_in(rest.rstrip().removesuffix('"'), windows=True)


def start(
    paths: list[Path], check: Callable[[Path, Path], int], audit: Callable[[Path, Path], int], template: Callable[[Path], None]
) -> int:
    """Do with each path what is to be done with it, and open what came of it; the highest exit status of all."""
    paths = paths or dropped_on_the_icon()
    if not paths:
        try:
            paths = paths_in(click.prompt(_ASK, default="", show_default=False, prompt_suffix="：\n"))
        except ValueError as error:  # shlex: a quote without its other
            raise CannotRun("没有看懂所拖的文件，请再试一次") from error
    if not paths:
        form = _free(user_folder() / "花名册样表.xlsx")
        template(form)
        _open(form)
        return 0
    return max(_start_one(path, check, audit) for path in paths)


def _start_one(path: Path, check: Callable[[Path, Path], int], audit: Callable[[Path, Path], int]) -> int:
    try:
        if path.is_dir():
            out = _output_for(path)
            status, result = audit(path, out), out / "bureau" / "report.html"
        else:
            result = _free(path.with_name(f"{path.stem}-{CHECKED}{dt.date.today():%m%d}.xlsx"))
            status = check(path, result)
    except UserError as error:
        show(str(error), err=True)
        return 2
    _open(result)
    return status


def _output_for(folder: Path) -> Path:
    """Where an audit of a folder is written: beside it; of corrected copies, in place of the output that holds them."""
    enclosing = enclosing_output(folder)
    if enclosing is not None:
        return enclosing[0]
    if not folder.name:
        raise CannotRun(f"“{display_path(folder)}”是整个磁盘，请拖存放花名册的文件夹")
    return folder.with_name(f"{folder.name}-审核结果")


def _free(path: Path) -> Path:
    """``path``, or with a number behind its name where it stands already: it may be filled in."""
    number = 1
    free = path
    while os.path.lexists(free):
        number += 1
        free = path.with_stem(f"{path.stem}({number})")
    return free


def _open(path: Path) -> None:
    """Open a result with the program that this machine has for it."""
    if path.exists():
        show(f"结果：{display_path(path)}（没有自动打开的，请双击它）")
        click.launch(str(path))
