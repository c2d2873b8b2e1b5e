"""attempts.json in the folder of runs: attempts that have left no folder of their own, for they failed, found nothing new, or are going on."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from guantong.flows.schedule import run_folder

FILE = "attempts.json"
KILLED = "运行中途停止，没有结果：可能是断电、关机、被强行结束，或服务被停止。已有的结果不变，下一次运行会重新审核"


@dataclass(frozen=True)
class Attempt:
    """How a run stands that has no folder: ``state`` is a key of `reports.runs.page.STATES`, ``text`` says why. Attempts that came to the same one after
    the other are one of so many ``times``, begun first at ``begun``, last at ``last``.
    """

    begun: str
    state: str
    text: str = ""
    times: int = 1
    last: str = ""


def read(runs: Path) -> list[Attempt]:
    """The attempts that are on record, the newest first; none where the record is missing or damaged."""
    try:
        found = [Attempt(**one) for one in json.loads((runs / FILE).read_bytes())["attempts"]]
        return [one for one in found if dt.datetime.fromisoformat(one.begun) and isinstance(one.text, str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def begin(runs: Path, begun: str, most: int) -> None:
    """Note that a run is going on. What is still on record as going on was killed. Raises OSError."""
    _write(runs, [Attempt(begun, "running"), *_ended(read(runs))], most)


def end(runs: Path, attempt: Attempt | None, begun: str, most: int) -> None:
    """Note how the run ended that had ``begun``: as ``attempt``; None where its folder tells. Raises OSError."""
    others = [one for one in read(runs) if one.begun != begun]
    if attempt is None:
        return _write(runs, others, most)
    if others and (others[0].state, others[0].text) == (attempt.state, attempt.text):
        attempt = replace(others[0], times=others[0].times + 1, last=begun)
        others = others[1:]
    _write(runs, [attempt, *others], most)


def end_killed(runs: Path, most: int) -> None:
    """Note that nothing is going on. Raises OSError."""
    found = read(runs)
    if any(one.state == "running" for one in found):
        _write(runs, _ended(found), most)


def _ended(found: list[Attempt]) -> list[Attempt]:
    return [replace(one, state="interrupted", text=KILLED) if one.state == "running" else one for one in found]


def _write(runs: Path, found: list[Attempt], most: int) -> None:
    content = {"tool": "guantong", "attempts": [asdict(one) for one in found[:most]]}
    run_folder.write_whole(runs / FILE, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
