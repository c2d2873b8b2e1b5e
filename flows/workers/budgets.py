"""What an inbox, and each who hands in, may take of the machine: every figure with its reason. The limits of one worker are in guard.py.

Who hands in (the submitter) is a folder that lies in PATH, with all in it; a file that lies there itself is one of its own.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from guantong.flows.workers import limits
from guantong.schemas.files.workbook import Refusal

if TYPE_CHECKING:
    from guantong.flows.records import Input

TASK_SECONDS = 60  # a worker hands over what it has by then: between two tasks the budgets are looked at, and stopped for
TASK_BYTES = 100_000_000  # of copies beyond ten times their rosters: likewise
FILE_SECONDS = 5.0  # the usual time of a file: a hundred times what a small one takes,
SECONDS_PER_MEGABYTE = 20.0  # and twenty times what a megabyte of roster does. What it takes beyond is over the usual
SUBMITTER_SECONDS = 600  # over the usual, of one who hands in: a dozen files that go on to their own limit
INBOX_SECONDS = 1800  # of all: from then on a file has its usual time alone, which costs no other roster anything
MOST_FILES = 20_000  # workbooks in the folder of one who hands in, or beside the folders: a city has fewer enterprises that hand in
MOST_KINDS = 50  # of files passed over that are counted each: the screen names them
UNITS_OF_FILE = 5_000  # workbooks of units that one file may name beside its first: a district's whole roster has fewer
SUBMITTER_UNITS = 20_000  # such units of all files of one who hands in,
INBOX_UNITS = 100_000  # and of all: half an hour of writing on two cores
SUBMITTER_LINES = 2_000_000  # lines of findings of whole files, each repeated in the workbook of each unit in the file
COPY_BYTES = 20_000_000  # of a copy to send back, beyond ten times its roster: what a million notes take
SUBMITTER_BYTES = 500_000_000  # of the copies of one who hands in, beyond ten times the rosters

OVER_BUDGET = "over_budget"


def submitter(source_file: str) -> str:
    """Who has handed in the file that outputs name so."""
    return source_file.partition("/")[0]


def usual(size: int) -> float:
    """Seconds that a file of so many bytes may take without being over the usual."""
    return FILE_SECONDS + SECONDS_PER_MEGABYTE * size / 1e6


def over_copy(size: int, written: int) -> int:
    """Bytes of a copy that are over ten times its roster."""
    return max(0, written - 10 * size)


class Units:
    """Counts the units' workbooks to be written. A unit that stands in several files goes to the account of the one with the most left, so that
    who names the units of others takes nothing from them.
    """

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._more: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._all = 0
        self.left_out: Counter[str] = Counter()

    def take(self, files: list[str], lines: int) -> bool:
        """Whether the workbook of a unit that stands in these files, with so many ``lines`` that units share, is to be written."""
        file = min(files, key=lambda name: (self._files[name], name))
        who, more = submitter(file), self._files[file] > 0
        if more and (
            self._files[file] > UNITS_OF_FILE
            or self._more[who] >= SUBMITTER_UNITS
            or self._all >= INBOX_UNITS
            or self._lines[who] + lines > SUBMITTER_LINES
        ):
            self.left_out[file] += 1
            return False
        self._files[file] += 1
        self._more[who] += more
        self._all += more
        self._lines[who] += lines
        return True


class Ledger:
    """What each submitter has taken over the usual. For threads of one process; a copy sent to another begins at what it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent: Counter[str] = Counter()  # seconds over the usual
        self._written: Counter[str] = Counter()  # bytes over the usual

    def __getstate__(self) -> dict:
        return {"_spent": self._spent, "_written": self._written}

    def __setstate__(self, state: dict) -> None:
        self.__dict__ |= state | {"_lock": threading.Lock()}

    def charge_copy(self, source_file: str, size: int, written: int) -> None:
        """A copy of so many bytes has been written of a roster of ``size``."""
        with self._lock:
            self._written[submitter(source_file)] += over_copy(size, written)

    def charge(self, source_file: str, size: int, seconds: float) -> None:
        """A file of so many bytes has taken so long."""
        if (over := seconds - usual(size)) > 0:
            with self._lock:
                self._spent[submitter(source_file)] += over

    def over(self, source_file: str) -> bool:
        """Whether who has handed in the file has nothing left."""
        who = submitter(source_file)
        return self._spent[who] > SUBMITTER_SECONDS or self._written[who] > SUBMITTER_BYTES

    def refusal(self, item: Input) -> Refusal | None:
        """Why a file is not read any more; None where it is."""
        if not self.over(item.source_file):
            return None
        return Refusal(OVER_BUDGET, f"同一文件夹的文件处理用时超出正常用时累计已超过{SUBMITTER_SECONDS // 60}分钟，其余文件不再读取")

    def seconds(self, item: Input) -> float | None:
        """How long a file may take; None for all that a worker gives one."""
        with self._lock:
            spent = sum(self._spent.values())
        return usual(item.size) if spent > INBOX_SECONDS and usual(item.size) < limits.WALL_SECONDS else None


def too_slow(seconds: float) -> Refusal:
    """A file took more than its usual time when all files together had no other left."""
    return Refusal(
        OVER_BUDGET, f"本次审核的全部文件处理用时超出正常用时累计已超过{INBOX_SECONDS // 60}分钟，此后该文件只有{seconds:.0f}秒，未能读完"
    )
