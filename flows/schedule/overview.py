"""index.html in the folder of runs, written anew at each run, however it ends: gathered from the runs' folders and from attempts.json."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import duckdb

from guantong.flows.audit.side_lists import read_expected_units
from guantong.flows.errors import Busy, CannotRun, whereabouts
from guantong.flows.schedule import attempts, run_folder
from guantong.flows.schedule.attempts import Attempt
from guantong.flows.schedule.handed_in import compare_with_expected
from guantong.flows.schedule.request import ServeRequest, changes_in_words
from guantong.flows.storage import disk, output_record
from guantong.reports.runs import page
from guantong.reports.runs.page import HandedIn, RefusedFile, RunLine, RunsPage
from guantong.schemas import UserError, database
from guantong.schemas.text import shown_name

INDEX = "index.html"
_LINKS = {"bureau/report.html": "汇总页", "units": "各单位工作簿", "returned": "退回稿"}
_CHANGES = "变动名单"
_PATIENCE = 10  # seconds to wait for another process that writes the page
# Each refused file, with why and what to do.
_REFUSED = """
    SELECT source_file, first(f.message), first(f.action) FROM files JOIN findings AS f USING (source_file)
    WHERE status = 'refused' AND f.code = reason AND f.sheet IS NULL GROUP BY source_file ORDER BY source_file
"""


def begin(request: ServeRequest, begun: dt.datetime) -> None:
    """Show that a run is going on. What can't be shown is told when it ends."""
    _rewrite(request, lambda: attempts.begin(request.runs, _text_of(begun), request.keep))


def end(request: ServeRequest, begun: dt.datetime, attempt: Attempt | None) -> list[str]:
    """Show how the run ended that had ``begun``: as ``attempt``, None where it has a folder. Gives what the screen is to say."""
    written = _rewrite(request, lambda: attempts.end(request.runs, attempt, _text_of(begun), request.keep))
    if isinstance(written, str):
        return [written]
    told = written.expected_trouble or (written.expected.in_words() if written.expected else "")
    return [*([told] if told else []), f"各次结果一览　{request.runs / INDEX}"]


def show_failed(request: ServeRequest, why: str) -> None:
    """Show that a run could not even begin, where there is a folder of runs: nobody may be at the screen."""
    if any((request.runs / name).exists() for name in (INDEX, run_folder.LATEST)):
        now = dt.datetime.now()
        end(request, now, attempt_of(now, "failed", why))


def show_as_idle(request: ServeRequest) -> None:
    """Show that nothing is going on."""
    _rewrite(request, lambda: attempts.end_killed(request.runs, request.keep))


def attempt_of(begun: dt.datetime, state: str, text: str) -> Attempt:
    return Attempt(_text_of(begun), state, text)


def _text_of(when: dt.datetime) -> str:
    return when.isoformat(timespec="seconds")


def _rewrite(request: ServeRequest, note: Callable[[], None]) -> RunsPage | str:
    """Note what is new, and write the page; gives it, or what kept it from being written: a run is not lost for its page."""
    target = request.runs / INDEX
    try:
        with _alone(request.runs):
            note()
            if not page.is_ours(target):
                raise CannotRun("那里的文件不是本程序写的，没有改动它，请移走或改名")
            content = _gather(request)
            page.write_runs_page(content, target)
            return content
    except OSError as error:
        why = disk.describe_write_error(error)
    except UserError as error:
        why = str(error)
    except Exception as error:  # its text may quote a cell
        why = whereabouts(error)
    return f"提醒：结果一览“{target}”没有写出（{why}），审核结果不受影响"


@contextmanager
def _alone(runs: Path) -> Iterator[None]:
    """Let one process at a time note and write. Raises Busy, OSError."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with disk.hold_lock(runs / ".page.lock", runs):
                yield
            return
        except Busy:
            if time.monotonic() > until:
                raise


def _gather(request: ServeRequest) -> RunsPage:
    now, last = dt.datetime.now(), run_folder.last_run(request.runs)
    folders = run_folder.runs_of(request.runs)
    of_folders = [_line(folder) for folder in folders]
    lines = sorted([*of_folders, *map(_attempt_line, attempts.read(request.runs))], key=lambda line: line.begun, reverse=True)
    facts = [("收件箱", shown_name(str(request.inbox))), ("保留", f"最近 {request.keep} 次")]
    if request.schedule:
        facts.insert(1, ("运行时间", request.schedule))
    if last is None:
        return RunsPage(now, facts, lines)
    (latest,) = [line for line in of_folders if line.folder == last.folder.name] or [_line(last.folder)]
    refused, trouble = _refused(last.folder)
    expected, expected_trouble = _expected(request, last.folder)
    return RunsPage(now, facts, lines, latest, refused, trouble, expected, expected_trouble)


def _line(folder: Path) -> RunLine:
    run = output_record.read_run(folder) or {}
    counts = run.get("counts")
    comparison = _comparison(folder)
    links = [(label, quote(f"{folder.name}/{part}")) for part, label in _LINKS.items() if (folder / part).exists()]
    if run_folder.changes_of(folder).exists():
        links.append((_CHANGES, quote(run_folder.changes_of(folder).name)))
    text = "" if isinstance(counts, dict) else "这一次的 run.json 缺失或损坏，看不出数目"
    before, changes = (comparison["previous"], changes_in_words(comparison)) if comparison else (None, [])
    return RunLine(run_folder.begin_of(folder), "completed", text, folder.name, links, counts if not text else None, before, changes)


def _comparison(folder: Path) -> dict | None:
    """What a run changed; None where it was the first, or somebody has changed the file."""
    try:
        text = run_folder.comparison_of(folder).read_bytes()
        return json.loads(text) if output_record.is_signed(text) else None
    except OSError:
        return None


def _attempt_line(attempt: Attempt) -> RunLine:
    text = attempt.text
    if attempt.times > 1:
        text += f"（连续 {attempt.times} 次，最近一次 {attempt.last.replace('T', ' ')[:16]}）"
    return RunLine(dt.datetime.fromisoformat(attempt.last or attempt.begun), attempt.state, text)


def _refused(run: Path) -> tuple[list[RefusedFile], str]:
    """The refused files of a run; or none, and why they can't be told."""
    try:
        with database.connect(run / "data") as con:
            database.view_tables(con, run / "data", ("files", "findings"))
            return [RefusedFile(shown_name(name), why, what) for name, why, what in con.execute(_REFUSED).fetchall()], ""
    except duckdb.Error as error:
        return [], f"这一次的数据表读不出（{type(error).__name__}），看不出哪些文件被拒收"


def _expected(request: ServeRequest, run: Path) -> tuple[HandedIn | None, str]:
    """The expected units against a run; or None, and why nothing can be said of them, '' where none are expected."""
    if request.expected is None:
        return None, ""
    try:
        return compare_with_expected(read_expected_units(request.expected), run / "data"), ""
    except UserError as error:
        return None, f"看不出哪些单位没有报送：{error}"
    except duckdb.Error as error:
        return None, f"看不出哪些单位没有报送：这一次的数据表读不出（{type(error).__name__}）"
