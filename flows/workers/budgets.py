"""How much time and space the files of an inbox and of each submitter may take, each figure with its reason. limits.py limits one worker.

A submitter (报送单位) is a folder that lies in PATH, with all in it; a file that lies in PATH itself is a submitter of its own.
"""

from __future__ import annotations

import threading
from collections import Counter

from guantong.flows.records import Input
from guantong.flows.workers import limits
from guantong.schemas.files.refusal import Refusal

TASK_SECONDS = 60  # then a worker hands over its results, as the budgets are checked between two tasks
TASK_BYTES = 100_000_000  # likewise, of returned copies beyond ten times their rosters
FILE_SECONDS = 5.0  # the usual time of a file: a hundred times what a small one takes,
SECONDS_PER_MEGABYTE = 20.0  # and twenty times what a megabyte of roster takes. Time beyond the usual is counted
SUBMITTER_SECONDS = 600  # over the usual, of one submitter: a dozen files that each take all the time of a file
INBOX_SECONDS = 1800  # over the usual, of all: afterwards each file has its usual time only
MOST_FILES = 20_000  # workbooks in the folder of one submitter, or beside the folders: a city has fewer enterprises
UNITS_OF_FILE = 5_000  # workbooks of units that one file may name beside its first: a district's whole roster has fewer
SUBMITTER_UNITS = 20_000  # such units of all files of one submitter,
INBOX_UNITS = 100_000  # and of all: half an hour of writing on two cores
SUBMITTER_LINES = 2_000_000  # lines of findings of whole files, each repeated in the workbook of each unit in the file
COPY_BYTES = 20_000_000  # of a returned copy, beyond ten times its roster: what a million notes take
SUBMITTER_BYTES = 500_000_000  # of the returned copies of one submitter, beyond ten times the rosters

OVER_BUDGET = "over_budget"


def submitter_of(source_file: str) -> str:
    """The submitter of a file, by its name in the outputs."""
    return source_file.partition("/")[0]


def usual_seconds(size: int) -> float:
    """Seconds that a file of so many bytes usually takes at most."""
    return FILE_SECONDS + SECONDS_PER_MEGABYTE * size / 1e6


def excess_copy_bytes(size: int, written: int) -> int:
    """Bytes of a returned copy beyond ten times its roster."""
    return max(0, written - 10 * size)


class UnitBudget:
    """Counts the units' workbooks to be written. A unit of several files counts for the file with the fewest units so far, so that
    a file that names the units of others takes nothing from them.
    """

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._further: Counter[str] = Counter()  # units beside the first of each file, by submitter
        self._lines: Counter[str] = Counter()
        self._all_further = 0
        self.left_out: Counter[str] = Counter()

    def take(self, files: list[str], lines: int) -> bool:
        """Whether to write the workbook of a unit of these files; ``lines`` are the findings of whole files that it repeats."""
        file = min(files, key=lambda name: (self._files[name], name))
        submitter, is_further = submitter_of(file), self._files[file] > 0
        if is_further and (
            self._files[file] > UNITS_OF_FILE
            or self._further[submitter] >= SUBMITTER_UNITS
            or self._all_further >= INBOX_UNITS
            or self._lines[submitter] + lines > SUBMITTER_LINES
        ):
            self.left_out[file] += 1
            return False
        self._files[file] += 1
        self._further[submitter] += is_further
        self._all_further += is_further
        self._lines[submitter] += lines
        return True


class Budgets:
    """What each submitter has taken beyond the usual. Shared by threads; a copy sent to another process counts on from there by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent: Counter[str] = Counter()  # seconds over the usual
        self._written: Counter[str] = Counter()  # bytes over the usual

    def __getstate__(self) -> dict:
        return {"_spent": self._spent, "_written": self._written}

    def __setstate__(self, state: dict) -> None:
        self.__dict__ |= state | {"_lock": threading.Lock()}

    def charge_copy(self, source_file: str, size: int, written: int) -> None:
        """Count a returned copy of ``written`` bytes of a roster of ``size`` bytes."""
        with self._lock:
            self._written[submitter_of(source_file)] += excess_copy_bytes(size, written)

    def charge(self, source_file: str, size: int, seconds: float) -> None:
        """Count the ``seconds`` that a file of ``size`` bytes has taken."""
        if (over := seconds - usual_seconds(size)) > 0:
            with self._lock:
                self._spent[submitter_of(source_file)] += over

    def is_spent(self, source_file: str) -> bool:
        """Whether the submitter of the file has used up its budget."""
        submitter = submitter_of(source_file)
        return self._spent[submitter] > SUBMITTER_SECONDS or self._written[submitter] > SUBMITTER_BYTES

    def refusal(self, item: Input) -> Refusal | None:
        """The refusal of a file whose submitter has used up its budget; None where it has not."""
        if not self.is_spent(item.source_file):
            return None
        return Refusal(OVER_BUDGET, f"同一文件夹的文件处理用时超出正常用时累计已超过{SUBMITTER_SECONDS // 60}分钟，其余文件不再读取")

    def seconds_for(self, item: Input) -> float | None:
        """How long a file may take; None where only the limit of the worker holds."""
        with self._lock:
            spent = sum(self._spent.values())
        return usual_seconds(item.size) if spent > INBOX_SECONDS and usual_seconds(item.size) < limits.WALL_SECONDS else None


def too_slow(seconds: float) -> Refusal:
    """The refusal of a file that took more than its usual time, once the budget of the inbox was used up."""
    return Refusal(
        OVER_BUDGET, f"本次审核的全部文件处理用时超出正常用时累计已超过{INBOX_SECONDS // 60}分钟，此后该文件只有{seconds:.0f}秒，未能读完"
    )
