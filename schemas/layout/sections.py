"""What a line of its own inside a roster says of the people below it: 二、退休人员（1人）.

Its words are those of the fields' own cells (schemas/data/words.csv, skill_levels.csv, titles.csv).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.layout.row_words import is_void
from guantong.schemas.text import bracketed_notes
from guantong.schemas.values.parsers import PARSERS
from guantong.schemas.values.remarks.credentials_told import fallen_in
from guantong.schemas.values.service import doubted_state, says_state

LONGEST = 40  # characters of a section's title
_DIGITS = "一二三四五六七八九十百零〇"
# How a title is numbered, by the depth that it has.
_NUMBERED = (
    re.compile(rf"第[{_DIGITS}\d]{{1,3}}(部分|章|篇|类|组)[、,.:;]?"),
    re.compile(rf"[{_DIGITS}]{{1,3}}[、,.:;]|[IVX]{{1,4}}[、,.]"),
    re.compile(rf"\([{_DIGITS}]{{1,3}}\)[、,.:]?"),
    re.compile(r"\d{1,2}[、,.:)](?!\d)"),
    re.compile(r"\(\d{1,2}\)[、,.:]?|[A-Z][、,.]"),
)
_UNNUMBERED = len(_NUMBERED)
_COUNT = re.compile(rf"[(:,]?(共|共计|合计|计|约)?[\d{_DIGITS}]+(人|名|位|个)[)]?$|[(]\)$|[:;。]$")
_ORNAMENTS = "★☆※◆◇●○■□▲△▼▽→*＊-—–_=~·•#"
_OPENING = re.compile(
    r"^((以下|下列|下述)(人员|职工|同志|员工)?(均|都|全部)?(为|是|已)?|附[:表]?|其中[:]?|本单位|我单位|本公司|公司|企业|【|\[|<|《)"
)
_CLOSING = re.compile(r"(人员|职工|员工|同志|名单|名册|花名册|明细|明细表|情况|统计|信息|部分|一览表|表|如下|类|组|者|的|】|\]|>|》)$")
# Of a state, though none that is known: 二线人员, 即将退休人员.
_OF_STATE = re.compile(
    r"退|离|辞|解除|开除|除名|终止|到期|亡|故|死|去世|调|借|派|待岗|下岗|在岗|在职|不在|停薪|休|病|返聘|二线|服役|失联|注销|减员|流失"
)
# What only a state is called, so that a numbered title that begins with it is one, whatever follows: 三、停薪留职及外借.
_STATES = re.compile(
    r"(已|拟|因)?(退休|离休|退职|内退|病退|退养|离职|离岗|辞职|辞退|解除|终止|调离|调出|借调|借出|外借|外派|停薪|待岗|下岗|病休|长病|死亡|去世|已故|除名|开除)"
)
_DEPARTMENT = re.compile(r"(室|科|处|部|办|中心|车间|班|组|厂|队|院|站)(\(.*\))?$")
_NOT_OF_STATE = re.compile(r"公司|厂|车间|部|科|处|室|班|队|院|站|中心|集团")
_NOTE = re.compile(r"^(备注|注|说明|附注|注意)\d?[:.、]?(?=以下|下列|下述)")
_SINCE = re.compile("[前后]")  # 资格取消后认定人员
# What a title or a sheet's name says that goes on from above, or from the sheet before: 技能岗位（续）, 续表2, 接上页：管理岗位.
_CONTINUED = re.compile(
    r"^\(?(?:续表|[续接][上前][表页])[\d一二三四五]?\)?[:、,]?|^\(续\)|[-—_]?\((?:续表?|[续接][上前][表页])[\d一二三四五]?\)$|[-—_]?(?<![继手存连延陆后持])续表?[\d一二三四五]?$"
)
VOID = "void"  # in place of a field: rows below no longer hold, or what they say of certificates
_FIELDS = ("service", "post", "person_category", "skill", "title")
_OF_PEOPLE = re.compile("(人员|人才|工人|技工|职工)$")  # what they are, which does not tell on what kind of post: 专业技术人员, 高技能人才


@dataclass(frozen=True)
class Section:
    """A section's title: how deep it stands, and the field that it tells (None: none that is known), in words as the field's cell would have them; None
    where it says something of that field that can't be read.
    """

    depth: int
    field: str | None = None
    words: str | None = None

    @property
    def is_numbered(self) -> bool:
        return self.depth < _UNNUMBERED


class Open(NamedTuple):
    """What an open section says of a field: its words, None where that is not known; how deep it stands; the row of its title, None where that is in the
    sheet that this one continues; and the title as it is told.
    """

    words: str | None
    depth: int
    row: int | None
    title: str


class Sections:
    """The sections that are open at a row of a sheet, by the field that they tell."""

    def __init__(self, continued: Sections | None = None) -> None:
        """``continued``: those at the end of the sheet that this one continues."""
        self.open: dict[str, Open] = {} if continued is None else {name: told._replace(row=None) for name, told in continued.open.items()}

    def enter(self, row: int, title: str, section: Section) -> None:
        """Begin a section: those as deep, and deeper, end.

        Where neither is numbered nobody can tell a part of the section above from one beside it: what held above is no longer known.
        """
        for name, above in list(self.open.items()):
            if above.depth > section.depth or (above.depth == section.depth and (above.depth < _UNNUMBERED or name == section.field)):
                del self.open[name]
            elif above.depth == section.depth and section.field is None:
                self.open[name] = Open(None, above.depth, row, title)
        if section.field is not None:
            self.open[section.field] = Open(section.words, section.depth, row, title)


def continued_from(text: str) -> str | None:
    """What a normalised title or name of a sheet says that it continues, '' for what stands before it; None where it continues nothing."""
    rest = _CONTINUED.sub("", text)
    return rest if rest != text else None


def is_section(text: str) -> bool:
    """Whether a normalised text that stands alone in its row is the title of a section that says what holds below."""
    found = read_section(text)
    return found is not None and found.field is not None and found.words is not None


@lru_cache(4096)
def read_section(text: str) -> Section | None:
    """The section that a line's normalised text begins; None where it is a note."""
    if len(text) > LONGEST:
        return None
    text = _NOTE.sub("", text.strip(_ORNAMENTS))
    depth, core = _UNNUMBERED, text
    for at, pattern in enumerate(_NUMBERED):
        if found := pattern.match(text):
            depth, core = at, text[found.end() :]
            break
    core = _CONTINUED.sub("", core)
    if not core:
        return None
    of_certificates = fallen_in(core, beside_credential=True) and (depth < _UNNUMBERED or _CLOSING.search(core)) and not _SINCE.search(core)
    if is_void(core) or of_certificates:
        return Section(depth, VOID, core)
    forms = _forms(core)
    of_people = any(map(_OF_PEOPLE.search, forms))
    for form in forms:
        fields = ("service", "post") if "岗" in form else [name for name in _FIELDS if not (of_people and name == "post")]
        for name in fields:
            if _is_word_of(name, form):
                return Section(depth, name, form)
    for note in filter(_OF_STATE.search, bracketed_notes(core)):  # 检修车间（已退休）; of 检修车间（病休2人）, nobody can tell who
        told = next((form for form in _forms(note) if _is_word_of("service", form)), None)
        counted = _COUNT.search(note) is not None
        return (
            Section(depth) if counted and told and says_state(told, at_work=True) else Section(depth, "service", None if counted else told)
        )
    if re.search("[:。,;]", core):
        return None
    if depth < _UNNUMBERED and _STATES.match(core) and not _DEPARTMENT.search(core):
        return Section(depth, "service")
    if depth < _UNNUMBERED and doubted_state(core):
        return Section(depth, "service")
    if _OF_STATE.search(core) and not _NOT_OF_STATE.search(core) and (_OPENING.match(core) or _CLOSING.search(_COUNT.sub("", core))):
        return Section(depth, "service")
    return Section(depth)


def _forms(core: str) -> list[str]:
    """A title less its count, and less what stands before and behind its word, each as far as it goes."""
    forms = [core]
    for pattern in (_COUNT, _COUNT, _OPENING, _CLOSING, _CLOSING, _CLOSING):
        forms.append(pattern.sub("", forms[-1]))
    return [form for form in dict.fromkeys(forms) if form]


@lru_cache(4096)
def _is_word_of(name: str, text: str) -> bool:
    item = catalogue.fields()[name]
    parsed = PARSERS[item.kind](text, item)
    if name in ("skill", "title"):
        return len(parsed.credentials) == 1 and not parsed.code and parsed.values.get("_state") == "known"
    return parsed.values.get("") is not None and not parsed.code
