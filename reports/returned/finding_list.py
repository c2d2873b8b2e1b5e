"""The first sheet of a copy: remarks, then a line per finding with a link to its cell."""

from collections.abc import Callable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from guantong.reports import style, wording
from guantong.reports.returned import marks
from guantong.reports.returned.xml_trees import HEAD, MAIN
from guantong.reports.xlsx.cells import escaped
from guantong.schemas.files.cell_address import column_letters

SHEET = (
    '<worksheet xmlns="{main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:{last}{bottom}"/><sheetViews>'
    '<sheetView tabSelected="1" workbookViewId="0"><pane ySplit="{head}" topLeftCell="A{below}" activePane="bottomLeft" state="frozen"/>'
    '<selection pane="bottomLeft" activeCell="A{below}" sqref="A{below}"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
)
PAGE = (
    '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
    '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
)
NAMES = [column_letters(column) for column in range(1, len(marks.HEADERS) + 1)]
LAST = NAMES[-1]


def head_row(copy_marks: marks.Marks) -> int:
    """The number of the row that heads the list."""
    return len(copy_marks.remarks) + 2


def area(copy_marks: marks.Marks) -> str:
    """The list with its head, as a range of its sheet."""
    return f"$A${head_row(copy_marks)}:${LAST}${head_row(copy_marks) + len(copy_marks.entries)}"


def list_sheet(copy_marks: marks.Marks, format_number: Callable[[str], int], sheet_name: Callable[[str], str] = str) -> Iterator[str]:
    """The sheet's XML in pieces. `format_number` gives the numbers of the formats: title, head, small, link; `sheet_name` those of the copy's sheets."""
    head = head_row(copy_marks)
    start = SHEET.format(main=MAIN, last=LAST, bottom=head + len(copy_marks.entries), head=head, below=head + 1)
    cols = "".join(f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(marks.WIDTHS, 1))
    yield f"{HEAD.decode()}{start}<cols>{cols}</cols><sheetData>"
    yield _row(1, style.TITLE_HEIGHT, [marks.TITLE], [format_number("title")])
    for at, remark in enumerate(copy_marks.remarks, 2):
        height = style.row_height(style.line_count(remark, sum(marks.WIDTHS)))
        yield _row(at, height, [marks.plain(remark)], [format_number("small")])
    yield _row(head, None, marks.HEADERS, [format_number("head")] * len(marks.HEADERS))
    links, small = [], format_number("small")
    for at, entry in enumerate(copy_marks.entries, head + 1):
        styles = [small] * len(entry.values)
        if entry.cell and at < marks.LINKS:
            sheet, row, column = entry.cell
            place = marks.link(sheet_name(sheet), f"{column_letters(column)}{row}")
            links.append(f'<hyperlink ref="C{at}" location={quoteattr(place)}/>')
            styles[2] = format_number("link")
        yield _row(at, entry.height, entry.values, styles)
    yield _end(copy_marks, links)


def _row(number: int, height: float | None, values: Sequence[str], styles: list[int]) -> str:
    cells = []
    for name, value, cell_format in zip(NAMES, values, styles, strict=False):
        space, text = escaped(value)
        inside = f' t="inlineStr"><is><t{space}>{text}</t></is></c>' if value else "/>"
        cells.append(f'<c r="{name}{number}" s="{cell_format}"{inside}')
    high = "" if height is None else f' ht="{height:g}" customHeight="1"'
    return f'<row r="{number}"{high}>{"".join(cells)}</row>'


def _end(copy_marks: marks.Marks, links: list[str]) -> str:
    """What follows the cells, in the order that a sheet's elements have."""
    remarks = range(2, head_row(copy_marks))
    merged = "".join(f'<mergeCell ref="A{row}:{LAST}{row}"/>' for row in remarks)
    merges = f'<mergeCells count="{len(remarks)}">{merged}</mergeCells>' if remarks else ""
    linked = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    filtered = f'<autoFilter ref="{area(copy_marks).replace("$", "")}"/>'
    footer = f"&amp;L{wording.DISCLAIMER}&amp;R第 &amp;P 页，共 &amp;N 页"
    return f"</sheetData>{filtered}{merges}{linked}{PAGE}<headerFooter><oddFooter>{footer}</oddFooter></headerFooter></worksheet>"
