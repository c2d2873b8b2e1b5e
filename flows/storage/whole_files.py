"""Files and folders that a command is asked for by name: written beside, then put in place whole; never over what stands there."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from guantong.flows.storage.output_folder import reason_of
from guantong.flows.storage.output_record import printable


@contextmanager
def telling(target: Path) -> Iterator[None]:
    """What keeps ``target`` from being written, in words: ClickException instead of OSError."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"无法写入“{printable(target)}”：{reason_of(error)}，没有写出任何内容") from error


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A path beside ``target`` that becomes it at the end; nothing is left where anything fails. Raises ClickException."""
    from xlsxwriter.exceptions import FileCreateError

    from guantong.reports.style import replacing

    with telling(target):
        try:
            with replacing(target) as fresh:
                yield fresh
        except FileCreateError as error:
            raise error.args[0] from None


@contextmanager
def filled_whole(folder: Path) -> Iterator[Path]:
    """A folder in ``folder``, which is empty or not there yet, whose content is moved up into it at the end.

    Where anything fails ``folder`` is empty again. Raises ClickException, also where it is not empty now.
    """
    with telling(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise click.ClickException(f"“{printable(folder)}”不是空的文件夹，请另指一个")
        fresh = folder / f".{uuid.uuid4().hex}"
        fresh.mkdir(parents=True)
        try:
            yield fresh
            for path in fresh.iterdir():
                path.rename(folder / path.name)
        finally:
            shutil.rmtree(fresh)
