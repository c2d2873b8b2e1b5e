"""The series of publications: which earlier ones the next must not be told apart from, the record of them, and the message about one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from guantong.flows.errors import CannotRun
from guantong.reports.published.publications import RECORD_FILE, PublicationRecord, PublicationRequest, read_record, write_record

MONTHS = {"quarter": 3, "half-year": 6, "year": 12}
_PERIODS = {"quarter": "季度", "half-year": "半年", "year": "年"}


@dataclass(frozen=True)
class Calendar:
    """When scheduled runs publish. ``by``: the name of their series. ``every``: a key of `MONTHS`. ``runs``: the folder of the runs."""

    by: str
    every: str
    runs: Path

    def period(self, day: dt.date) -> str:
        """The first day of the period that a day is in."""
        months = MONTHS[self.every]
        return dt.date(day.year, (day.month - 1) // months * months + 1, 1).isoformat()

    def overdue(self, last: Path, day: dt.date) -> bool:
        """Whether ``day`` is in a period for which nothing is published yet, while the ``last`` run's tables are an earlier period's."""
        record = _read(last / "data" / RECORD_FILE)
        return record.outcome == "standing" and not any((one.by, one.period) == (self.by, self.period(day)) for one in record.publications)


def plan_publication(threshold: int, data: Path, day: dt.date, calendar: Calendar | None, state: Path) -> PublicationRequest:
    """The request for tables to publish, with all earlier publications: by the output to be replaced, whose tables lie in ``data``, or the
    scheduled runs, and by this user's record in ``state``. Raises CannotRun.
    """
    before = sorted(calendar.runs.glob(f"*/data/{RECORD_FILE}")) if calendar else [data / RECORD_FILE]
    own = tuple(_read(before[-1]).publications) if before else ()
    others = tuple(_read(state / RECORD_FILE).publications)
    return PublicationRequest(threshold, own, others, calendar.by if calendar else "", calendar.period(day) if calendar else "")


def remember_publications(data: Path, state: Path) -> PublicationRecord:
    """Add what an output published to this user's record; gives the output's own record. Raises CannotRun where one can't be read."""
    record = _read(data / RECORD_FILE)
    with FileLock(state / f".{RECORD_FILE}.lock"):
        known = _read(state / RECORD_FILE).publications
        added = [one for one in record.publications if one not in known]
        if added:
            write_record(state / RECORD_FILE, PublicationRecord(sorted([*known, *added], key=lambda one: one.made)))
    return record


def describe_publication(record: PublicationRecord, calendar: Calendar | None, day: dt.date) -> str | None:
    """A message about the tables to publish; None where they are the first."""
    if record.outcome == "first":
        return None
    published, least = record.publications, max(one.threshold for one in record.publications)
    last = published[-1]
    if record.outcome == "standing":
        last = [one for one in published if (one.by, one.period) == (calendar.by, calendar.period(day))][-1]
        return f"公布表：本{_PERIODS[calendar.every]}（{calendar.period(day)} 起）已写出过，bureau/publish 仍是那一套（审核基准日 {last.as_of}），下一期再更新"
    if record.outcome == "held":
        return f"公布表：与以前公布的相减会推算出个别人的情况，本次不更新，bureau/publish 仍是上一套（审核基准日 {last.as_of}）"
    before = published[:-1]
    warning = f"提醒：这些人的公布表以前已写出 {len(before)} 次（最近一次审核基准日 {before[-1].as_of}），几套公布表会被拿来相减，请按固定的周期公布，不要随时重出"
    if record.outcome == "same":
        return f"{warning}；本次各数变化都不到 {least} 人，公布表的数与上一套相同"
    return f"{warning}；变化不到 {least} 人的数照以前公布的印，共 {record.stale} 个与现数不同"


def _read(path: Path) -> PublicationRecord:
    try:
        return read_record(path)
    except (OSError, ValueError) as error:
        raise CannotRun(
            f"以前公布的记录“{path}”读不出来，无法防止与以前公布的数相减，没有审核。请从备份恢复；确实从未公布过的，可以删除它"
        ) from error
