"""The words of a policy for reports and for people: rulebook.json, and the readable rule book."""

from __future__ import annotations

import datetime as dt

from guantong.rules.policy.by_day import cited_clause, document_name, route_id, spans_of
from guantong.rules.policy.document import Direction, Document, Route
from guantong.rules.policy.load import Policy
from guantong.rules.reading import READING
from guantong.rules.vocabulary import SKILL_WORDS, SKILLS, condition_fields
from guantong.schemas import catalogue

Words = dict[str, object]  # of a report, as JSON has them
OUTCOMES = {
    "eligible": "符合申报条件（候选）",
    "refer": "另行评价（候选）",
    "unverified": "待核实",
    "not_yet": "未满年限",
    "held": "已具备",
    "ineligible": "不符合",
    "no_route": "无适用路径",
}
DIRECTIONS: dict[Direction, str] = {"skill-to-title": "高技能人才申报职称", "title-to-skill": "专业技术人才参加职业技能评价"}
# {clause}: that of the condition that a note is about.
NOTES = {
    "credential_unknown": "所持等级（职称）可能低于所需，请核对证书（{clause}）",
    "honour_unknown": "荣誉是否属所列荣誉不能确定，请核对证书和表彰文件（{clause}）",
    "integrity_unknown": "诚信情况未填或不明，请核对有无弄虚作假（{clause}）",
    "in_service_unknown": "在岗状态未填或不明，请核对是否在岗（{clause}）",
    "frontline_unknown": "是否一线岗位未填或不明，请核对（{clause}）",
    "field_unknown": "是否工程技术领域未填或不明，请核对（{clause}）",
    "area_unknown": "所在市未填或不明，请核对是否在本省（{clause}）",
    "post_unknown": "岗位类别未填或不明，请核对（{clause}）",
    "skill_floor_unknown": "技能等级未填或不明，请核对是否高级工及以上（{clause}）",
    "assessments_unknown": "近3年年度考核不全，请核对（{clause}）",
    "series_unknown": "职称系列不明，请核对是否工程系列（{clause}）",
    "tenure_unknown": "取得时间不明，请核对年限",
    "relation": "请核对职称专业与职业（工种）是否相同或相关（四）",
    "held_unknown": "另一方向现有等级（职称）不能确定，请核对是否已具备",
    "post_changed": "现岗位起始时间在所看的考核年度之内，请核对在现工作岗位上的年度考核（{clause}）",
    "service_noted": "借调、外派、挂职等，请核对是否仍在本单位工作（{clause}）",
    "theory_exam": "所学专业与所申报职业（专业）相同或相关的，可免于理论知识考试，请核对毕业证书（四）",
    "theory_exam_exempt": "按专业与职业关系表，所学专业与职业（工种）相同或相关，凭毕业证书可免于理论知识考试（四）",
}
# The same in a word or two, for a column of many.
NOTE_WORDS = {
    "credential_unknown": "等级",
    "honour_unknown": "荣誉",
    "integrity_unknown": "诚信",
    "in_service_unknown": "在岗",
    "frontline_unknown": "一线",
    "field_unknown": "领域",
    "area_unknown": "所在市",
    "post_unknown": "岗位类别",
    "skill_floor_unknown": "高级工及以上",
    "assessments_unknown": "年度考核",
    "series_unknown": "职称系列",
    "tenure_unknown": "年限",
    "relation": "专业相关",
    "held_unknown": "是否已具备",
    "post_changed": "现岗位考核",
    "service_noted": "借调",
    "theory_exam": "理论考试",
    "theory_exam_exempt": "免理论考试",
}
# What a retrospective audit can't know of the day, told with every result.
RETROSPECTIVE_NOTE = "岗位、在岗、一线、荣誉、诚信按名册现状，请核对当日情况；结果供人工复核，以评审（鉴定）机构认定为准。"
_NOTED_CONDITION = {"post_changed": "assessments", "service_noted": "in_service"}
VALUE_WORDS = {  # of the settings that take one of several words
    "interval": "按整段日期",
    "earliest": "只取最早一日",
    "latest": "只取最晚一日",
    "unknown": "不明",
    "none": "视为没有",
    "from_higher": "自较高等级取得之日起算",
    "anniversary": "满对应日",
    "calendar_year": "按年份相减，当年1月1日即满",
    "verify": "待核实",
    "review": "成立，附核对提示",
    "ignore": "不看",
    "out": "视为不在所列岗位",
    "previous_year": "整张表都没有的，往前推一年",
    "years_served": "只看工作以来的年度",
}
UNKNOWN_WORDS = {"verify": "待核实", "review": "成立，附核对提示", "ignore": "成立，不附提示", "fail": "视为不符合"}
SETTING_NAMES = {
    "higher_level_serves": "较高等级可走较低等级的路径",
    "earliest_credential_counts": "年限自最早取得所需等级起算",
    "related_work_start_counts": "从事相关工作晚于取得证书的，自从事之日起算",
    "interruptions_added": "中断月数不计入年限",
    "partial_dates": "只写到年或月的日期",
    "assessment_years": "年度考核看最近几年",
    "assessment_year_included": "审核当年的考核计入",
    "passing_grades": "算合格的等次",
    "failing_grades": "算不合格的等次",
    "serving_posts_skill_to_title": "申报职称的岗位类别",
    "serving_posts_title_to_skill": "参加技能评价的岗位类别",
    "honours_waive_skill_floor": "破格免“高级工及以上”",
    "honours_waive_assessments": "破格免年度考核",
    "professionals_without_title": "“尚未取得专业技术资格”的人员类别",
    "undated_lower_level": "所需等级没有写取得时间的，何时取得",
    "year_counting": "满N年的算法",
    "last_year_ungraded": "上一年度还没有考核结果的",
    "short_service": "参加工作不满所看年数的，缺的年度考核",
    "current_post_assessments": "现岗位起始时间在所看的考核年度之内的",
    "out_of_service": "算不在岗的状态",
    "management_post_on_frontline": "填为管理岗位而在一线的",
    "higher_honour_serves": "较高一类的荣誉也可申报较低的职称",
    "promotion_without_title": "尚无职称的也可参加晋级评价",
    "nothing_known_before": "审核日之后才取得的，审核日当时的等级",
    "award_day_credential_held": "回溯审核：授予当日取得的证书算当日之前已有",
}


def route_name(route: Route) -> str:
    """A route in a few words: what it needs → what it leads to."""
    needs = route.needs
    own = f"三（四）第{needs.honours}类荣誉" if needs.honours else (needs.skill if route.direction == "skill-to-title" else needs.title)
    if needs.or_no_title:
        own = f"{own}或尚无职称"
    if route.target == "next":
        return "已有技能等级的晋级评价"
    years = f"满{route.years}年" if route.years else ""
    exceptional = "破格" if needs.honours else ""
    return f"{own}{years}→{exceptional}{route.target or '现岗位职业（工种）技能评价'}"


def target_word(route: Route) -> str | None:
    """The target as the verdicts write it; None where it depends on the person or on another rule."""
    if route.target in (None, "next"):
        return None
    return route.target if route.direction == "skill-to-title" else SKILL_WORDS[SKILLS.index(route.target)]


def rulebook(policy: Policy, as_of: dt.date | None, retrospective: Words | None = None) -> Words:
    """All words that a report needs, as written to data/rulebook.json.

    ``retrospective``: of a retrospective audit its column (the header as given), first and last day (None with nobody judged); as_of
    is None then. Where ``policy`` has others: routes and settings are those of all, their clauses with the document; ``policies`` are what
    each has of its own (`_part`), in the order in which they were named.
    """
    return {
        "policy": _about(policy),
        **({"policies": [_part(policy, number) for number in range(len(policy.policies))]} if policy.later_named else {}),
        "reading": READING,
        "as_of": None if as_of is None else as_of.isoformat(),
        "retrospective": retrospective and retrospective | {"note": RETROSPECTIVE_NOTE},
        "routes": {
            route_id(policy, each, route): _route(policy, each, route) for each in policy.policies for route in each.document.routes
        },
        "not_checked": not_checked(policy),
        "conditions": _conditions(policy),
        "asks": _asks_of_all(policy),
        "notes": notes(policy),
        "note_words": NOTE_WORDS,
        "settings": [
            _setting_of(policy, each, item)
            for each in policy.policies
            for item in settings(each)
            if retrospective or item["name"] not in each.document.retrospective
        ],
        "findings": {code: {"severity": kind.severity, "title": kind.title} for code, kind in catalogue.finding_kinds().items()},
        "outcomes": OUTCOMES,
        "directions": DIRECTIONS,
        "settings_by_default": [name for each in policy.policies for name in _named_by_default(policy, each)],
    }


def _named_by_default(policy: Policy, member: Policy) -> list[str]:
    own = f"{member.id}/" if policy.later_named else ""
    return [f"{own}{name}" for name in member.by_default]


def by_default_in_words(policy: Policy) -> str | None:
    """That settings are as the program has them, for the file of a policy says nothing of them; None where it says all."""
    parts = []
    for each in policy.policies:
        titles = {item["name"]: f"{item['title']}＝{item['value']}" for item in settings(each)}
        if each.by_default:
            named = "；".join(titles[name] for name in each.by_default)
            parts.append(f"政策文件 {each.source} 没有写以下 {len(each.by_default)} 项口径，按程序默认：{named}")
    return "。".join(parts) or None


def _about(policy: Policy) -> Words:
    return policy.document.policy.model_dump(mode="json") | {"sha256": policy.sha256}


def _part(policy: Policy, number: int) -> Words:
    """One of several policies: what it is, its name, the days that it judges (first and last, None without end), its own conditions and
    notes.
    """
    own = policy.policies[number]
    return {
        "policy": _about(own),
        "name": document_name(policy, own),
        "days": [span.record() | {"told": span.in_words()} for span in spans_of(policy, number)],
        "conditions": {name: item.model_dump() for name, item in own.document.conditions.items()},
        "asks": asks(own),
        "notes": notes(own),
    }


def not_checked(policy: Policy) -> dict[Direction, list[str]]:
    """By direction what no roster shows, each with its clause; of several policies all that any of them asks."""
    return {
        direction: list(
            dict.fromkeys(
                f"{item.what}（{cited_clause(policy, each, item.clause)}）"
                for each in policy.policies
                for item in each.document.not_checked.get(direction, [])
            )
        )
        for direction in DIRECTIONS
    }


def _conditions(policy: Policy) -> dict[str, Words]:
    """The conditions as the first policy has them; of several with the clauses of all."""
    made = {}
    for name, item in policy.document.conditions.items():
        clauses = [cited_clause(policy, each, each.document.conditions[name].clause) for each in policy.policies]
        made[name] = item.model_dump() | {"clause": "；".join(clauses)}
    return made


def asks(policy: Policy) -> dict[Direction, dict[str, Words]]:
    """By direction and condition the clause that asks it there, the fields that it is read from, and what has to stand there; of assessments what
    doesn't pass, too.
    """
    document = policy.document
    return {
        direction: {
            condition: {
                "clause": clause_in(document, condition, direction),
                "fields": list(condition_fields(condition, direction)),
                "text": _asked(condition, direction, document),
            }
            | (
                {"failing": document.settings["failing_grades"].now, "years": document.settings["assessment_years"].now}
                if condition == "assessments"
                else {}
            )
            for condition in document.conditions
        }
        for direction in DIRECTIONS
    }


def _asks_of_all(policy: Policy) -> dict[Direction, dict[str, Words]]:
    """What the first policy asks; of several with the clauses of all."""
    return {
        direction: {condition: one | {"clause": _clauses_in(policy, condition, direction)} for condition, one in asked.items()}
        for direction, asked in asks(policy).items()
    }


def _clauses_in(policy: Policy, condition: str, direction: Direction) -> str:
    """The clauses of a condition in a direction; of several policies those of all."""
    return "；".join(cited_clause(policy, each, clause_in(each.document, condition, direction)) for each in policy.policies)


def clause_in(document: Document, condition: str, direction: Direction) -> str:
    """Of the clauses of a condition those that are not of the other direction's routes alone: of 三（二）2；四 the one or the other."""
    clause = document.conditions[condition].clause
    own, other = ([route.clause for route in document.routes if (route.direction == direction) is same] for same in (True, False))
    parts = [
        part
        for part in clause.split("；")
        if any(each.startswith(part) for each in own) or not any(each.startswith(part) for each in other)
    ]
    return "；".join(parts) or clause


def _asked(condition: str, direction: Direction, document: Document) -> str:
    settings = document.settings
    if condition == "post":
        posts = settings[f"serving_posts_{direction.replace('-', '_')}"].now
        assert isinstance(posts, list)
        return f"须为{'或'.join(posts)}"
    told = {
        "integrity": "弄虚作假的一票否决",
        "in_service": "须在岗",
        "area": f"须在{document.area}",
        "frontline": "须在一线岗位",
        "field": "须属工程技术领域",
        "skill_floor": f"须为{document.floor}及以上",
        "assessments": f"近{settings['assessment_years'].now}年须都合格",
        "series": "须为工程系列",
        "tenure": "年限未满",
    }
    return told.get(condition, f"须{document.conditions[condition].name}")


def _setting_of(policy: Policy, member: Policy, setting: dict[str, str]) -> dict[str, str]:
    """A setting of ``member``; of several policies its title and clause say whose it is."""
    if not policy.later_named:
        return setting
    return setting | {
        "title": f"{document_name(policy, member)}：{setting['title']}",
        "clause": cited_clause(policy, member, setting["clause"]),
    }


def notes(policy: Policy) -> dict[str, str]:
    """What each note says, with the policy's clause."""
    conditions = policy.document.conditions
    clauses = {f"{name}_unknown": item.clause for name, item in conditions.items()}
    clauses |= {code: conditions[name].clause for code, name in _NOTED_CONDITION.items()}
    return {code: text.format(clause=clauses.get(code, "")) for code, text in NOTES.items()}


def settings(policy: Policy) -> list[dict[str, str]]:
    """Every interpretation: name, title, value, clause, reason; what unknown facts do, and those of a retrospective audit, among them."""
    document = policy.document
    made = [
        {
            "name": name,
            "title": SETTING_NAMES[name],
            "value": value_in_words(item.now),
            "default": value_in_words(item.default),
            "clause": item.clause,
            "reason": item.reason,
        }
        for name, item in {**document.settings, **document.retrospective}.items()
    ]
    return made + [
        {
            "name": f"unknown.{name}",
            "title": f"“{item.name}”不明时",
            "value": UNKNOWN_WORDS[item.unknown],
            "default": UNKNOWN_WORDS[item.unknown],
            "clause": item.clause,
            "reason": item.reason,
        }
        for name, item in document.conditions.items()
    ]


def value_in_words(value: object) -> str:
    """A setting's value for reading: 是 and 否, lists joined, its words in Chinese."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, list) else VALUE_WORDS.get(str(value), str(value))


def value_as_yaml(value: object) -> str:
    """A setting's value as a policy file and `simulate --set` have it."""
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _route(policy: Policy, member: Policy, route: Route) -> Words:
    """A route of ``member``, one of ``policy.policies``."""
    document = member.document
    bring = [*route.bring, *document.bring.get(route.direction, [])]
    return {
        "name": route_name(route),
        "clause": cited_clause(policy, member, route.clause),
        "clause_text": "".join(document.clauses[part] for part in route.clause.split("；")),
        "direction": route.direction,
        "target": target_word(route),
        "refers_to": route.refers_to,
        "years": route.years or None,
        "by_work_years": route.target == "next",  # 四（五）: the level is told by the years of work so far
        "exceptional": route.needs.honours is not None,
        "conditions": [*route.conditions, *(["tenure"] if route.years else [])],
        "bring": [f"{item.what}（{item.clause}）" for item in bring],
        "bring_untitled": [f"{item.what}（{item.clause}）" for item in bring if not item.only_titled],
    }


def as_text(policy: Policy) -> str:
    """The policy as a rule book that a person reads, in Chinese."""
    document = policy.document
    about = document.policy
    lines = [
        f"{about.document}　{about.title}",
        f"编号 {about.id}；{about.issuer}；{about.issued or '日期不详'}；{about.status}；最近核对 {about.last_checked}",
    ]
    if about.in_force_from:
        lines.append(f"施行：{policy.in_force()}" + (f"（{about.in_force_note}）" if about.in_force_note else ""))
    if about.scope:
        lines.append(f"范围：{about.scope}")
    if document.area:
        lines.append(f"地区：{document.area}")
    if told := by_default_in_words(policy):
        lines.append(f"注意：{told}")
    lines += ["", "一、路径"]
    for route in document.routes:
        lines.append(f"  {route.id}　{route_name(route)}　［{route.clause}］")
        names = "、".join(document.conditions[name].name for name in route.conditions)
        lines.append(
            f"      条件：{names}"
            + (f"；年限 {route.years} 年" if route.years else "")
            + (f"；{route.refers_to}" if route.refers_to else "")
        )
    for direction, items in not_checked(policy).items():
        if items:
            lines.append(f"  {DIRECTIONS[direction]}，名册反映不出、本程序没有核对的：{'；'.join(items)}")
    if document.honours:
        lines += ["", "二、荣誉名单（以证书和表彰文件为准）"]
        lines += [f"  第{number}类：{'、'.join(names)}" for number, names in document.honours.items()]
    lines += ["", "三、解释口径（可改，不改程序）"]
    for item in settings(policy):
        lines += [f"  {item['name']} = {item['value']}　{item['title']}　［{item['clause']}］", f"      理由：{item['reason']}"]
        if setting := document.settings.get(item["name"]):
            others = "；".join(f"{value_as_yaml(other)}（{value_in_words(other)}）" for other in setting.other_values)
            lines += [f"      也可：{others}"] if others else []
    lines += ["", "四、条款原文"]
    lines += [f"  {path}　{text}" for path, text in document.clauses.items()]
    return "\n".join(lines)
