"""Publications that follow each other: what a figure is printed as, so that no two of them tell of a few people by their difference.

A figure is *kept*, printed as it was or suppressed as it was, as long as it has changed by less than `threshold` since a publication: the
last such one says how. A figure that is new differs by `threshold` at least from all that it was at every publication that printed it
otherwise. So two publications that follow each other between which fewer than `threshold` people came, went or changed are the same to the
letter, and all that was ever printed of a figure is the same or `threshold` apart. Of a figure that is kept nobody is told whether it has
changed at all. What new figures would tell of a kept one by adding and subtracting is suppressed with it (disclosure.py); where that does
not help, nothing new is published.

Kept rather than blurred: OpenDP and diffprivlib add noise that makes the parts of a table differ from their sum, and that in a series
must grow with each publication; the cell keys of the Australian Bureau of Statistics show by a figure that changes whose cell it is.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.reports.output_files import replace_file

if TYPE_CHECKING:
    import duckdb

HIDDEN = "*"
FOLDED = "~"  # of a group that has no row of its own
PrintedFigure = int | str
SKETCH = 256
FEWEST = 4  # hashes that tell anything
OUTCOMES = ("first", "new", "same", "held", "standing")  # held: could not be renewed; standing: the calendar's is not over
RECORD_FILE = "publications.json"  # in the data folder of an output that publishes; counts of groups, small ones too: never to be published


@dataclass(frozen=True)
class CellRange:
    """What a cell may be as far as a reader knows: from `least` to `most`; and `aim`, what it is to be in one of the other populations.

    was: of a cell that is printed as it was, what it was then.
    """

    least: float
    most: float
    aim: float
    was: float | None = None


@dataclass(frozen=True)
class Publication:
    """What was published once: the true count and the print of each cell by its name; the tables as they were written, and for whom.

    made: when, in the order of which they follow each other. rulebook: of it what a workbook bears. people: `people_sketch` whom it counts.
    by: the series of scheduled runs that it belongs to. period: of that series' calendar.
    """

    made: str
    as_of: str
    threshold: int
    cells: dict[str, list]
    tables: dict[str, dict]
    rulebook: dict
    people: list[str] = field(default_factory=list)
    by: str = ""
    period: str = ""


@dataclass(frozen=True)
class PublicationRequest:
    """Asks for the tables to publish. own: earlier publications of the same people; others: earlier ones that may be of other people.

    by, period: as `Publication` has them, of scheduled runs.
    """

    threshold: int
    own: tuple[Publication, ...] = ()
    others: tuple[Publication, ...] = ()
    by: str = ""
    period: str = ""

    def earlier_publications(self, people: list[str]) -> list[Publication]:
        """The publications of these people, the oldest first."""
        others = (other for other in self.others if other not in self.own and have_people_in_common(other.people, people))
        return sorted([*self.own, *others], key=lambda publication: publication.made)

    def of_this_period(self, earlier: Iterable[Publication]) -> Publication | None:
        """The publication of this period, where the calendar allows no other."""
        same = (publication for publication in earlier if (publication.by, publication.period) == (self.by, self.period))
        return next(same, None) if self.by else None


def people_sketch(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The least hashes of the keys of the people counted: enough to tell whether two publications have people in common."""
    query = f"SELECT DISTINCT left(md5(person_key), 16) FROM counted_people WHERE person_key IS NOT NULL ORDER BY ALL LIMIT {SKETCH}"
    return [key for (key,) in connection.execute(query).fetchall()]


def have_people_in_common(one: list[str], other: list[str]) -> bool:
    """Whether a tenth of the smaller of two sets of people is in the other, as far as their sketches tell; yes where they do not."""
    last = min(each[-1] if len(each) == SKETCH else "g" for each in (one, other))
    few, many = sorted(({hash for hash in each if hash <= last} for each in (one, other)), key=len)
    return len(few) < FEWEST or len(few & many) * 10 >= len(few)


def cell_name(key: Iterable[str]) -> str:
    """A cell's key as a name in the record."""
    return "|".join(key)


@dataclass(frozen=True)
class PublicationHistory:
    """The publications that went before, the oldest first, and the threshold of the one to be."""

    earlier: tuple[Publication, ...] = ()
    threshold: int = 5

    @property
    def least_change(self) -> int:
        """The least change that is printed."""
        return max([self.threshold, *(publication.threshold for publication in self.earlier)])

    def past_labels(self, group: str) -> set[str]:
        """The labels that a group's cells have in the earlier publications."""
        return {name.split("|")[1] for publication in self.earlier for name in publication.cells if name.startswith(f"{group}|")}

    def past_prints(self, key: Iterable[str], absent: tuple[int, PrintedFigure] | None = None) -> list[tuple[int, PrintedFigure]]:
        """(count, print) of a cell in the earlier publications, the last first; `absent` in those that have no such cell."""
        prints = [publication.cells.get(cell_name(key), absent) for publication in reversed(self.earlier)]
        return [tuple(count_and_print) for count_and_print in prints if count_and_print is not None]

    def repeated_print(self, count: int, past: Iterable[tuple[int, PrintedFigure]]) -> PrintedFigure | None:
        """The earlier print that the cell has to keep; None where it has changed by enough to be printed anew."""
        return next((shown for then, shown in past if abs(count - then) < self.least_change), None)

    def cell_range(self, count: int, past: Sequence[tuple[int, PrintedFigure]]) -> CellRange:
        """What a cell of this count may be so that the same is kept, or nothing as it is; of what was suppressed nobody knows what it was."""
        before = list(takewhile(lambda one: abs(count - one[0]) >= self.least_change, past))
        kept = next(iter(past[len(before) :]), None)
        thens = [then for then, shown in before if isinstance(shown, int) and (kept is None or shown != kept[1])]
        told = kept is not None and isinstance(kept[1], int)
        if told:
            least, most = max(0, kept[0] - self.least_change + 1), kept[0] + self.least_change - 1
        else:
            least, most = min(count, 1), math.inf if count or kept else 0  # noughts are known where they are printed
        least = max([least, *(then + self.least_change for then in thens if then < count)])
        most = min([most, *(then - self.least_change for then in thens if then > count)])
        return CellRange(least, most, self._aim(count, thens), kept[0] if told else None)

    def _aim(self, count: int, thens: list[int]) -> int:
        """The least that a figure that is new may be beside what it is, if it is larger by threshold - 1 at least."""
        return next(
            aim for aim in itertools.count(count + self.threshold - 1) if all(abs(aim - then) >= self.least_change for then in thens)
        )


@dataclass(frozen=True)
class PublicationRecord:
    """What a record file holds: publications, the oldest first; what came of the last run (`OUTCOMES`), and how many figures were kept."""

    publications: list[Publication]
    outcome: str = ""
    stale: int = 0


def read_record(path: Path) -> PublicationRecord:
    """A record; an empty one where there is none. Raises ValueError for a file that is no record."""
    if not path.is_file():
        return PublicationRecord([])
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return PublicationRecord(
            [Publication(**publication) for publication in content["publications"]], content["outcome"], content["stale"]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def write_record(path: Path, record: PublicationRecord) -> None:
    """Write a record, whole or not at all, for its owner alone."""
    with replace_file(path) as unfinished:
        unfinished.touch(0o600)
        unfinished.write_text(json.dumps(asdict(record), ensure_ascii=False) + "\n", encoding="utf-8")
