"""An inbox of awful files: whatever an enterprise, a mail program, a broken disk or an attacker may have left in it."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msoffcrypto.format.ooxml import OOXMLFile

from tests.support.hostile_files import hostile_cells, hostile_large, hostile_old, hostile_xlsx
from tests.support.hostile_files.hostile_xlsx import DAMAGED, HEADERS, LARGE, PERSON, READ, Case, book, sheet
from tests.support.hostile_files.hostile_zip import Part, zipped
from tests.support.workbooks import CLEAN, people

GOOD = {"钱良好": "210100198501010030", "孙良好": "210100198501010057", "李良好": "210100198501010073"}
PASSED = {"passed_over"}  # no workbook by its name: counted, not read
_ALIEN = {"not_a_workbook"}
_BROKEN = _ALIEN | DAMAGED
# What stands in the files that are read from outside the inbox, or may be: no output may show it.
SECRET = "绝密外部名册"


def good_roster(folder: Path) -> Path:
    """好名册.xlsx: three people with nothing to find, who are to be evaluated whatever lies beside them."""
    unit = {"单位名称": "良好机械有限公司"}
    return people(folder / "好名册.xlsx", *[CLEAN | unit | {"姓名": name, "身份证号": number} for name, number in GOOD.items()])


def write_hostile(folder: Path, *families: str) -> dict[str, set[str]]:
    """Fill ``folder`` with awful files, of all `FAMILIES` or of some: path in the folder → the outcomes that are right.

    An outcome is "read", a refusal's code, or "passed_over". What the files point at stands beside the folder.
    """
    found: dict[str, set[str]] = {}
    for family in families or FAMILIES:
        suffix, cases = FAMILIES[family]
        place = folder / family
        place.mkdir(parents=True)
        for name, content, outcomes in cases():
            path = f"{name}{suffix}" if suffix else name
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)
            found[f"{family}/{path}"] = outcomes
    if not families or "files" in families:
        found |= _special(folder) | _links(folder) | _outputs(folder) | _deep(folder)
    return found


def _formats() -> Iterator[Case]:
    """Files that are not what they are called."""
    whole = book()
    zip_of = {name: zipped([Part(f"{name}/document.xml", b"<a/>"), Part("[Content_Types].xml", b"<Types/>")]) for name in ("word", "ppt")}
    table = "<html><table><tr>" + "".join(f"<td>{text}</td>" for text in HEADERS) + "</tr></table></html>"
    xml = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    contents = {
        "空": b"",
        "一字节": b"P",
        "两字节": b"PK",
        "文本": "这不是工作簿".encode(),
        "网页": table.encode(),
        "网页-gbk": table.encode("gb18030"),
        "xml2003": xml.encode(),
        "pdf": b"%PDF-1.7\n" + bytes(500),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "elf": b"\x7fELF\2\1\1" + bytes(500),
        "rar": b"Rar!\x1a\7\0" + bytes(500),
        "docx": zip_of["word"],
        "pptx": zip_of["ppt"],
        "零": bytes(70_000),
        "随机": bytes((at * at * 7 + at) % 251 for at in range(20_000)),
    }
    for name, content in contents.items():
        for suffix in (".xlsx", ".xls", ".ods"):
            yield f"{name}{suffix}", content, {"archive"} if name == "rar" else _BROKEN if name in ("两字节", "docx", "pptx") else _ALIEN
    yield "._苹果.xlsx", b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(3000), PASSED
    for suffix in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".XLSX", ".xlsx.xlsx"):
        yield f"名册{suffix}", whole, READ
    for suffix, outcomes in {
        ".et": {"wps_format"},
        ".ett": {"wps_format"},
        ".tsv": {"unsupported_format"},
        ".numbers": {"unsupported_format"},
        ".zip": {"archive"},
        ".rar": {"archive"},
    }.items():
        yield f"名册{suffix}", whole, outcomes
    for suffix in (".txt", ".xlsx.txt", ".pdf", ".bak", "", ".xlsx.", ".xlsx~", ".xlsx.crdownload"):
        yield f"旁物{suffix}", whole, PASSED
    yield "~$名册.xlsx", b"\5user" + bytes(160), PASSED
    yield "~$名册.xls", whole, PASSED
    yield ".隐藏夹/名册.xlsx", whole, PASSED
    yield "表.xlsx/名册.xlsx", whole, READ
    yield "加密.xlsx", _sealed(whole, "secret"), {"encrypted"}
    yield "加密.xls", _sealed(whole, "secret"), {"encrypted"}
    yield "无密码.xlsx", _sealed(whole, "VelvetSweatshop"), READ | {"encrypted"}
    far = sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield "无密码炸弹.xlsx", _sealed(book(far), "VelvetSweatshop"), LARGE | {"encrypted", "no_roster_sheet"}
    cut = _sealed(whole, "secret")
    yield "加密截断.xlsx", cut[: len(cut) // 2], {"encrypted"} | _BROKEN


def _sealed(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, out)
    return out.getvalue()


def _texts() -> Iterator[Case]:
    """Delimited text in every coding, and what only has its suffix."""
    lines = "\r\n".join(",".join(row) for row in (HEADERS, PERSON))
    lost = _BROKEN | LARGE | {"no_roster_sheet"}
    for coding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        yield coding, lines.encode(coding), READ
    for coding in ("utf-16-le", "utf-16-be", "utf-32", "utf-7"):
        yield f"{coding}-bare", lines.encode(coding), READ | lost
    yield "tabs", lines.replace(",", "\t").encode(), READ
    yield "quotes-open", f'{lines}\r\n"赵,,,,'.encode(), READ | DAMAGED
    yield "quotes-many", ('"' * 300_000).encode(), lost
    yield "nul", lines.replace("赵", "赵\0").encode(), READ | lost
    yield "surrogate", lines.encode() + b"\xed\xa0\x80\xed\xb0\x80", READ | lost
    yield "half", lines.encode()[:-1] + b"\xe6", READ | lost
    yield "empty", b"", lost
    yield "bom", b"\xef\xbb\xbf", lost
    yield "binary", bytes(range(256)) * 400, _ALIEN
    yield "one-line", b"a" * 500_000, lost
    yield "one-cell-of-roster", f"{lines}\r\n赵示例,,{'满' * 140_000}".encode(), READ | lost
    yield "one-line-of-commas", b"," * 400_000, lost
    yield "one-line-of-cells", b"a," * 200_000, lost
    yield "rows-empty", lines.encode() + b"\r\n" * 250_000, READ | LARGE
    yield "rows-of-commas", lines.encode() + b"\r\n,,,," * 50_000, READ | LARGE
    yield "rows-many", b"a,b\n" * 150_000, {"no_roster_sheet"} | LARGE
    yield "widening", "\n".join("a," * at for at in range(500)).encode(), {"no_roster_sheet"} | LARGE
    yield "separator", f"sep=;\r\n{lines.replace(',', ';')}".encode(), READ
    yield "formulas", f"{lines}\r\n=cmd|' /C calc'!A0,,=1+1,@SUM(A1),+1,-1,\t=1".encode(), READ


def _names() -> Iterator[Case]:
    """Names that a careless program trips over; every file is a sound roster."""
    names = [
        "a" * 250 + ".xlsx",
        "长" * 83 + ".xlsx",
        "换\n行.xlsx",
        "引'号\"`.xlsx",
        "[a-z]*?.xlsx",
        "%s%n{0}{x!r}.xlsx",
        "😀👨‍👩‍👧.xlsx",
        "-rf.xlsx",
        "--out.xlsx",
        "210100198501010014.xlsx",
        "电话13800138000.xlsx",
        "Same.xlsx",
        "same.xlsx",
        "caf\u00e9.xlsx",
        "cafe\u0301.xlsx",
        "CON.xlsx",
        "nul.xlsx",
        "末尾空格 .xlsx",
        "a;b|c&d$(e).xlsx",
        "<b>&amp;.xlsx",
        "=cmd|' calc'!A0.xlsx",
        "\u202exslx.xlsx",
        "制\t表.xlsx",
        "\x01\x7f.xlsx",
        "反\\斜.xlsx",
        "C:名册.xlsx",
        "..xlsx.xlsx",
        "...xlsx",
        " .xlsx",
        ".隐藏.xlsx",
        "后缀.xlsx ",
        os.fsdecode("花名册".encode("gb18030") + b".xlsx"),
        os.fsdecode(b"\xff\xfe\x80.xlsx"),
        os.fsdecode(b"\xed\xa0\x80.xlsx"),
        "甲/同名.xlsx",
        "乙/同名.xlsx",
        "乙/_同名.xlsx",
        os.fsdecode("单位".encode("gb18030")) + "/同名.xlsx",
    ]
    for at, name in enumerate(names):
        yield name, book(sheet(hostile_xlsx.people([f"赵{at}", *PERSON[1:]]))), READ


def _special(folder: Path) -> dict[str, set[str]]:
    """What is no regular file, and what may not be opened."""
    place = folder / "special"
    place.mkdir()
    os.mkfifo(place / "pipe.xlsx")
    os.mknod(place / "socket.xlsx", stat.S_IFSOCK | 0o600)
    found = {"special/pipe.xlsx": _ALIEN, "special/socket.xlsx": _ALIEN}
    os.mkfifo(place / "pipe.txt")
    found["special/pipe.txt"] = PASSED
    if os.geteuid() != 0:
        (place / "locked.xlsx").write_bytes(book())
        (place / "locked.xlsx").chmod(0)
        (place / "locked").mkdir(mode=0)
        found |= {"special/locked.xlsx": {"no_permission"}, "special/locked": {"no_permission"}}
    return found


def _links(folder: Path) -> dict[str, set[str]]:
    """Links into, out of and round the inbox."""
    place, outside = folder / "links", folder.parent / f"{folder.name}-outside"
    place.mkdir()
    people(outside / "外部.xlsx", CLEAN | {"姓名": SECRET})
    (place / "real.xlsx").write_bytes(book(sheet(hostile_xlsx.people(["赵链接", *PERSON[1:]]))))
    targets = {
        "zero.xlsx": ("/dev/zero", {"outside_link"} | _ALIEN),
        "passwd.xlsx": ("/etc/passwd", {"outside_link"}),
        "passwd.csv": ("/etc/passwd", {"outside_link"}),
        "environ.csv": ("/proc/self/environ", {"outside_link"}),
        "roster.xlsx": (outside / "外部.xlsx", {"outside_link"}),
        "relative.xlsx": (f"../../{outside.name}/外部.xlsx", {"outside_link"}),
        "dangling.xlsx": ("nowhere.xlsx", {"vanished"}),
        "itself.xlsx": ("itself.xlsx", {"vanished", "unreadable_file"}),
        "circle-1.xlsx": ("circle-2.xlsx", {"vanished", "unreadable_file"}),
        "circle-2.xlsx": ("circle-1.xlsx", {"vanished", "unreadable_file"}),
        "again.xlsx": ("real.xlsx", PASSED),
        "folder-out": (outside, {"outside_link"}),
        "folder-out.xlsx": (outside, {"outside_link"}),
        "folder-root": ("/", {"outside_link"}),
    }
    for name, (target, _) in targets.items():
        (place / name).symlink_to(target)
    (place / "folder-circle").symlink_to("..")
    os.link(place / "real.xlsx", place / "hard.xlsx")
    return {f"links/{name}": outcomes for name, (_, outcomes) in targets.items()} | {"links/real.xlsx": READ, "links/hard.xlsx": READ}


def _outputs(folder: Path) -> dict[str, set[str]]:
    """Folders with a run.json: only an audit's own is left out."""
    found = {}
    for name, said in {
        "ours": b'{"tool": "guantong"}',
        "theirs": b'{"tool": "x"}',
        "nested": b"[" * 500_000,
        "list": b"[]",
        "text": b"\xff",
    }.items():
        place = folder / "outputs" / name
        place.mkdir(parents=True)
        (place / "run.json").write_bytes(said)
        (place / "名册.xlsx").write_bytes(book())
        found |= {f"outputs/{name}/名册.xlsx": PASSED if name == "ours" else READ, f"outputs/{name}/run.json": PASSED}
    for name in ("pipe", "zero"):
        place = folder / "outputs" / name
        place.mkdir()
        os.mkfifo(place / "run.json") if name == "pipe" else (place / "run.json").symlink_to("/dev/zero")
        (place / "名册.xlsx").write_bytes(book())
        found |= {f"outputs/{name}/名册.xlsx": READ, f"outputs/{name}/run.json": PASSED}
    return found


def _deep(folder: Path) -> dict[str, set[str]]:
    """A hundred folders deep; and so deep that the path can't be opened any more."""
    place = folder / "deep"
    inner = place.joinpath(*["层"] * 100)
    inner.mkdir(parents=True)
    (inner / "名册.xlsx").write_bytes(book())
    long, at = "长" * 80, place
    handle = os.open(place, os.O_RDONLY)
    while len(os.fsencode(at.absolute())) < 4096:
        os.mkdir(long, dir_fd=handle)
        inner = os.open(long, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle, at = inner, at / long
    os.close(handle)
    unopened = at.relative_to(folder).as_posix()
    return {f"deep/{'层/' * 100}名册.xlsx": READ, unopened: {"unreadable_file"}}


# Family → (suffix of its files, or '' where their names have their own; what makes them).
FAMILIES = {
    "files": ("", _formats),
    "texts": (".csv", _texts),
    "names": ("", _names),
    "far": (".xlsx", hostile_large.far_cells),
    "packages": (".xlsx", hostile_xlsx.packages),
    "markup": (".xlsx", hostile_xlsx.markup),
    "values": (".xlsx", hostile_xlsx.values),
    "structures": (".xlsx", hostile_xlsx.structures),
    "ods": (".ods", hostile_old.open_documents),
    "xls": (".xls", hostile_old.old_workbooks),
    "xlsb": (".xlsb", hostile_old.binary_workbooks),
    "swollen": (".xlsx", hostile_large.swollen_parts),
    "dense": (".xlsx", hostile_large.dense_parts),
    "cells": (".xlsx", hostile_cells.hostile_texts),
    "tables": (".xlsx", hostile_cells.tables),
}
