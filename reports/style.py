"""Words, colours, widths and file names that every report shares. Knows no rule and no table."""

import base64
import hashlib
import json
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from math import ceil
from pathlib import Path

from guantong.schemas.text import mask_numbers

DISCLAIMER = "候选建议，以评审（鉴定）机构审核为准"
ELIGIBLE_COUNT = "符合申报条件人数"
NO_ROUTE = "无对应条款"
BLANK = "（未填）"
OTHER_TARGET = "等级由其他规定确定"  # a verdict without a target: the route says by which
SEVERITIES = {"error": "错误", "warning": "提醒"}

TRACKS = {"skill": "技能等级", "title": "职称"}
DIRECTIONS = ("skill-to-title", "title-to-skill")
# Best first. The order in which a person's lines stand, and in which a table's columns do.
OUTCOMES = ("eligible", "refer", "unverified", "not_yet", "held", "ineligible", "no_route")
# Highest first, for the order of lines only: what a target needs is the policy's to say.
TARGETS = (
    "正高级工程师", "高级工程师", "工程师", "助理工程师", "技术员",
    "首席技师", "特级技师", "一级/高级技师", "二级/技师", "三级/高级工", "四级/中级工", "五级/初级工",
)  # fmt: skip
SKILLED = TARGETS[5:]  # 技能人才: with any skill level
HIGHLY_SKILLED = TARGETS[5:10]  # 高技能人才: 高级工 and above

FONT, TITLE_HEIGHT = "宋体", 22
INK, MUTED, HEAD, LINE = "#1F2937", "#6B7280", "#DCE6F1", "#BFC7D1"
ERROR, WARNING = "#FFC7CE", "#FFEB9C"
DATE, DATETIME, COUNT, SHARE, RATE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "#,##0", "0.0%", "#,##0.0"
# User text stays text: never a formula, a link or a number.
_FORMULA = re.compile(r"[\t\r\n]|[\W_]*?[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−]")
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def digest(text: str) -> str:
    """Sixteen letters and digits that stand for `text` in a file name: eighty bits, so that no two are found that share them."""
    return base64.b32encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:10]).decode().lower()


def slug(text: str, longest: int = 120) -> str:
    """`text` as a part of a file name, of at most `longest` bytes: letters and digits of any script, numbers of people masked, the rest as `_`."""
    plain = mask_numbers(unicodedata.normalize("NFKC", text))
    kept = "".join(c if c.isalnum() else " " for c in plain)
    return "_".join(kept.split()).encode()[:longest].decode(errors="ignore").rstrip("_") or "unnamed"


def unformula(value: object) -> object:
    """A value as a CSV has it: before a text that a spreadsheet would run as a formula, or take for one to be mended, an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def columns(text: str) -> float:
    """Columns of a fixed-width font that `text` takes on one line: a Chinese character two, a Latin one."""
    return len(text) if text.isascii() else (len(text) + len(text.encode("utf-8", "replace"))) / 2


@lru_cache(maxsize=1 << 14)  # the same clause stands in thousands of rows
def lines_of(text: str, width: float) -> int:
    """Lines that `text` takes, wrapped in a cell `width` characters wide."""
    room = max(2.0, width * 0.95)  # a line rarely ends just at the edge
    return sum(max(1, ceil(columns(line) / room)) for line in text.split("\n"))


def height_of(lines: int) -> float:
    """Points of a row of this many lines, as far as Excel goes."""
    return min(409.0, 15.0 * lines)


def policy_line(rulebook: dict) -> str:
    """The policy in a line: document number, title, day of issue."""
    policy = rulebook["policy"]
    issued = f"（{policy['issued']}）" if policy["issued"] else ""
    return f"{policy['document']}《{policy['title']}》{issued}"


def documents(rulebook: dict) -> str:
    """The number of the policy's document; of several policies all, in the order in which they were named."""
    return "、".join(name_of(part) for part in parts(rulebook))


def name_of(part: dict) -> str:
    """The number of a policy's document, by which it is told from others."""
    return part.get("name") or part["policy"]["document"]


def parts(rulebook: dict) -> list[dict]:
    """What each of several policies has of its own, with the days that it judges; the rule book itself where there is one."""
    return rulebook.get("policies") or [rulebook]


def judging(rulebook: dict, day: date | None) -> dict:
    """The part of the rule book by which a person was judged, whose award is of ``day``; the rule book itself where there is one policy."""
    told = day.isoformat() if day else ""
    for part in rulebook.get("policies", []):
        if any(span["first"] <= told and told <= (span["last"] or told) for span in part["days"]):
            return part
    return rulebook


def as_of_told(rulebook: dict) -> str:
    """The as-of day; of a retrospective audit, whose day each person has."""
    retrospective = rulebook.get("retrospective")
    if not retrospective:
        return rulebook["as_of"]
    span = f"（{retrospective['first']} 至 {retrospective['last']}）" if retrospective["first"] else ""
    return f"逐人按“{retrospective['column']}”{span}"


def bearings(rulebook: dict) -> list[tuple[str, str]]:
    """What every report bears, as (label, text): the day, the policy, and what a candidate is."""
    retrospective = rulebook.get("retrospective")
    return [
        ("审核基准日", as_of_told(rulebook)),
        *([("回溯审核", retrospective["note"])] if retrospective else []),
        *(("政策文件", policy_line(part) + _scope(part)) for part in parts(rulebook)),
        ("规则版本", "；".join(f"{part['policy']['id']}（sha256 {part['policy']['sha256'][:16]}）" for part in parts(rulebook))),
        ("性质", DISCLAIMER),
    ]


def _scope(part: dict) -> str:
    """Of one of several policies the days that it judges, and what its file holds of the document where that is not all."""
    if "days" not in part:
        return ""
    days = "、".join(span["told"] for span in part["days"])
    scope = part["policy"]["scope"]
    return f"　审核日在 {days}的用本文件" + (f"（{scope}）" if scope else "")


def outcome_words(rulebook: dict) -> dict[str, str]:
    """{outcome: Chinese word}, with `no_route`, which is a summary's and not a verdict's."""
    return {"no_route": NO_ROUTE, **rulebook["outcomes"]}


def count_label(outcome: str, words: dict[str, str]) -> str:
    """The heading of a count of persons of this outcome."""
    return ELIGIBLE_COUNT if outcome == "eligible" else f"{words[outcome]}人数"


def setting_title(setting: dict) -> str:
    """A setting as a heading: its Chinese title where it has one, and the name by which it is set."""
    return f"{setting['title']}（{setting['name']}）" if "title" in setting else setting["name"]


def as_text(value: object) -> str:
    """A setting's value for reading: lists joined, booleans as 是 and 否, none as 无."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "无"
    if isinstance(value, list | tuple):
        return "、".join(as_text(item) for item in value) or "无"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def place(source: str | None, sheet: str | None, row: int | None, column: str | None) -> str:
    """Where a finding stands, as Excel writes it: 花名册!H12, 花名册!第12行, 花名册!H列, 全文件."""
    if sheet is None:
        return "全文件" if source is not None else "—"
    if row is None:
        return f"{sheet}!{column}列" if column else f"{sheet}（整张表）"
    return f"{sheet}!{column}{row}" if column else f"{sheet}!第{row}行"


def created(rulebook: dict) -> datetime:
    """The creation time written into a workbook: the as-of day, so that a rerun gives the same file; of a retrospective audit the last."""
    day = rulebook["as_of"] or rulebook["retrospective"]["last"] or rulebook["policy"]["in_force_from"]
    return datetime.combine(date.fromisoformat(day), datetime.min.time())


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on leaving without an error it becomes `target`.

    Whatever raises inside leaves the last `target` as it was, and no temporary file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """`replacing`, for a folder that does not stand there yet."""
    with replacing(target) as temporary:
        temporary.mkdir()
        try:
            yield temporary
        except BaseException:
            shutil.rmtree(temporary)
            raise
