"""A workbook that reaches too far only by cells that hold blanks, without these."""

from __future__ import annotations

import io
import re

from guantong.schemas.files.xlsx.xlsx_parts import MOST_MENDED, relations_of
from guantong.schemas.files.zip_package import PackageWriter, ZipPackage

_BLANK = r"(?:\s|&#160;|&#x[aA]0;|&#12288;|[\u200b-\u200d\ufeff])*"
_TEXT = re.compile(r"<(?:\w+:)?si(?:\s[^<>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_ONLY_BLANK = re.compile(_BLANK)
_FORMULA = r"(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?"
_INLINE = rf"<(?:\w+:)?is>\s*(?:<(?:\w+:)?t\b[^<>]*(?:/>|>{_BLANK}</(?:\w+:)?t>)\s*)*</(?:\w+:)?is>"
_WRITTEN = rf"<(?:\w+:)?v\b[^<>]*(?:/>|>{_BLANK}</(?:\w+:)?v>)"


def without_blanks(package: ZipPackage) -> ZipPackage | None:
    """The package of an .xlsx without the cells of its sheets that hold blanks alone; None where there is no such, or it is too large to be looked through."""
    kinds = {relation.part.lower(): relation.kind for relation in relations_of(package, "xl/workbook.xml")}
    sheets = [name for name in package.parts if kinds.get(name) == "worksheet"]
    looked_at = [*sheets, *(name for name in package.parts if kinds.get(name) == "sharedstrings")]
    if sum(package.parts[name].file_size for name in looked_at) > MOST_MENDED:
        return None
    strings = next((package.read(name).decode("utf-8", "replace") for name in looked_at if name not in sheets), "")
    cell = _blank_cell([str(at) for at, text in enumerate(_TEXT.findall(strings)) if _ONLY_BLANK.fullmatch(_TAG.sub("", text))])
    texts = {name: package.read(name).decode("utf-8", "surrogateescape") for name in sheets}
    left = {name: cell.sub("", text) for name, text in texts.items()}
    if left == texts:
        return None
    file = io.BytesIO()
    with PackageWriter(file) as written:
        for name, text in left.items():
            written.add(package.parts[name].filename, text.encode("utf-8", "surrogateescape"))
        for name, info in package.parts.items():
            if name not in left:
                written.add_packed(info.filename, package.packed(info), info)
    return ZipPackage(file.getvalue())


def _blank_cell(indices: list[str]) -> re.Pattern[str]:
    """A cell that holds blanks alone; ``indices``: the numbers of the shared texts that are blank."""
    shared = rf'|[^<>]*\st="s"[^<>]*>\s*<(?:\w+:)?v>(?:{"|".join(indices)})</(?:\w+:)?v>' if indices else ""
    of_text = rf'[^<>]*\st="inlineStr"[^<>]*>\s*{_INLINE}|[^<>]*\st="str"[^<>]*>\s*{_FORMULA}{_WRITTEN}'
    return re.compile(rf"<(?:\w+:)?c\s(?:{of_text}{shared})\s*</(?:\w+:)?c>")
