"""Honours of 三（四） in three classes: the honour, what may be it, and what only looks like it. The lists are data: schemas/data/honours.csv."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.text import bracketed_notes, without_brackets
from guantong.schemas.values.dates import chinese_numbers, parse_date
from guantong.schemas.values.places import HOME_PROVINCE, foreign_to

_SEPARATORS = re.compile(r"[、,，;；/|｜丨+＋&•…\n\r\t。\\①-⑳⑴-⒇]+|[(（]\d{1,2}[)）]|(?<=[一-鿿)）”])\d{1,2}[.．](?!\d)")
_NOTE = re.compile(r"[(（][^()（）]{1,100}[)）]")
_BLANK_IN_NOTE = "¦"  # of a bracketed note, in place of what else would part it
_TAKEN_BACK = (
    r"(?:获|的|已经?|被|拟|现|于|为|正在|均|都|全部|以上|上述|荣誉|称号|尚|核心|骨干|主要|普通|(?:19|20)\d\d年?\d{0,2}月?)*"
    r"(?:提名|候选|入围|推荐|未获评?|未评上|公示|撤销|取消|作废|注销|吊销|收回|追回|失效|申报|申请|待[评批定]|优胜奖|落选|参评"
    r"|成员|组员|学员|联络员|管理员|秘书|助理|骨干|顾问|副[一-鿿]{1,3}|师[傅父]|徒弟)"
    r"(?:奖|人选|人|中|期|了|资格|荣誉|称号)*"
)
_TAKES_BACK = re.compile(rf"[(（]?{_TAKEN_BACK}[)）]?")
_TAKES_ALL_BACK = re.compile(rf"[(（]?(?:均|都|全部|以上|上述){_TAKEN_BACK}[)）]?")
_TAKES_SOME_BACK = re.compile(rf"[(（]?(?:其中|[前后第上])?(?:[一二两三四五六1-6]+[项个种]|[前后者])+{_TAKEN_BACK}[)）]?")
# What leaves open whether it was awarded, in words of its own behind it: 全国技术能手 待颁证.
_OPEN = re.compile(
    r"[(（]?(?:已|正在|正|尚|现|均|都)*(?:待|拟|未|没有|等待|暂未|疑|存疑|查无|报送|上报|推荐|审核|核实|核查|评审|考察|公示)[一-鿿]{0,8}[)）]?"
)
_CONTESTANT = re.compile(r"[(（]?(?:代表|来自)?[一-鿿]{2,8}?(?:籍?选手|代表队|队|籍|省|市)[)）]?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)(?:[年./-](\d{1,2})(?!\d))?")
# When the honour before it, or the first, was awarded: 辽宁工匠，2024年5月获得; 获奖时间2024年，辽宁工匠.
_ONLY_A_DAY = re.compile(
    r"[(（]?(?:获奖|获得|取得|颁发|授予|表彰|批准)?(?:时间|日期)?:?[于在]?[\d年月日号./-]+度?(?:获得?|取得|颁发|颁布|授予|表彰|批准|评为|评定|认定|命名)*[)）]?"
)
_JOINED = re.compile(r"以及|和|及|与|并")
_QUOTES = "\"'“”‘’《》「」『』·.,:：-"
_INNER_QUOTES = re.compile("[\"'“”‘’《》「」『』]")
_BRACKETS = re.compile(r"[()]")
_CORE = re.compile(r"技能大奖|津贴|特贴|国贴|技[术能]能手|大师工作|突贡|技能大师|工匠|高技能人才|功勋技能人才|世界技能大赛|世赛")
LONGEST_HONOUR = 200  # characters of one honour with all that surrounds it
LONGEST_SPACED = 100  # characters of one that has blanks inside
MOST_DECORATIONS = 20  # prefixes and suffixes around one


@dataclass(frozen=True)
class Honours:
    """What a cell says: canonical names, in the order of the table, of what it names; of what it may name, with the texts; texts that only come near;
    the first and last day of the latest year or month that it names with an honour; ``unread``, what leaves open which honour is meant (见附件).
    """

    listed: tuple[str, ...]
    doubtful: dict[str, str]
    near: tuple[str, ...]
    latest: tuple[dt.date, dt.date] | None
    unread: str | None


class _Honour(NamedTuple):
    name: str
    certain: bool


@dataclass
class _Told:
    """What a part of a cell names, each honour with its text, and what of it only comes near one."""

    honours: dict[_Honour, str] = field(default_factory=dict)
    near: list[str] = field(default_factory=list)
    days: list[tuple[dt.date, dt.date]] = field(default_factory=list)

    def take_back(self, words: str) -> None:
        self.near += [f"{text}（{words.strip('()')}）" for text in self.honours.values()]
        self.honours.clear()

    def doubt(self, words: str) -> None:
        self.honours = {_Honour(honour.name, False): f"{text}（{words.strip('()')}）" for honour, text in self.honours.items()}


@cache
def _words() -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for row in catalogue.rows("honour_words"):
        parts.setdefault(row["part"], []).append(row["pattern"])
    return parts


@cache
def _patterns() -> list[tuple[_Honour, re.Pattern[str]]]:
    """The listed honours, then what may be one: {own} and the like in a pattern stand in honour_words.csv."""
    pieces = {f"{{{part}}}": patterns[0] for part, patterns in _words().items()}
    found = []
    for row in catalogue.rows("honours"):
        if row["class"] != "near":
            pattern = row["pattern"]
            for name, piece in pieces.items():
                pattern = pattern.replace(name, piece)
            found.append((_Honour(row["honour"], row["class"] == "listed"), re.compile(pattern)))
    return sorted(found, key=lambda one: not one[0].certain)


@cache
def _near() -> list[re.Pattern[str]]:
    return [re.compile(row["pattern"]) for row in catalogue.rows("honours") if row["class"] == "near"]


@cache
def _decorations() -> dict[str, re.Pattern[str]]:
    """Prefixes and suffixes that may surround an honour's name, and words that refute it."""
    join = {part: "|".join(f"(?:{pattern})" for pattern in _words()[part]) for part in ("prefix", "suffix", "reject")}
    return {
        "prefix": re.compile(f"^(?:{join['prefix']})"),
        "suffix": re.compile(f"(?:{join['suffix']})$"),
        "reject": re.compile(join["reject"]),
    }


@cache
def _tells_nothing() -> re.Pattern[str]:
    return re.compile("|".join(_words()["tells_nothing"]))


@cache
def _order() -> dict[str, int]:
    """The place of each honour's name in the table."""
    return {name: at for at, name in enumerate(dict.fromkeys(honour.name for honour, _ in _patterns()))}


@cache
def listed_honours() -> frozenset[str]:
    """The canonical names that a policy may list."""
    return frozenset(honour.name for honour, _ in _patterns())


def parse_honours(cell: str) -> Honours:
    """The honours of a cell in three classes. What a part takes back (已撤销, 申报中) is none, of the part before it, or of all."""
    parts = [unicodedata.normalize("NFKC", part) for part in _SEPARATORS.split(_NOTE.sub(_keep_note, cell))]
    told: list[_Told] = []
    before: list[tuple[dt.date, dt.date]] = []  # days that stand before the first honour
    heads: str | None = None  # what stands before the first honour and takes it back, or leaves it open: 已撤销、辽宁工匠
    standing = 0  # the first of ``told`` that has not been taken back with all before it
    unread = None
    for part in filter(str.strip, parts):
        bare = "".join(part.split())
        if _tells_nothing().fullmatch(bare.strip(_QUOTES + "()")):
            unread = part.strip()
        for words in (bare, *bracketed_notes(bare)):
            if _TAKES_ALL_BACK.fullmatch(words):
                for one in told[standing:]:
                    one.take_back(words)
                standing = len(told)
            elif _TAKES_SOME_BACK.fullmatch(words):  # 后两项已撤销: which they are is not sure
                for one in told[standing:]:
                    one.doubt(words)
        if _ONLY_A_DAY.fullmatch(chinese_numbers(bare)):
            (told[-1].days if told else before).extend(_days(bare))
            continue
        if told and _refutes("".join(told[-1].honours.values()), bare):
            told[-1].take_back(bare)
        elif told and _OPEN.fullmatch(bare) and not _may_name(bare):
            told[-1].doubt(bare)
        elif not told and (_TAKES_BACK.fullmatch(bare) or _OPEN.fullmatch(bare)) and not _may_name(bare):
            heads = bare
        else:
            told.append(_part(part))
            told[-1].days += _days(bare)
    if told:
        told[0].days += before
    if heads:
        for one in told:
            one.doubt(heads)
    listed = {honour.name for one in told for honour in one.honours if honour.certain}
    doubtful = {
        honour.name: text for one in told for honour, text in one.honours.items() if not honour.certain and honour.name not in listed
    }
    return Honours(
        tuple(sorted(listed, key=_order().__getitem__)),
        {name: doubtful[name] for name in sorted(doubtful, key=_order().__getitem__)},
        tuple(dict.fromkeys(text for one in told for text in one.near)),
        max((day for one in told if one.honours for day in one.days), default=None),
        unread,
    )


def _days(text: str) -> list[tuple[dt.date, dt.date]]:
    """First and last day of each year or month that ``text`` names."""
    told = (
        parse_date(f"{year}-{month}" if month and 1 <= int(month) <= 12 else year) for year, month in _YEAR.findall(chinese_numbers(text))
    )
    return [(first, last) for first, last, _ in told if first and last]


def _keep_note(note: re.Match[str]) -> str:
    """A bracketed note without what would part it; one that names honours of its own is parted as any other text."""
    inside = note[0][1:-1]
    if inside.isdigit():
        return note[0]
    if _CORE.search(unicodedata.normalize("NFKC", inside)):
        return f"、{inside}、"
    return f"({_BLANK_IN_NOTE.join(_SEPARATORS.sub(_BLANK_IN_NOTE, inside).split())})"


def _part(part: str) -> _Told:
    """What one part names.

    Blanks may stand between two honours or inside one: the fewest pieces that make an honour are taken
    together, unless the next piece takes it back (辽宁工匠 提名).
    """
    pieces, told = part.split(), _Told()
    at, rest = (0, []) if _may_name("".join(pieces)) else (len(pieces), pieces)
    while at < len(pieces):
        end, honours = _first_honour(pieces, at)
        text = "".join(pieces[at:end])
        if not honours or (at > 0 and _refutes(text, pieces[at - 1]) and not (at > 1 and _may_name(pieces[at - 2]))):
            rest += pieces[at:end]
        else:
            told.honours |= dict.fromkeys(honours, _shown(text))
        at = end
    left = "".join(rest)
    for piece in filter(_OPEN.fullmatch, rest):
        told.doubt(piece)
    if left and any(pattern.search(left) for pattern in _near()):
        told.near.append(_shown(left))
    return told


def _refutes(honour: str, beside: str) -> bool:
    """Whether the text beside an honour takes it back: withdrawn, applied for, another's, or another province's contestant."""
    if _TAKES_BACK.fullmatch(beside):
        return True
    return "赛" in honour and len(beside) < 12 and _CONTESTANT.fullmatch(beside) is not None and foreign_to(HOME_PROVINCE, beside)


def _shown(text: str) -> str:
    return text.replace(_BLANK_IN_NOTE, "，")


def _first_honour(pieces: list[str], at: int) -> tuple[int, set[_Honour]]:
    """Where the fewest pieces from ``at`` on end that make an honour, and the honours; the next piece and none where none do."""
    texts = [pieces[at]]
    for piece in pieces[at + 1 :]:
        if len(texts[-1]) + len(piece) > LONGEST_SPACED:
            break
        texts.append(texts[-1] + piece)
    possible: tuple[int, set[_Honour]] = at + 1, set()
    for end, text in enumerate(texts if _begins(texts[-1]) else (), at + 1):
        honours = _joined(text) if _may_name(text) else set()
        if honours and not any(_refutes(text, "".join(pieces[end : end + count])) for count in (1, 2, 3)):
            if all(honour.certain for honour in honours):
                return end, honours
            if not possible[1] and not any(map(_begins, pieces[at + 1 : end])):
                possible = end, honours
        elif possible[1] and end > possible[0] + 1:
            break
    return possible


@lru_cache(4096)
def _begins(text: str) -> bool:
    """Whether ``text`` begins with an honour's name, what may stand before one left out."""
    for _ in range(MOST_DECORATIONS):
        bare = _decorations()["prefix"].sub("", text.strip(_QUOTES + "*"))
        if bare == text:
            break
        text = bare
    forms = {_INNER_QUOTES.sub("", text), _BRACKETS.sub("", text)}
    return any(pattern.match(form) for _, pattern in _patterns() for form in forms)


def _may_name(text: str) -> bool:
    """Whether what every honour's name has stands anywhere in ``text``: what surrounds it is looked at only then."""
    return _CORE.search(_BRACKETS.sub("", text)) is not None


def _joined(text: str) -> set[_Honour]:
    """The honour that ``text`` is, or those that its parts joined by 和 are, if all are."""
    if honour := _honour(text):
        return {honour}
    honours = set()
    for piece in _JOINED.split(text):
        if (honour := _honour(piece)) is None:
            return set()
        honours.add(honour)
    return honours


@lru_cache(4096)
def _honour(part: str) -> _Honour | None:
    """The honour that a text is or may be: one with a note that is not known to be harmless may be it."""
    bare = _INNER_QUOTES.sub("", part).strip("*·.")
    if len(bare) > LONGEST_HONOUR or not _may_name(bare):
        return None
    for _ in range(MOST_DECORATIONS):
        previous = bare
        bare = _decorations()["suffix"].sub("", _decorations()["prefix"].sub("", bare)).strip(_QUOTES)
        if bare == previous:
            break
    if _decorations()["reject"].search(bare):
        return None
    plain = _BRACKETS.sub("", bare)
    for honour, pattern in _patterns():
        if pattern.fullmatch(bare) or pattern.fullmatch(plain):
            return None if _is_elsewhere(honour, bare) else honour
    noted = without_brackets(bare)
    for honour, pattern in _patterns() if noted != bare else ():
        if pattern.fullmatch(noted):
            return None if _is_elsewhere(honour, bare) else _Honour(honour.name, False)
    return None


def _is_elsewhere(honour: _Honour, text: str) -> bool:
    """Whether a medal or an honour of the province is told of another province."""
    return not honour.name.startswith(("国家", "全国")) and foreign_to(HOME_PROVINCE, text)
