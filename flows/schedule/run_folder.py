"""The folder of scheduled runs: what the last one was made from, what each run changed, and which runs are kept.

Under RUNS lie
    2025-12-31-020000/                  a run, named by as-of day and time: an output as `guantong audit` writes it
    2025-12-31-020000.comparison.json   what it changed against the run before, in counts
    2025-12-31-020000.comparison.xlsx   the same, with who it is
    latest.json                         which run is the newest; written last, so that a run that was killed is none
    index.html, attempts.json           what people see of the runs (overview.py), and attempts that made no run (attempts.py)
    .runs.lock                          locked by the run that is going on
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from guantong.flows.audit.inbox import STILL_WRITTEN
from guantong.flows.commands import compare
from guantong.flows.errors import Busy, CannotRun
from guantong.flows.records import Found
from guantong.flows.storage import disk, output_record
from guantong.flows.storage.output_record import is_output
from guantong.reports.output_files import replace_file
from guantong.schemas import UserError

LATEST = "latest.json"
_RUN_FORMAT = "%Y-%m-%d-%H%M%S"
_RUN_NAME = re.compile(r"\d{4}-\d\d-\d\d-\d{6}")
# left by a run that was killed
_LEFTOVER = re.compile(rf"\.{_RUN_NAME.pattern}\.(lock|[0-9a-f]{{8}}\.(partial|old))|\.[0-9a-f]{{32}}\.(json|xlsx|html)")
FILE_CHANGES = {"new": "新报送", "changed": "有改动", "vanished": "已撤回"}


@dataclass(frozen=True)
class LastRun:
    """The last run: its folder, the hash of each file by its name in the outputs, and of the policy; `SideLists.record` of its lists."""

    folder: Path
    files: dict[str, str | None]
    policy: str
    lists: dict[str, object]


@contextmanager
def hold_runs(runs: Path) -> Iterator[None]:
    """Lock the folder of runs for one run, and delete what killed runs left; it is made where it is missing. Raises Busy, CannotRun."""
    with ExitStack() as stack:
        try:
            runs.mkdir(mode=0o700, parents=True, exist_ok=True)
            locked = stack.enter_context(disk.hold_lock(runs / ".runs.lock", runs))
        except Busy as error:
            raise Busy("另一次审核正在进行，本次跳过") from error
        except OSError as error:
            raise CannotRun(f"运行文件夹“{runs}”无法写入（{disk.describe_write_error(error)}）") from error
        if locked:
            _delete_leftovers(runs)
        yield


def _delete_leftovers(runs: Path) -> None:
    for path in runs.iterdir():
        if _LEFTOVER.fullmatch(path.name):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def last_run(runs: Path) -> LastRun | None:
    """The run that latest.json names; None where there is none, or it has been deleted or damaged."""
    try:
        name = json.loads((runs / LATEST).read_bytes())["run"]
        if not _RUN_NAME.fullmatch(name):
            return None
        run = json.loads((runs / name / "run.json").read_bytes())
        return LastRun(runs / name, {item["source_file"]: item["sha256"] for item in run["inputs"]}, run["policy"]["sha256"], run["lists"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def next_run(runs: Path, now: dt.datetime) -> Path:
    """The folder of a run that begins ``now``: the first free name from then on."""
    while os.path.lexists(path := runs / now.strftime(_RUN_FORMAT)):
        now += dt.timedelta(seconds=1)
    return path


def count_file_changes(last: LastRun | None, found: Found) -> dict[str, int]:
    """How many files of the inbox are new, changed or vanished since the last run, by their content."""
    old = last.files if last else {}
    new = {item.source_file: item.sha256 for item in found.inputs}
    return {
        "new": len(new.keys() - old.keys()),
        "changed": sum(new[name] != old[name] for name in new.keys() & old.keys()),
        "vanished": len(old.keys() - new.keys()),
    }


@dataclass(frozen=True)
class StillWritten:
    """How many files of the inbox were still being written, how many of these the last run had read, and the name of that run."""

    files: int = 0
    read_before: int = 0
    last: str | None = None

    def describe(self) -> str:
        """A message to end a sentence with; empty where there are no such files."""
        if not self.files:
            return ""
        words = f"；有 {self.files} 个文件还在写入，没有读取，留到下一次"
        if self.read_before:
            words += f"，其中 {self.read_before} 个上一次读过：其中的人员不在本次结果中，暂以上一次的结果（{self.last}）为准"
        return words


def count_still_written(last: LastRun | None, found: Found) -> StillWritten:
    """Count the files of the inbox that are left for the next run, as they are still being written."""
    left = [item for item in found.inputs if item.refusal and item.refusal.code == STILL_WRITTEN]
    before = sum(last is not None and last.files.get(item.source_file) is not None for item in left)
    return StillWritten(len(left), before, last.folder.name if last else None)


def compare_with_last(last: LastRun, run: Path, files: dict[str, int]) -> dict[str, object]:
    """What a run changed against the last one, in counts: ``files``, and persons by `compare.KINDS`.

    Persons is None where the last run's tables can't be used any more; ``why`` then says why, in Chinese.
    """
    comparison: dict[str, object] = {"tool": "guantong", "previous": last.folder.name, "run": run.name, "files": files}
    workbook = changes_of(run)
    try:
        try:
            persons = compare.count_changes(last.folder, run, workbook)
        except OSError as error:
            return comparison | {
                "persons": compare.count_changes(last.folder, run),
                "workbook": None,
                "why": disk.describe_write_error(error),
            }
        return comparison | {"persons": persons, "workbook": _hash_of(workbook)}
    except UserError as error:
        return comparison | {"persons": None, "why": str(error)}
    except duckdb.Error as error:  # tables of another version, or damaged
        return comparison | {"persons": None, "why": type(error).__name__}


def make_latest(runs: Path, run: Path, comparison: dict[str, object] | None) -> None:
    """Write the comparison of a finished run, then name the run in latest.json."""
    if comparison is not None:
        write_whole(comparison_of(run), output_record.signed_json(comparison))
    write_whole(runs / LATEST, json.dumps({"tool": "guantong", "run": run.name, "path": f"{run.name}/"}, indent=1) + "\n")


def _has_unchanged_comparison(run: Path) -> bool:
    """Whether the comparison of a run is missing or as it was written, with its workbook, so that both may be deleted."""
    try:
        try:
            text = comparison_of(run).read_bytes()
        except FileNotFoundError:
            return not changes_of(run).exists()
        if not output_record.is_signed(text):
            return False
        return not changes_of(run).exists() or _hash_of(changes_of(run)) == json.loads(text).get("workbook")
    except OSError:
        return False


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with replace_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
        disk.sync(unfinished)


def delete_old_runs(runs: Path, keep: int) -> tuple[int, list[str]]:
    """Delete all but the ``keep`` newest runs, never the latest, nor one in which somebody has changed, added or deleted anything.

    Gives how many were deleted, and for each that could not be deleted a message in Chinese.
    """
    latest = last_run(runs)
    named = runs_of(runs)
    if latest is not None:
        named.sort(key=lambda path: path != latest.folder)
    deleted, messages = 0, []
    for folder in named[keep:]:
        if why := _reason_to_keep(folder):
            messages.append(f"“{folder.name}”{why}，没有删除")
            continue
        try:
            _delete_run(folder)
            deleted += 1
        except OSError as error:
            messages.append(f"“{folder.name}”未能删除（{disk.describe_write_error(error)}）")
    return deleted, messages


def _reason_to_keep(run: Path) -> str | None:
    """Why a run must not be deleted, in Chinese; None where it and its comparison are as they were written."""
    changed = output_record.find_changed_files(run)
    if changed is None:
        return "看不出有没有被改动"
    if changed:
        return f"里有 {len(changed)} 个文件（文件夹）被改动、新增或删除（{output_record.display_path(changed[0])}{' 等' if len(changed) > 1 else ''}）"
    return None if _has_unchanged_comparison(run) else f"与上一次的比较（{run.name}.comparison）被改动过"


def comparison_of(run: Path) -> Path:
    """What a run changed, in counts."""
    return run.with_name(f"{run.name}.comparison.json")


def changes_of(run: Path) -> Path:
    """Who has changed in a run, a workbook."""
    return run.with_name(f"{run.name}.comparison.xlsx")


def runs_of(runs: Path) -> list[Path]:
    """The folders of all runs that are kept, the newest first."""
    return sorted(filter(_is_run, runs.iterdir()), reverse=True)


def begin_of(run: Path) -> dt.datetime:
    """When a run began, by the name of its folder."""
    return dt.datetime.strptime(run.name, _RUN_FORMAT)


def _is_run(path: Path) -> bool:
    return bool(_RUN_NAME.fullmatch(path.name)) and path.is_dir() and not path.is_symlink() and is_output(path)


def _delete_run(folder: Path) -> None:
    """Delete a run and its comparison. It is renamed first, so that half of it is never taken for a run."""
    doomed = folder.with_name(f".{folder.name}.00000000.partial")
    folder.rename(doomed)
    comparison_of(folder).unlink(missing_ok=True)
    changes_of(folder).unlink(missing_ok=True)
    shutil.rmtree(doomed)
