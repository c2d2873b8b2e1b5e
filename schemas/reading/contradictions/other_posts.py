"""What a row says of another kind of post than its 岗位类别 and 是否一线岗位 tell (一): a remark 已调至机关, a 岗位名称 车间主任."""

from __future__ import annotations

import re
from functools import partial

from guantong.schemas import catalogue
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import as_shown, doubt_fact, quote, read_cell, telling
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import is_blank, norm
from guantong.schemas.values.remarks.words import words_of

_OFF_FRONTLINE = re.compile(
    "(?<![未没])(非|不在|不属于?|脱离|离开|退出|调离|撤离)(生产|基层|作业|施工)?(一线|现场|生产岗位?)"
    "|(?<![未没不非无])(已|现|全|长期|专职)?脱产(?!学习|上学|培训|进修|就读|读|大|本|中|研|教育|前|后|[0-9一二两三四五六])"
)
_OFFICE = "(人力资源|人事|财务|党群|党建|办公|综合|保卫|采购|工会|纪检|纪委)[^,;。]{0,2}([部科处室会委]|$)"
_OTHER_POST = re.compile(
    f"(实际|现已?|已|目前|长期|常年)(岗位|工作|从事|抽调|借调|借用|在|任|为|是|转|调|聘|岗|至|到|做){{1,4}}[^,;。]{{0,6}}(管理岗|管理人员|管理工作|行政|机关(?!事业)|后勤|销售|{_OFFICE})"
    rf"|(实际|目前|现在?)从事[^,;。]{{0,4}}管理(?!员|系统)|(^|[\d年月.已现])(转岗?|调|借调|抽调|聘|提拔|提任|改任|任命)[至到入为]?(机关(?!事业)|管理岗|管理人员|后勤|{_OFFICE})"
    "|^机关(借用|借调|抽调)|现?在后勤$|(?<![未拟])(提干|转干|聘干)"
)
_ON_FRONTLINE, _POSTS = ("是",), ("技能岗位", "专业技术岗位")
# Who manages, or sits in an office; foremen (班组长, 作业长, 值长) are no managers.
_MANAGES = words_of("manages")


def tell_off_post(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Whose remark says that he is not on the frontline, or on another kind of post, against his own cell (一): 非一线, 已调至机关."""
    asked = (("frontline", _OFF_FRONTLINE, _ON_FRONTLINE), ("post", _OTHER_POST, _POSTS))
    for name, words, kept in asked:
        item = catalogue.fields()[name]
        for index, cell, _ in telling(roster, at, start, partial(_names, words)) if name in roster.columns else ():
            if _reads_as(kept, people.column(name)[index], item, people):
                doubt_fact(name, index, quote(roster, at, cell), people)


def _names(words: re.Pattern[str], cell: str) -> bool:
    return words.search(norm(cell)) is not None


def tell_managers(roster: Roster, start: int, people: RawPeople) -> None:
    """Whose post is called that of a manager or of an office, beside another kind of post in his own cell."""
    item = catalogue.fields()["post"]
    for at in roster.columns.get("post_name", ()) if "post" in roster.columns else ():
        for index, cell, _ in telling(roster, at, start, partial(_names, _MANAGES)):
            if _reads_as(_POSTS, people.column("post")[index], item, people):
                people.add_finding(index, "post_name", "remark_unweighed", as_shown(cell), as_shown(cell))


def _reads_as(words: tuple[str, ...], cell: object, item: catalogue.Field, people: RawPeople) -> bool:
    return not is_blank(cell) and cell is not UNKNOWN_CELL and read_cell(cell, item, people).values.get("") in words
