"""Files and folders that the user names for output: written beside their place, then moved there whole."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from guantong.flows.storage.disk import describe_write_error
from guantong.flows.storage.output_record import display_path


@contextmanager
def explaining_write_errors(target: Path) -> Iterator[None]:
    """Raise ClickException with a message in Chinese where an OSError keeps ``target`` from being written."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"无法写入“{display_path(target)}”：{describe_write_error(error)}，没有写出任何内容") from error


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` that is moved there at the end. Where anything fails no file is left. Raises ClickException."""
    from xlsxwriter.exceptions import FileCreateError

    from guantong.reports.output_files import replace_file

    with explaining_write_errors(target):
        try:
            with replace_file(target) as unfinished:
                yield unfinished
        except FileCreateError as error:
            raise error.args[0] from None


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder in ``folder``, which is empty or missing; its content is moved up into ``folder`` at the end.

    Where anything fails ``folder`` is left empty. Raises ClickException, also where ``folder`` is not empty at the start.
    """
    with explaining_write_errors(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise click.ClickException(f"“{display_path(folder)}”不是空的文件夹，请另指一个")
        unfinished = folder / f".{uuid.uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            yield unfinished
            for path in unfinished.iterdir():
                path.rename(folder / path.name)
        finally:
            shutil.rmtree(unfinished)
