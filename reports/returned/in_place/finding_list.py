"""The first sheet of a marked original: remarks, then a line per finding with a link to its cell."""

from collections.abc import Callable, Sequence

from guantong.reports import style, wording
from guantong.reports.returned import marks
from guantong.reports.returned.in_place.xml_trees import HEAD, MAIN, quoted, text
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
NAMES = [column_letters(column).encode() for column in range(1, len(marks.HEADERS) + 1)]
LAST = NAMES[-1].decode()
EMPTY = b'<c r="%b%d" s="%d"/>'
CELL = b'<c r="%b%d" s="%d" t="inlineStr"><is><t xml:space="preserve">%b</t></is></c>'


def head_row(copy_marks: marks.Marks) -> int:
    """The number of the row that heads the list."""
    return len(copy_marks.remarks) + 2


def area(copy_marks: marks.Marks) -> str:
    """The list with its head, as a range of its sheet."""
    return f"$A${head_row(copy_marks)}:${LAST}${head_row(copy_marks) + len(copy_marks.entries)}"


def list_sheet(copy_marks: marks.Marks, format_number: Callable[[str], int]) -> bytes:
    """The sheet's XML. `format_number` gives the numbers of the formats: title, head, small, link."""
    head = head_row(copy_marks)
    rows = [_row(1, style.TITLE_HEIGHT, [marks.TITLE], [format_number("title")])]
    for at, remark in enumerate(copy_marks.remarks, 2):
        rows.append(
            _row(at, style.row_height(style.line_count(remark, sum(marks.WIDTHS))), [marks.plain(remark)], [format_number("small")])
        )
    rows.append(_row(head, None, marks.HEADERS, [format_number("head")] * len(marks.HEADERS)))
    links = []
    for at, entry in enumerate(copy_marks.entries, head + 1):
        styles = [format_number("small")] * len(entry.values)
        if entry.cell and at < marks.LINKS:
            sheet, row, column = entry.cell
            links.append(b'<hyperlink ref="C%d" location="%b"/>' % (at, quoted(marks.link(sheet, f"{column_letters(column)}{row}"))))
            styles[2] = format_number("link")
        rows.append(_row(at, entry.height, entry.values, styles))
    start = SHEET.format(main=MAIN, last=LAST, bottom=head + len(copy_marks.entries), head=head, below=head + 1)
    return HEAD + start.encode() + _columns() + b"<sheetData>%b</sheetData>" % b"".join(rows) + _end(copy_marks, links)


def _row(number: int, height: float | None, values: Sequence[str], styles: list[int]) -> bytes:
    cells = [
        CELL % (name, number, cell_format, text(value)) if value else EMPTY % (name, number, cell_format)
        for name, value, cell_format in zip(NAMES, values, styles, strict=False)
    ]
    high = b"" if height is None else b' ht="%g" customHeight="1"' % height
    return b'<row r="%d"%b>%b</row>' % (number, high, b"".join(cells))


def _columns() -> bytes:
    cols = "".join(f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(marks.WIDTHS, 1))
    return f"<cols>{cols}</cols>".encode()


def _end(copy_marks: marks.Marks, links: list[bytes]) -> bytes:
    """What follows the cells, in the order that a sheet's elements have."""
    remarks = range(2, head_row(copy_marks))
    merged = "".join(f'<mergeCell ref="A{row}:{LAST}{row}"/>' for row in remarks)
    merges = f'<mergeCells count="{len(remarks)}">{merged}</mergeCells>' if remarks else ""
    linked = b"<hyperlinks>%b</hyperlinks>" % b"".join(links) if links else b""
    footer = f"&L{wording.DISCLAIMER}&R第 &P 页，共 &N 页"
    last = f"{PAGE}<headerFooter><oddFooter>{footer.replace('&', '&amp;')}</oddFooter></headerFooter></worksheet>"
    filtered = f'<autoFilter ref="{area(copy_marks).replace("$", "")}"/>'
    return f"{filtered}{merges}".encode() + linked + last.encode()
