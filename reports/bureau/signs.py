"""bureau/signs.xlsx: signs of false material, for a human to look at."""

from pathlib import Path

from guantong.reports import output_files, wording
from guantong.reports.audit_data import open_audit_data, read_rulebook
from guantong.reports.xlsx.report_book import Column, ReportBook

NOTE = "线索，供人工核查，不是认定。请核对证书原件、劳动关系和原始材料后再作判断；线索不影响审核结果。"
COLUMNS = (
    Column("种类", 22), Column("涉及人员", 18), Column("涉及单位", 30), Column("说明", 40), Column("单元格", 60), Column("处数", 7),
)  # fmt: skip
MOST_CELLS = 100  # of a sign that are written out; a cell holds 32,767 characters


def write_signs(data: Path, target: Path) -> None:
    """Write the signs of the audit in `data` to `target`, whole or not at all: a line a sign with all its cells."""
    with open_audit_data(data, checked=True) as connection:
        signs = connection.execute("SELECT title, names, units, detail, cells FROM signs").fetchall()
    with output_files.replace_file(target) as temporary, ReportBook(temporary, read_rulebook(data), "疑点线索") as book:
        rows = [
            (title, "、".join(names or ()) or None, "、".join(units), detail, _places(cells), len(cells))
            for title, names, units, detail, cells in signs
        ]
        book.table("疑点线索", COLUMNS, rows, "没有发现疑点线索。", note=NOTE)


def _places(cells: list[dict]) -> str:
    """File, sheet and cell of each place, a line each."""
    shown = [f"{cell['source_file']}　{_place(cell)}" for cell in cells[:MOST_CELLS]]
    return "\n".join(shown) + (f"\n等{len(cells)}处" if len(cells) > MOST_CELLS else "")


def _place(cell: dict) -> str:
    if cell["last_row"] is not None:
        return f"{cell['sheet']}!第{cell['row']}行至第{cell['last_row']}行"
    return wording.place_text(cell["source_file"], cell["sheet"], cell["row"], cell["column"])
