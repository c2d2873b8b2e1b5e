"""An .xlsx or .xlsm marked in its own package: what is not marked stays as it is, but for what may not travel on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.allowed_parts import SHEETML, Keeper
from guantong.reports.returned.in_place.clean_sheet import clean
from guantong.reports.returned.in_place.comments import Blocks
from guantong.reports.returned.in_place.finding_list import area, head_row, list_sheet
from guantong.reports.returned.in_place.parts import Parts, Relation
from guantong.reports.returned.in_place.styles import Styles
from guantong.reports.returned.in_place.workbook_part import Contents, Entry, app_properties, core_properties
from guantong.reports.returned.in_place.worksheet import Shared, Worksheet
from guantong.reports.returned.in_place.xml_trees import OFFICE, UNUSUAL, Element, NotEditable, edited, main
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.zip_package import ZipPackage

__all__ = ["NotEditable", "edit"]

SHEETS = (f"{OFFICE}/worksheet", f"{OFFICE}/chartsheet")
ODD = (Refusal, ValueError, LookupError)  # what a workbook that is none raises here and there


def edit(package: ZipPackage, target: Path, found: marks.Marks, sheets: list[str], former: Iterable[str], created: datetime) -> None:
    """Copy the workbook `package` to `target` with the marks, a comment on each, and a first sheet that lists them.

    sheets: the worksheets that another reader found; former: those of them that are the list of findings of a former copy.
    created: the only time that the copy holds. Raises NotEditable where the package is not put together, or a part
    of it not written, as almost every program does. `found` is then as it was.
    """
    try:
        _edited(package, found, sheets, set(former), created).save(target)
    except ODD as problem:
        raise NotEditable(f"{UNUSUAL}（{type(problem).__name__}）") from problem


def _edited(package: ZipPackage, found: marks.Marks, sheets: list[str], former: set[str], created: datetime) -> Parts:
    parts = Parts(package)
    book = _one(parts.relations(""), f"{OFFICE}/officeDocument")
    contents = Contents(parts.read(book))
    targets = {relation.id: relation for relation in parts.relations(book) if relation.kind in SHEETS}
    worksheets = [entry.name for entry in contents.sheets if _is_worksheet(targets.get(entry.relation))]
    if worksheets != sheets:
        raise NotEditable("原表的工作表不能原样保留")
    if any("/richdata/" in key for key in parts.names):
        raise NotEditable("原表有嵌入单元格的图片或数据")
    keeper = Keeper(parts)
    for entry in contents.sheets:
        if entry.name in former:
            keeper.pass_over(targets[entry.relation].part)
    if not keeper.keep("", ""):
        raise NotEditable(UNUSUAL)
    kept = [entry for entry in contents.sheets if entry.relation in targets and targets[entry.relation].part in parts.kept]
    if [entry.name for entry in kept if _is_worksheet(targets[entry.relation])] != [name for name in sheets if name not in former]:
        raise NotEditable("原表的工作表不能原样保留")
    _mark(parts, book, keeper, contents, kept, targets, found)
    _properties(parts, created)
    return parts


def _is_worksheet(relation: Relation | None) -> bool:
    return relation is not None and relation.kind == f"{OFFICE}/worksheet" and relation.part is not None


def _one(relations: list[Relation], kind: str) -> str:
    """The part of the only relation of a kind."""
    found = [relation.part for relation in relations if relation.kind == kind and relation.part]
    if len(found) != 1:
        raise NotEditable(UNUSUAL)
    return found[0]


def _mark(
    parts: Parts, book: str, keeper: Keeper, contents: Contents, kept: list[Entry], targets: dict[str, Relation], found: marks.Marks
) -> None:
    """Mark each sheet, put the list before them."""
    styled = _one(parts.saved(book), f"{OFFICE}/styles")
    styles = Styles(parts.read(styled))
    shared = Shared(parts, styles, Blocks(parts), keeper.lost)
    _check_apart(parts, [targets[entry.relation].part for entry in kept])
    for entry in kept:
        part = targets[entry.relation].part
        if _is_worksheet(targets[entry.relation]):
            Worksheet(part, shared).mark(found.cells.get(entry.name, {}))
        else:
            _clean_chartsheet(parts, part, keeper.lost)
    names = contents.names(kept, keeper.lost)
    told = replace(found, remarks=[*found.remarks, _kept(keeper.left_out())])
    listed = parts.add("xl/worksheets/sheet{}.xml", f"{SHEETML}worksheet+xml", list_sheet(told, styles.listed()))
    parts.restrict(listed, [])
    relation = parts.relate(book, f"{OFFICE}/worksheet", listed)
    parts.write(styled, styles.xml())
    parts.write(book, contents.with_list(kept, names, relation, area(told), head_row(told)))


def _check_apart(parts: Parts, sheets: list[str]) -> None:
    """Raise NotEditable where two sheets share their comments or the drawing of these."""
    kinds = (f"{OFFICE}/comments", f"{OFFICE}/vmlDrawing")
    own = [relation.part for sheet in sheets for relation in parts.saved(sheet) if relation.kind in kinds]
    if len(set(own)) < len(own):
        raise NotEditable("原表的批注写法少见")


def _clean_chartsheet(parts: Parts, part: str, lost: Counter[str]) -> None:
    def change(root: Element) -> None:
        clean(root, parts, part, lost)
        if root.tag != main("chartsheet") or root.find(main("drawing")) is None:
            raise NotEditable("原表的图表引用外部")

    parts.replace(part, edited(parts.read(part), change)[0])


def _properties(parts: Parts, created: datetime) -> None:
    """The copy holds no time but `created`, and no outline of the original's sheets."""
    for relation in parts.saved(""):
        kind = relation.kind.rpartition("/")[2]
        if kind == "core-properties":
            parts.write(relation.part, core_properties(parts.read(relation.part), created))
        elif kind == "extended-properties":
            parts.write(relation.part, app_properties(parts.read(relation.part)))


def _kept(lost: list[str]) -> str:
    """The remark on what this copy keeps of the original and what it does not."""
    kept = "本副本在原表上标注，原有的格式、公式、批注、图形和下拉选项照旧；单元格的原底色和原批注记在新批注的末尾，下次退回时恢复。"
    return f"{kept}没有保留：{'、'.join(dict.fromkeys(lost))}。" if lost else kept
