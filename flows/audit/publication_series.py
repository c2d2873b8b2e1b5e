"""What was published before: found for the next publication, remembered after it, and described for the screen. See reports/published/publications.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from guantong.flows.errors import CannotRun
from guantong.reports.published.publications import (
    RECORD_FILE,
    Publication,
    PublicationRecord,
    PublicationRequest,
    read_record,
    write_record,
)

MONTHS = {"quarter": 3, "half-year": 6, "year": 12}
_PERIODS = {"quarter": "季度", "half-year": "半年", "year": "年"}


@dataclass(frozen=True)
class Calendar:
    """When scheduled runs publish: the name of their series, once in which of MONTHS, and the folder of the runs."""

    by: str
    every: str
    runs: Path

    def period(self, day: dt.date) -> str:
        """The first day of the period that a day is in."""
        months = MONTHS[self.every]
        return dt.date(day.year, (day.month - 1) // months * months + 1, 1).isoformat()

    def overdue(self, last: Path, day: dt.date) -> bool:
        """Whether a new period has begun since the last run, which published nothing of its own."""
        record = _read(last / "data" / RECORD_FILE)
        return record.outcome == "standing" and not any((one.by, one.period) == (self.by, self.period(day)) for one in record.publications)


def plan_publication(threshold: int, data: Path, day: dt.date, calendar: Calendar | None, state: Path) -> PublicationRequest:
    """What is to be published, with what was: by the output to be replaced, whose tables lie in ``data``, the scheduled runs, and this user's record. Raises CannotRun."""
    before = sorted(calendar.runs.glob(f"*/data/{RECORD_FILE}")) if calendar else [data / RECORD_FILE]
    own = tuple(_read(before[-1]).publications) if before else ()
    others = tuple(_read(state / RECORD_FILE).publications)
    return PublicationRequest(threshold, own, others, calendar.by if calendar else "", calendar.period(day) if calendar else "")


def remember_publications(data: Path, state: Path) -> PublicationRecord:
    """Add to this user's record what an output published. Raises CannotRun where it can't be read."""
    record = _read(data / RECORD_FILE)
    with FileLock(state / f".{RECORD_FILE}.lock"):
        known = _read(state / RECORD_FILE).publications
        added = [one for one in record.publications if one not in known]
        if added:
            write_record(state / RECORD_FILE, PublicationRecord(sorted([*known, *added], key=lambda one: one.made)))
    return record


def describe_publication(record: PublicationRecord, calendar: Calendar | None, day: dt.date) -> str | None:
    """What the screen says of the tables to publish, where there were some before."""
    if record.outcome == "first":
        return None
    published, least = record.publications, max(one.threshold for one in record.publications)
    last = _last(record, calendar, day)
    if record.outcome == "standing":
        return f"公布表：本{_PERIODS[calendar.every]}（{calendar.period(day)} 起）已写出过，bureau/publish 仍是那一套（审核基准日 {last.as_of}），下一期再更新"
    if record.outcome == "held":
        return f"公布表：与以前公布的相减会推算出个别人的情况，本次不更新，bureau/publish 仍是上一套（审核基准日 {last.as_of}）"
    before = published[:-1]
    warning = f"提醒：这些人的公布表以前已写出 {len(before)} 次（最近一次审核基准日 {before[-1].as_of}），几套公布表会被拿来相减，请按固定的周期公布，不要随时重出"
    if record.outcome == "same":
        return f"{warning}；本次各数变化都不到 {least} 人，公布表的数与上一套相同"
    return f"{warning}；变化不到 {least} 人的数照以前公布的印，共 {record.stale} 个与现数不同"


def _last(record: PublicationRecord, calendar: Calendar | None, day: dt.date) -> Publication:
    own = [one for one in record.publications if calendar and (one.by, one.period) == (calendar.by, calendar.period(day))]
    return (own if record.outcome == "standing" else record.publications)[-1]


def _read(path: Path) -> PublicationRecord:
    try:
        return read_record(path)
    except (OSError, ValueError) as error:
        raise CannotRun(
            f"以前公布的记录“{path}”读不出来，无法防止与以前公布的数相减，没有审核。请从备份恢复；确实从未公布过的，可以删除它"
        ) from error
