"""Rosters whose cells are sound, and whose sheet, workbook or format is odd; two of them must be refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import xlsxwriter

from guantong.sample_data import workbooks

Person = dict[str, object]
_CREATED = dt.datetime(2025, 11, 3, 9, 0)  # fixed: the same seed gives the same bytes
_DAY_1904 = dt.date(1904, 1, 1)
_FAR = (1_048_575, 16_383)  # the last cell of a sheet
_BASIC = (  # a macro as LibreOffice keeps it: the libraries, the modules of one, and the module
    ("Basic/script-lc.xml", '<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">'
     '<library:library library:name="Standard" library:link="false"/></library:libraries>'),
    ("Basic/Standard/script-lb.xml", '<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"'
     ' library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>'),
    ("Basic/Standard/Module1.xml", '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"'
     ' script:language="StarBasic">Sub Main\nEnd Sub\n</script:module>'),
)  # fmt: skip
_SOURCE = '<table:table-source xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="simple" xlink:href="{}" table:table-name="{}"/>'
_WORKSHEET, _MACRO_SHEET = b"\x09\x08\x10\x00\x00\x06\x10\x00", b"\x09\x08\x10\x00\x00\x06\x40\x00"  # how an .xls sheet begins


def write_oddities(folder: Path, people: list[Person]) -> None:
    """Write the rosters of nine people."""
    _hidden(folder / "隐藏内容和公式.xlsx", people[:4])
    _csv(folder / "国标编码.csv", people[4:6])
    _macros_and_links(folder / "宏和外部引用.ods", people[6:8])
    _far(folder / "单元格太远.xlsx", people[8:])
    _macro_sheet(folder / "宏工作表.xls", people[8:])


def _table(people: list[Person]) -> list[list[object]]:
    return [list(people[0]), *(list(person.values()) for person in people)]


def _hidden(path: Path, people: list[Person]) -> None:
    """Hidden: a row, two columns, a sheet, and by its number format a cell. Days are counted from 1904, and a formula was never calculated."""
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        book.set_properties({"created": _CREATED})
        pages = [book.add_worksheet(name) for name in ("花名册", "花名册（旧）")]
        for page, rows in zip(pages, (_table(people[:3]), _table(people[3:]))):
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
        day = list(people[0]).index("技能等级取得时间")
        pages[0].write_number(1, day, (dt.date(2018, 6, 30) - _DAY_1904).days)
        pages[0].write_formula(2, day, "=DATE(2018,6,30)", None, "")
        unit = list(people[0]).index("单位名称")
        pages[0].write_string(3, unit, str(people[2]["单位名称"]), book.add_format({"num_format": ";;;"}))
        pages[0].set_row(3, None, None, {"hidden": True})
        pages[0].set_column("D:E", None, None, {"hidden": True})
        pages[1].hide()


def _csv(path: Path, people: list[Person]) -> None:
    """As Excel saves CSV on a Chinese Windows, numbers of people kept as text by a tab."""
    text = io.StringIO()
    csv.writer(text).writerows(_table([person | {"身份证号": f"\t{person['身份证号']}"} for person in people]))
    path.write_bytes(text.getvalue().encode("gb18030"))


def _macros_and_links(path: Path, people: list[Person]) -> None:
    """A macro that does nothing, and a sheet that is linked to another file."""
    old = "去年名册"
    workbooks.write(path, [workbooks.Sheet("花名册", _table(people)), workbooks.Sheet(old, [["见去年的文件"]])])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    begin = f'<table:table table:name="{old}">'
    assert begin in parts["content.xml"]
    parts["content.xml"] = parts["content.xml"].replace(begin, begin + _SOURCE.format("../去年名册.ods", old))
    listed = "".join(f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>' for name, _ in _BASIC)
    end = "</manifest:manifest>"
    parts["META-INF/manifest.xml"] = parts["META-INF/manifest.xml"].replace(end, listed + end)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in (parts | dict(_BASIC)).items():
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            book.writestr(zipfile.ZipInfo(name), content, packed)


def _far(path: Path, people: list[Person]) -> None:
    """A cell that was filled by mistake makes the sheet as large as a sheet can be."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": _CREATED})
        page = book.add_worksheet("花名册")
        for at, row in enumerate(_table(people)):
            page.write_row(at, 0, row)
        page.write_string(*_FAR, "误填")


def _macro_sheet(path: Path, people: list[Person]) -> None:
    """A second sheet that is one of Excel 4.0 macros, which no library writes: a plain one, marked so in both its places."""
    workbooks.write(path, [workbooks.Sheet("花名册", _table(people)), workbooks.Sheet("宏1", [["示例"]])])
    content = path.read_bytes()
    listed = content.index(b"\x85\x00", content.index(b"\x85\x00", content.index(_WORKSHEET[:6])) + 4)
    content = content[: listed + 9] + b"\x01" + content[listed + 10 :]
    begins = content.rindex(_WORKSHEET)
    path.write_bytes(content[:begins] + _MACRO_SHEET + content[begins + len(_MACRO_SHEET) :])
