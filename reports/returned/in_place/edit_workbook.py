"""An .xlsx or .xlsm marked in its own package: what is not marked stays as it is, but for what may not travel on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from guantong.reports.returned import marks
from guantong.reports.returned.finding_list import area, head_row, list_sheet
from guantong.reports.returned.in_place.allowed_parts import SHEETML, PartsSelection
from guantong.reports.returned.in_place.clean_sheet import clean_sheet
from guantong.reports.returned.in_place.comment_drawing import ShapeNumbers
from guantong.reports.returned.in_place.parts import Parts, Relation
from guantong.reports.returned.in_place.styles import Styles
from guantong.reports.returned.in_place.workbook_part import SheetEntry, WorkbookPart, remove_outline, set_core_properties
from guantong.reports.returned.in_place.worksheet import Shared, Worksheet
from guantong.reports.returned.xml_trees import OFFICE, UNUSUAL, Element, NotEditable, main
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.zip_package import ZipPackage

SHEETS = (f"{OFFICE}/worksheet", f"{OFFICE}/chartsheet")
ODD = (Refusal, ValueError, LookupError)  # what a workbook that is none raises here and there


def edit_workbook(
    package: ZipPackage, target: Path, copy_marks: marks.Marks, sheets: list[str], former: Iterable[str], created: datetime
) -> None:
    """Copy the workbook `package` to `target` with these marks, a comment on each, and a first sheet that lists them.

    sheets: the worksheets that another reader found; former: those of them that are the list of findings of a former copy.
    created: the only time that the copy holds. Raises NotEditable where the package is not put together, or a part
    of it not written, as almost every program does. `copy_marks` are then as they were.
    """
    try:
        _WorkbookEdit(package).mark(copy_marks, sheets, set(former), created).save(target)
    except ODD as problem:
        raise NotEditable(f"{UNUSUAL}（{type(problem).__name__}）") from problem


class _WorkbookEdit:
    """A workbook on its way to its copy: its parts, its workbook part, and which parts are kept."""

    def __init__(self, package: ZipPackage) -> None:
        self._parts = Parts(package)
        self._key = _only_part(self._parts.relations(""), f"{OFFICE}/officeDocument")
        self._book = WorkbookPart(self._parts.read(self._key))
        self._targets = {relation.id: relation for relation in self._parts.relations(self._key) if relation.kind in SHEETS}
        self._selection = PartsSelection(self._parts)

    def mark(self, copy_marks: marks.Marks, sheets: list[str], former: set[str], created: datetime) -> Parts:
        """The parts of the copy: each sheet marked, the list before them."""
        if [entry.name for entry in self._book.sheets if self._is_worksheet(entry)] != sheets:
            raise NotEditable("原表的工作表不能原样保留")
        if any("/richdata/" in key for key in self._parts.names):
            raise NotEditable("原表有嵌入单元格的图片或数据")
        kept = self._select(former)
        if [entry.name for entry in kept if self._is_worksheet(entry)] != [name for name in sheets if name not in former]:
            raise NotEditable("原表的工作表不能原样保留")
        self._mark_sheets(kept, copy_marks)
        _set_properties(self._parts, created)
        return self._parts

    def _is_worksheet(self, entry: SheetEntry) -> bool:
        relation = self._targets.get(entry.relation)
        return relation is not None and relation.kind == f"{OFFICE}/worksheet" and relation.part is not None

    def _part(self, entry: SheetEntry) -> str | None:
        return self._targets[entry.relation].part if entry.relation in self._targets else None

    def _select(self, former: set[str]) -> list[SheetEntry]:
        """The sheets that are kept; former: those that are the list of a former copy, which are not."""
        for entry in self._book.sheets:
            if entry.name in former:
                self._selection.pass_over(self._targets[entry.relation].part)
        if not self._selection.keep("", ""):
            raise NotEditable(UNUSUAL)
        return [entry for entry in self._book.sheets if self._part(entry) in self._parts.kept]

    def _mark_sheets(self, kept: list[SheetEntry], copy_marks: marks.Marks) -> None:
        parts, lost = self._parts, self._selection.lost
        styles_key = _only_part(parts.saved(self._key), f"{OFFICE}/styles")
        styles = Styles(parts.read(styles_key))
        shared = Shared(parts, styles, ShapeNumbers(parts), lost)
        _check_apart(parts, [self._part(entry) for entry in kept])
        for entry in kept:
            if self._is_worksheet(entry):
                Worksheet(self._part(entry), shared).mark(copy_marks.cells.get(entry.name, {}))
            else:
                _clean_chartsheet(parts, self._part(entry), lost)
        names = self._book.names(kept, lost)
        listed = replace(copy_marks, remarks=[*copy_marks.remarks, _describe_kept(self._selection.left_out())])
        content = b"".join(piece.encode() for piece in list_sheet(listed, styles.list_formats()))
        part = parts.add("xl/worksheets/sheet{}.xml", f"{SHEETML}worksheet+xml", content)
        parts.restrict(part, [])
        relation = parts.relate(self._key, f"{OFFICE}/worksheet", part)
        parts.write(styles_key, styles.xml())
        parts.write(self._key, self._book.with_list(kept, names, relation, area(listed), head_row(listed)))


def _only_part(relations: list[Relation], kind: str) -> str:
    """The part of the only relation of a kind. Raises NotEditable where there is none, or several."""
    parts = [relation.part for relation in relations if relation.kind == kind and relation.part]
    if len(parts) != 1:
        raise NotEditable(UNUSUAL)
    return parts[0]


def _check_apart(parts: Parts, sheets: list[str]) -> None:
    """Raise NotEditable where two sheets share their comments or the drawing of these."""
    kinds = (f"{OFFICE}/comments", f"{OFFICE}/vmlDrawing")
    own = [relation.part for sheet in sheets for relation in parts.saved(sheet) if relation.kind in kinds]
    if len(set(own)) < len(own):
        raise NotEditable("原表的批注写法少见")


def _clean_chartsheet(parts: Parts, part: str, lost: Counter[str]) -> None:
    def change(root: Element) -> None:
        clean_sheet(root, parts, part, lost)
        if root.tag != main("chartsheet") or root.find(main("drawing")) is None:
            raise NotEditable("原表的图表引用外部")

    parts.edit(part, change)


def _set_properties(parts: Parts, created: datetime) -> None:
    """The copy holds no time but `created`, and no outline of the original's sheets."""
    for relation in parts.saved(""):
        kind = relation.kind.rpartition("/")[2]
        if kind == "core-properties":
            parts.edit(relation.part, lambda root: set_core_properties(root, created))
        elif kind == "extended-properties":
            parts.edit(relation.part, remove_outline)


def _describe_kept(lost: list[str]) -> str:
    """The remark on what this copy keeps of the original and what it does not."""
    kept = "本副本在原表上标注，原有的格式、公式、批注、图形和下拉选项照旧；单元格的原底色和原批注记在新批注的末尾，下次退回时恢复。"
    return f"{kept}没有保留：{'、'.join(dict.fromkeys(lost))}。" if lost else kept
