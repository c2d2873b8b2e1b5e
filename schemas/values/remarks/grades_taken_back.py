"""What a remark says against a grade of the yearly assessment: 2023年考核结果已更正为基本称职, 2022年度因受处分不定等次."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.text import norm

LONGEST = 200  # characters of a remark that are looked at
_ASSESSED = re.compile(
    r"考核|考评|等次|评定结果|考核结果|\d\d年度?(应?[为是]|实[为是]|试用期?|见习期?|未|只)*(基本合格|不合格|基本称职|不称职|[未不](予|能)?(确?定|评)等)"
)
_OTHER_MATTER = re.compile(
    "继续教育|师德|医德|党|廉|安全|技能|培训|聘|试用(?!期?[未不])|转正|月度|季度|班组|部门|车间|英语|外语|奖金|系数|学员|学习"
)
_CHANGED = re.compile(
    "更正|变更|改为|改定|改成|调整|降为|降至|降级|撤[销消]|取消|作废|无效|有误|错误|误[写填报]|实为|实际|应为|复核|申诉|存疑|待定|暂缓|未公布|未公示|异议|争议|为准"
)
_UNGRADED = re.compile("[不未没暂](予|有|能)?(确定|评定|定|参加|参与|考核)")
_YEAR = re.compile(r"(?<!\d)(?:((?:19|20)\d\d)|(\d\d)(?=年))")
PASSED = frozenset({"优秀", "良好", "合格", "称职"})  # of the words that the catalogue knows


class TakenBack(NamedTuple):
    """A grade that does not stand: of which ``year`` (None: of each that is told), and the ``grade`` that the remark gives in its place, where it does."""

    year: int | None
    grade: str | None


@lru_cache(4096)
def grades_taken_back(cell: str, is_about_grades: bool) -> tuple[TakenBack, ...]:
    """What a text says against grades; ``is_about_grades``: its column is of remarks on them, so that it need not name them."""
    if not (is_about_grades or _ASSESSED.search(cell)):
        return ()
    found: list[TakenBack] = []
    for sentence in re.split(r"[。;\n]", norm(cell)[:LONGEST]):
        years: list[int] = []
        about = is_about_grades
        for clause in sentence.split(","):
            years = [int(full) if full else 2000 + int(short) for full, short in _YEAR.findall(clause)] or years
            about |= _ASSESSED.search(clause) is not None
            named = _grades().findall(clause)
            grade = _words()[named[-1]] if named else None
            against = _CHANGED.search(clause) or _UNGRADED.search(clause) or (grade is not None and grade not in PASSED)
            if about and against and not _OTHER_MATTER.search(clause):
                found += [TakenBack(year, grade) for year in years] or [TakenBack(None, grade)]
    return tuple(dict.fromkeys(found))


@cache
def _words() -> dict[str, str]:
    return {word: grade for word, grade in catalogue.vocabulary("assessment").items() if len(word) > 1}


@cache
def _grades() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _words()), key=len, reverse=True)))
