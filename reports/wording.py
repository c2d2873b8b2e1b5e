"""Words that every report shares: the order of outcomes and targets, headings, and how the policy and the as-of day are put."""

import json
from datetime import date

from guantong.schemas.own_marks import SEVERITIES as SEVERITIES

DISCLAIMER = "候选建议，以评审（鉴定）机构审核为准"
ELIGIBLE_COUNT = "符合申报条件人数"
NEARLY_THERE_COUNT = "一年内即将符合人数"
BLANK = "（未填）"
# Why it is not known what a cell says, in every list of cells.
UNREADABLE, AT_ODDS, IN_CONFLICT = "无法识别", "与另一栏不符", "几处记载不一致"
# Findings of cells that can be read, and of which another cell says otherwise.
AT_ODDS_CODES = (
    "column_conflict", "credential_contradicted", "state_contradicted", "grade_contradicted", "fact_contradicted", "integrity_elsewhere",
    "credential_elsewhere",
)  # fmt: skip
VOID_FIELDS = ("skill", "title", "honours")  # that are not known where a row is void
OTHER_TARGET = "等级由其他规定确定"  # a verdict without a target: the route says by which
TRACKS = {"skill": "技能等级", "title": "职称"}
NOT_KNOWN = "不明"  # of a level or title that may be held: filled and unreadable, or told in two ways
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


def policy_line(rulebook: dict) -> str:
    """The policy in a line: document number, title, day of issue."""
    policy = rulebook["policy"]
    issued = f"（{policy['issued']}）" if policy["issued"] else ""
    return f"{policy['document']}《{policy['title']}》{issued}"


def document_numbers(rulebook: dict) -> str:
    """The number of the policy's document; of several policies all, in the order in which they were named."""
    return "、".join(document_number(part) for part in policy_parts(rulebook))


def document_number(part: dict) -> str:
    """The number of a policy's document, by which it differs from others."""
    return part.get("name") or part["policy"]["document"]


def policy_parts(rulebook: dict) -> list[dict]:
    """What each of several policies has of its own, with the days that it judges; the rule book itself where there is one."""
    return rulebook.get("policies") or [rulebook]


def policy_part_of(rulebook: dict, day: date | None) -> dict:
    """The part of the rule book by which a person was judged, whose award is of ``day``; the rule book itself where there is one policy."""
    day_text = day.isoformat() if day else ""
    for part in rulebook.get("policies", []):
        if any(span["first"] <= day_text and day_text <= (span["last"] or day_text) for span in part["days"]):
            return part
    return rulebook


def year_later(day: date) -> date:
    """The last day that is within a year (一年内) of a day: the corresponding one, or the last of that month (民法典 201–202)."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def certain_text(day: date | None) -> str:
    """Of a verdict that wants to know since when: the day by which the years are full, whatever the answer; nothing where that is not known."""
    return f"最迟 {day} 满年限" if day else ""


def work_years_text(least: int | None, most: int | None) -> str:
    """How long a person has done related work, in full years that a date known in part may give; nothing where the start is not told."""
    if least is None or most is None:
        return ""
    return f"从事相关工作已满{least}年" if least == most else f"从事相关工作已满{least}至{most}年"


def not_checked_text(rulebook: dict, direction: str) -> str:
    """What no roster shows and was not checked of the candidates of a direction, in a sentence; nothing where the policy names nothing."""
    items = rulebook["not_checked"].get(direction)
    return f"名册反映不出、本程序没有核对，须由单位和评审（鉴定）机构审核的：{'；'.join(items)}。" if items else ""


def is_retrospective(rulebook: dict) -> bool:
    """Whether each award was judged as of its own day (回溯审核), and not everybody as of one day."""
    return bool(rulebook.get("retrospective"))


def as_of_text(rulebook: dict) -> str:
    """The as-of day; of a retrospective audit, whose day each person has."""
    if not is_retrospective(rulebook):
        return rulebook["as_of"]
    retrospective = rulebook["retrospective"]
    span = f"（{retrospective['first']} 至 {retrospective['last']}）" if retrospective["first"] else ""
    return f"逐人按“{retrospective['column']}”{span}"


def provenance(rulebook: dict) -> list[tuple[str, str]]:
    """What every report bears, as (label, text): the day, the policy, and what a candidate is."""
    return [
        ("审核基准日", as_of_text(rulebook)),
        *([("回溯审核", rulebook["retrospective"]["note"])] if is_retrospective(rulebook) else []),
        *(("政策文件", policy_line(part) + _policy_scope(part)) for part in policy_parts(rulebook)),
        ("规则版本", "；".join(f"{part['policy']['id']}（sha256 {part['policy']['sha256'][:16]}）" for part in policy_parts(rulebook))),
        ("性质", DISCLAIMER),
    ]


def _policy_scope(part: dict) -> str:
    """Of one of several policies the days that it judges, and what its file holds of the document where that is not all."""
    if "days" not in part:
        return ""
    days = "、".join(span["told"] for span in part["days"])
    scope = part["policy"]["scope"]
    return f"　审核日在 {days}的用本文件" + (f"（{scope}）" if scope else "")


def count_label(outcome: str, words: dict[str, str]) -> str:
    """The heading of a count of persons of this outcome."""
    return ELIGIBLE_COUNT if outcome == "eligible" else f"{words[outcome]}人数"


def setting_title(setting: dict) -> str:
    """A setting as a heading: its Chinese title where it has one, and the name by which it is set."""
    return f"{setting['title']}（{setting['name']}）" if "title" in setting else setting["name"]


def setting_text(value: object) -> str:
    """A setting's value for reading: lists joined, booleans as 是 and 否, none as 无."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "无"
    if isinstance(value, list | tuple):
        return "、".join(setting_text(item) for item in value) or "无"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def place_text(source: str | None, sheet: str | None, row: int | None, column: str | None) -> str:
    """Where a finding stands, as Excel writes it: 花名册!H12, 花名册!第12行, 花名册!H列, 全文件."""
    if sheet is None:
        return "全文件" if source is not None else "—"
    if row is None:
        return f"{sheet}!{column}列" if column else f"{sheet}（整张表）"
    return f"{sheet}!{column}{row}" if column else f"{sheet}!第{row}行"
