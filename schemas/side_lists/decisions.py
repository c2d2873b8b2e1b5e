"""The decisions of a 诚信名单: which make the veto of 二（三）. A person is told by the ID number alone, never by the name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.schemas import catalogue
from guantong.schemas.side_lists.read_list import ListRow, read_list
from guantong.schemas.text import mask_numbers
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.identity import keyed_hash
from guantong.schemas.values.integrity import FALSIFIED, GOOD, read_integrity
from guantong.schemas.values.parsers import id_number

if TYPE_CHECKING:  # a command starts without it
    import pandas as pd

# What a line of the list comes to before it is looked for among the audited people.
VETO, CLEAR, UNCLEAR, NO_ID = "veto", "clear", "unclear", "no_id_number"
COLUMNS = ("sheet", "row", "person_key", "decision", "told")


@dataclass(frozen=True)
class Decisions:
    """The rows of a 诚信名单: a table of `COLUMNS`, ``told`` being the decision as reports cite it; the file's name and SHA-256."""

    rows: pd.DataFrame
    file: str
    sha256: str

    @property
    def vetoes(self) -> pd.DataFrame:
        """person_key, told: each person on whom there is a decision, the first where there are several."""
        found = self.rows[self.rows["decision"] == VETO]
        return found.drop_duplicates("person_key")[["person_key", "told"]]


def read_decisions(path: Path, key: bytes) -> Decisions:
    """The decisions of a workbook or .csv; ID numbers become keyed hashes here. Raises read_list.ListError."""
    import pandas as pd

    listed = read_list(path, "integrity")
    rows = [(line.sheet, line.row, *_decision(line, key), _citation(line, listed.file)) for line in listed.rows]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype({name: "int64" if name == "row" else "str" for name in COLUMNS})
    return Decisions(table, listed.file, listed.sha256)


def _decision(line: ListRow, key: bytes) -> tuple[str | None, str]:
    """(person_key, decision) of a line; no key where its ID number can't be used."""
    found = [id_number(cell, catalogue.fields()["id_number"]).values.get("") for cell in line.cells.get("id_number", [])]
    numbers = {number for number in found if isinstance(number, str) and len(number) in (15, 18)}
    if len(numbers) != 1 or len(found) != 1:
        return None, NO_ID
    decisions = {_decision_of_cell(cell) for cell in line.cells.get("decision", [])}
    decision = VETO if VETO in decisions and UNCLEAR not in decisions else CLEAR if decisions == {CLEAR} else UNCLEAR
    return keyed_hash(numbers.pop(), key), decision


def _decision_of_cell(cell: object) -> str:
    """What a cell of 诚信情况 or 处理决定 says, as rosters' 诚信情况 is read."""
    return {FALSIFIED: VETO, GOOD: CLEAR}.get(read_integrity(cell) or "", UNCLEAR)


def _citation(line: ListRow, file: str) -> str:
    """Where the decision stands, with its number and day."""
    number = mask_numbers(line.text("number"))[:60]
    day = line.cells.get("date", [None])[0]
    first, last, code = parse_date(day) if day is not None else (None, None, "none")
    dated = f"，决定日期 {first:%Y-%m-%d}" if code is None and first == last else ""
    return f"诚信名单“{file}”工作表“{line.sheet}”第{line.row}行" + (f"，决定文号 {number}" if number else "") + dated
