"""Workbooks of the .xlsx kind that are larger than they look: far cells, and parts that swell or hold too much."""

from __future__ import annotations

from collections.abc import Iterator

from guantong.schemas.files.cell_address import column_letters
from tests.support.hostile_files.hostile_xlsx import (
    CLOSE,
    DAMAGED,
    HEADERS,
    LARGE,
    MAIN,
    OPEN,
    PERSON,
    READ,
    ROSTER,
    WIDE,
    Case,
    book,
    cell,
    parts,
    people,
    row,
    sheet,
    strings,
    styles,
    swollen,
)
from tests.support.hostile_files.hostile_zip import Part, zipped


def far_cells() -> Iterator[Case]:
    """Two cells so far apart that a table of what lies between them takes half a terabyte."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    near = '<row r="1"><c r="A1"><v>1</v></c></row>'
    alone = LARGE | {"no_roster_sheet"}
    yield "plain", book(sheet(near + far)), alone
    yield "quoted", book(sheet((near + far).replace('"', "'"))), alone
    yield "spaced", book(sheet((near + far).replace('r="X', 'r = \n"X'))), alone
    yield "entity", book(sheet((near + far).replace("XFD", "&#88;F&#x44;"))), alone
    yield "utf16", book(sheet(near + far).decode().replace("UTF-8", "UTF-16").encode("utf-16")), alone | DAMAGED
    prefixed = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{near + far}</x:sheetData></x:worksheet>'
    yield "prefixed", book(prefixed.replace("<row", "<x:row").replace("</row", "</x:row").replace("<c ", "<x:c ").encode()), alone | DAMAGED
    yield "beside-roster", book(sheet(ROSTER + far)), READ | LARGE
    yield "later-sheet", book(sheet(), sheet(near + far)), READ | LARGE
    yield "hidden-in-comment", book(sheet(ROSTER + f"<!-- {far} -->")), READ
    yield "hidden-in-cdata", book(sheet(people([*PERSON[:-1], "x"]).replace(">x<", f"><![CDATA[{far}]]><"))), READ
    yield "dimension", book(sheet(before='<dimension ref="A1:XFD1048576"/>')), READ
    yield "dimension-wild", book(sheet(before='<dimension ref="A1:ZZZZZZZ99999999999999999999"/>')), READ | DAMAGED
    yield "merge", book(sheet(after='<mergeCells><mergeCell ref="Z100:XFD1048576"/></mergeCells>')), READ
    yield "merge-over", book(sheet(after='<mergeCells><mergeCell ref="A50:XFD1048576"/></mergeCells>')), READ
    yield "merge-wild", book(sheet(after='<mergeCells><mergeCell ref="B9:A1"/><mergeCell ref=":"/></mergeCells>')), READ | DAMAGED
    yield "styled", book(sheet(ROSTER + '<row r="1048576"><c r="XFD1048576" s="0"/></row>')), READ
    yield "styled-row", book(sheet(ROSTER + '<row r="1048576" s="0" customFormat="1"/>')), READ
    yield "styled-columns", book(sheet(before='<cols><col min="1" max="16384" width="9" style="0"/></cols>')), READ
    for at, reference in enumerate(("XFE1048577", "ZZZZZZZ99999999999999999999", "A0", "1A", "-5", "", "$A$9", "九9")):
        yield f"reference-{at}", book(sheet(f'{ROSTER}<row><c r="{reference}"><v>1</v></c></row>')), WIDE
    yield "row-number-wild", book(sheet(ROSTER + '<row r="99999999999999999999"><c><v>1</v></c></row>')), WIDE
    yield "wide-rows", book(sheet("".join(f'<row r="{at}"><c r="XFD{at}"><v>1</v></c></row>' for at in range(1, 5001)))), alone
    yield (
        "diagonal",
        book(sheet("".join(f'<row r="{at}"><c r="{column_letters(at)}{at}"><v>1</v></c></row>' for at in range(1, 16385)))),
        alone,
    )
    backwards = "".join(f'<row r="{at}">{row([*PERSON])[5:]}' for at in range(9, 1, -1)) + f'<row r="1">{row(HEADERS)[5:]}'
    yield "backwards", book(sheet(backwards)), READ | DAMAGED


def swollen_parts() -> Iterator[Case]:
    """Little files that swell."""
    blanks = " " * 1000
    yield "sheet-blanks", book(swollen(blanks, 500_000, OPEN + ROSTER)), WIDE
    yield "sheet-comment", book(swollen(f"<!--{blanks}-->", 410_000, OPEN + ROSTER)), WIDE
    yield "sheet-500mb", book(swollen("<row/>", 80_000_000, OPEN + ROSTER)), LARGE | DAMAGED
    yield "million-rows", book(swollen("<row><c><v>1</v></c><c><v>2</v></c></row>", 1_000_000)), LARGE | {"no_roster_sheet"}
    yield "many-people", book(swollen(row(PERSON), 700_000, OPEN + ROSTER)), LARGE | READ
    yield "rows-empty", book(swollen("<row/>", 1_048_000, OPEN + ROSTER)), READ
    yield (
        "rows-serial",
        book(swollen("<row><c/><c/><c/><c/><c/><c/><c/><c/><c/><c><v>1</v></c></row>", 300_000, OPEN + ROSTER)),
        READ | LARGE,
    )
    yield "cells-styled", book(swollen("<row>" + '<c s="0"/>' * 17 + "</row>", 100_000, OPEN + ROSTER)), READ
    yield "cells-styled-many", book(swollen("<row>" + '<c s="0"/>' * 60 + "</row>", 300_000, OPEN + ROSTER)), READ | LARGE
    yield "strings-blanks", book(sheet(), extra=(strings("", blanks, 500_000),)), READ | LARGE
    yield "strings-many", book(sheet(), extra=(strings("", "<si><t>a</t></si>", 10_000_000),)), READ | LARGE
    yield (
        "string-300mb",
        book(sheet(), extra=(swollen("a" * 1000, 300_000, f'<sst xmlns="{MAIN}"><si><t>', "</t></si></sst>", "xl/sharedStrings.xml"),)),
        WIDE,
    )
    used_cell = '<c t="s"><v>0</v></c>'
    used = people([*PERSON[:-1], "x"]).replace(cell("x"), used_cell)
    long = swollen("a" * 1000, 300_000, f'<sst xmlns="{MAIN}"><si><t>', "</t></si></sst>", "xl/sharedStrings.xml")
    yield "string-300mb-used", book(sheet(used), extra=(long,)), WIDE
    yield (
        "string-inline-300mb",
        book(swollen("a" * 1000, 300_000, f'{OPEN}{ROSTER}<row><c t="inlineStr"><is><t>', f"</t></is></c></row>{CLOSE}")),
        WIDE,
    )
    long = strings(f"<si><t>{'a' * 32767}</t></si>")
    yield "string-many-times", book(swollen("<row>" + used_cell * 2 + "</row>", 1_000_000), extra=(long,)), LARGE | {"no_roster_sheet"}
    yield "string-of-roster", book(swollen("<row>" + used_cell * 10 + "</row>", 5_000, OPEN + ROSTER), extra=(long,)), READ | LARGE
    rich = swollen("<r><rPr><b/></rPr><t>a</t></r>", 2_000_000, f'<sst xmlns="{MAIN}"><si>', "</si></sst>", "xl/sharedStrings.xml")
    yield "string-rich", book(sheet(), extra=(rich,)), WIDE
    yield "styles-blanks", book(sheet(), extra=(styles("", blanks, 500_000),)), READ | LARGE
    yield "styles-many", book(sheet(), extra=(styles("<cellXfs>", '<xf numFmtId="14"/>', 2_000_000, "</cellXfs>"),)), READ | LARGE
    yield (
        "formats-many",
        book(sheet(), extra=(styles("<numFmts>", '<numFmt numFmtId="200" formatCode="yyyy"/>', 2_000_000, "</numFmts>"),)),
        READ | LARGE,
    )
    format_ = swollen(
        "y" * 1000,
        100_000,
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="200" formatCode="',
        '"/></numFmts></styleSheet>',
        "xl/styles.xml",
    )
    yield "format-long", book(sheet(), extra=(format_,)), WIDE
    yield "properties", book(sheet(), extra=(swollen(blanks, 410_000, "<a>", "</a>", "docProps/app.xml"),)), READ | LARGE
    yield "media", book(sheet(), extra=(swollen(blanks, 410_000, "", "", "xl/media/image1.png"),)), READ | LARGE
    yield from _swollen_lists()


def _swollen_lists() -> Iterator[Case]:
    """Lists that go on for ever behind a roster that is in order."""
    around = OPEN + ROSTER + "</sheetData>"
    lists = {
        "merges-same": ("mergeCells", '<mergeCell ref="A3:B4"/>', 2_000_000),
        "merges-tall": ("mergeCells", '<mergeCell ref="I3:I1048576"/>', 300_000),
        "validations": (
            "dataValidations",
            '<dataValidation type="list" sqref="D2:D9"><formula1>"a,b"</formula1></dataValidation>',
            1_000_000,
        ),
        "validations-everywhere": (
            "dataValidations",
            '<dataValidation type="list" sqref="A1:XFD1048576"><formula1>1</formula1></dataValidation>',
            300_000,
        ),
        "hyperlinks": ("hyperlinks", '<hyperlink ref="A2" location="A1" display="x"/>', 1_000_000),
        "breaks": ("rowBreaks", '<brk id="2" max="16383" man="1"/>', 1_000_000),
    }
    for name, (tag, unit, times) in lists.items():
        yield name, book(swollen(unit, times, f"{around}<{tag}>", f"</{tag}></worksheet>")), READ | LARGE
    unit = '<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression" priority="1"><formula>1=1</formula></cfRule></conditionalFormatting>'
    yield "conditional", book(swollen(unit, 500_000, around, "</worksheet>")), READ | LARGE
    ranges = swollen(
        "A1:A9 ", 5_000_000, f'{around}<conditionalFormatting sqref="', '"><cfRule type="x"/></conditionalFormatting></worksheet>'
    )
    yield "conditional-ranges", book(ranges), READ | LARGE
    over = "".join(f'<mergeCell ref="K1:{column_letters(at)}3"/>' for at in range(12, 1000))
    yield "merges-overlapping", book(sheet(after=f"<mergeCells>{over * 20}</mergeCells>")), WIDE
    yield (
        "merges-far",
        book(sheet(after="<mergeCells>" + "".join(f'<mergeCell ref="A{at}:XFD{at}"/>' for at in range(3, 60_000)) + "</mergeCells>")),
        READ | LARGE,
    )
    names = swollen(
        '<definedName name="a">Sheet1!A1</definedName>', 2_000_000, "<definedNames>", "</definedNames></workbook>", "xl/workbook.xml"
    )
    made = parts(sheet())
    names.head = made[2].head.replace(b"</workbook>", b"") + names.head
    yield "defined-names", zipped([*made[:2], names, *made[3:]]), READ | LARGE
    many = swollen('<Relationship Id="x" Type="y" Target="z"/>', 2_000_000, "", "</Relationships>", "xl/_rels/workbook.xml.rels")
    many.head = made[3].head.replace(b"</Relationships>", b"") + many.head
    yield "relationships", zipped([*made[:3], many, *made[4:]]), READ | LARGE | DAMAGED
    types = swollen('<Default Extension="x" ContentType="y"/>', 2_000_000, "", "</Types>", "[Content_Types].xml")
    types.head = made[0].head.replace(b"</Types>", b"") + types.head
    yield "content-types", zipped([types, *made[1:]]), READ | LARGE | DAMAGED


def dense_parts() -> Iterator[Case]:
    """The same, packed no better than genuine sheets are: what looks at the ratio alone lets them pass."""
    around = OPEN + ROSTER + "</sheetData>"
    lists = {
        "merges-same": ("mergeCells", '<mergeCell ref="A3:B4"/>'),
        "validations": ("dataValidations", '<dataValidation type="list" sqref="D2:D9"><formula1>"a,b"</formula1></dataValidation>'),
        "validations-everywhere": ("dataValidations", '<dataValidation sqref="A1:XFD1048576"><formula1>1</formula1></dataValidation>'),
        "hyperlinks": ("hyperlinks", '<hyperlink ref="A2" location="A1" display="x"/>'),
        "breaks": ("rowBreaks", '<brk id="2" max="16383" man="1"/>'),
    }
    for name, (tag, unit) in lists.items():
        yield name, book(_dense(unit, 60, f"{around}<{tag}>", f"</{tag}></worksheet>")), READ | LARGE
    unit = '<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression" priority="1"><formula>1=1</formula></cfRule></conditionalFormatting>'
    yield "conditional", book(_dense(unit, 60, around, "</worksheet>")), READ | LARGE
    yield "people", book(_dense(row(PERSON), 40, OPEN + ROSTER, CLOSE)), READ | LARGE
    yield "rows-empty", book(_dense("<row/>", 30, OPEN + ROSTER, CLOSE, together=6_000)), READ | LARGE
    yield "rows-small", book(_dense("<row><c><v>1</v></c></row>", 100, OPEN, CLOSE)), LARGE | {"no_roster_sheet"}
    yield "cells-small", book(_dense(f"<row>{'<c><v>1</v></c>' * 1000}</row>", 150, OPEN, CLOSE)), LARGE | {"no_roster_sheet"}
    yield "cells-styled", book(_dense("<row>" + '<c s="0"/>' * 1000 + "</row>", 100, OPEN + ROSTER, CLOSE)), READ | LARGE
    yield "blanks", book(_dense(" " * 100, 80, OPEN + ROSTER, CLOSE, together=4_000)), READ | LARGE
    yield (
        "string-long",
        book(_dense("a" * 100, 60, f'{OPEN}{ROSTER}<row><c t="inlineStr"><is><t>', f"</t></is></c></row>{CLOSE}", together=4_000)),
        WIDE,
    )
    tail = "</sst>", "xl/sharedStrings.xml"
    yield "strings-many", book(sheet(), extra=(_dense("<si><t>a</t></si>", 100, f'<sst xmlns="{MAIN}">', *tail),)), READ | LARGE
    yield "strings-rich", book(sheet(), extra=(_dense("<r><t>a</t></r>", 60, f'<sst xmlns="{MAIN}"><si>', "</si></sst>", tail[1]),)), WIDE
    tail = "</styleSheet>", "xl/styles.xml"
    yield (
        "styles",
        book(
            sheet(), extra=(_dense('<xf numFmtId="14"/>', 100, f'<styleSheet xmlns="{MAIN}"><cellXfs>', f"</cellXfs>{tail[0]}", tail[1]),)
        ),
        READ | LARGE,
    )
    yield (
        "formats",
        book(
            sheet(),
            extra=(
                _dense(
                    '<numFmt numFmtId="200" formatCode="yyyy"/>',
                    60,
                    f'<styleSheet xmlns="{MAIN}"><numFmts>',
                    f"</numFmts>{tail[0]}",
                    tail[1],
                ),
            ),
        ),
        READ | LARGE,
    )
    names = _dense('<definedName name="a">Sheet1!A1</definedName>', 60, "<definedNames>", "</definedNames></workbook>", "xl/workbook.xml")
    made = parts(sheet())
    names.head = made[2].head.replace(b"</workbook>", b"") + names.head
    yield "defined-names", zipped([*made[:2], names, *made[3:]]), READ | LARGE


def _dense(unit: str, megabytes: int, before: str, after: str, name: str = "xl/worksheets/sheet1.xml", together: int = 12_000) -> Part:
    """A part of so many megabytes that packs to about a hundredth of it."""
    return swollen(unit, megabytes * 1_000_000 // len(unit.encode()), before, after, name, max(together, len(unit.encode())))
