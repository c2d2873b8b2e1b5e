"""Facts of the unit that stand above a header: 填报单位：…, 统一社会信用代码：…, 所在市：…."""

from __future__ import annotations

import re
import unicodedata

from guantong.schemas.text import label

# A label speaks of the reporting unit only by itself: 主管单位, 发证单位 and 制表单位 are others.
_PATTERNS = {
    "unit": re.compile(
        r"(?<![\u3400-\u9fff])本?(?:(?:填报|填表|申报|报送|上报|呈报|报名|用人|工作|所在)?单位(?:名称|全称)?|(?:申报|用人|所在)?(?:企业|公司)(?:名称|全称)?)"
        r"(?:\((?:盖章|公章|章|全称|签章)\)|盖章|公章)*[:：]([^\s:：]+)(?=([:：])?)"
    ),
    "unit_code": re.compile(r"(?:统一社会信用代码|信用代码)[:：]\s*([0-9A-Za-z]{18})"),
    "city": re.compile(r"(?:所在市|所在地市|所属市|所在地区)[:：]\s*([^\s:：]+)"),
}
_LONE_LABEL = re.compile(r"(?:填报|申报|报送|上报)单位(?:名称|全称)?")  # in a cell of its own, with the unit in the next
_SPREAD = re.compile(r"(填 ?报 ?|申 ?报 ?|报 ?送 ?)?单 ?位( ?名 ?称)?(?= ?[(:：])")  # 单 位：
_MEASURE = re.compile(r"[人次名元万千百亿个岁年月日天份张台件%％位户家篇项分学时小米公里吨/、,，]+")
_STAMP = re.compile(r"\((盖章|公章|章|签章)\)")
_DATE = re.compile(r"[,，、(]*((19|20)\d\d|二[〇零○O])[\d〇零○O一二三四五六七八九十年月日度号./-]*\)?$")
_NEXT_LABEL = re.compile(
    r"(填报|填表|制表|编制|报送|上报|审核|统计|联系|经办|单位|部门)?(人|者|日期|时间|年月|负责人|电话|方式|单位|部门|所在市|统一社会信用代码)$"
)


def facts_above(rows: list[list[object]]) -> dict[str, str]:
    """Facts of the unit that stand in rows; of several, the first."""
    found: dict[str, str] = {}
    for row in rows:
        line = _line(row)
        for name, pattern in _PATTERNS.items():
            for match in pattern.finditer(line):
                value = _unit(match) if name == "unit" else match[1]
                if value:
                    found.setdefault(name, value)
    return found


def _line(row: list[object]) -> str:
    cells = [unicodedata.normalize("NFKC", text) for cell in row if (text := label(cell))]
    line = " ".join(f"{text}：" if _LONE_LABEL.fullmatch(text) else text for text in cells)
    return re.sub(r"[:：]\s+", "：", _SPREAD.sub(lambda found: found[0].replace(" ", ""), line))


def _unit(match: re.Match[str]) -> str:
    """The unit that a line names: less a stamp's place, a day, or the next label that is written on to it; '' for a unit of measure."""
    text = _STAMP.sub("", match[1])
    if match[2]:
        text = _NEXT_LABEL.sub("", text)
    text = _DATE.sub("", text).strip("_,，。;；")
    if text.count(")") > text.count("("):
        text = text.rstrip(")")
    return "" if _MEASURE.fullmatch(text) else text
