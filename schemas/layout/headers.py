"""Which canonical field a column's header names. Aliases are data: schemas/data/aliases.csv."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache, lru_cache
from itertools import product

from guantong.schemas import catalogue
from guantong.schemas.layout.header_words import Said, english_words, what_is_said
from guantong.schemas.text import bracketed_notes, norm, visible_text, without_brackets
from guantong.schemas.values.remarks.words import words_of

_MARKS_BEFORE, _MARKS_AFTER = "*＊※★#~_|—-▲▼◆●■□", "*＊※★#~_|—-▲▼◆●■□:：。、,;/?!↓→√✓✔"
_CLOSING, _IN_BRACKETS = frozenset("】]〉》>"), re.compile(r"[【\[〈《<]([^【】\[\]〈〉《》<>]+)[】\]〉》>]")  # 【姓名】
# 1.姓名, 2、姓名, (3)姓名, ④姓名, 五、姓名, F.姓名, A1 姓名; but 2023年度考核, 3年考核, 18位号码.
_NUMBERED = re.compile(
    r"^(\d{1,2}([.\-]\d{1,2})*[.、,):\-]|[A-Z]\d{1,2}[.、:\-]?|[A-Z]{1,3}\d{3,6}[.、:\-_]?|\(\d{1,2}\)|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十]{1,3}\)|[A-Z]{1,2}[.、)]|[\[【]\d{1,2}[\]】]|\d{1,2}(\.\d{1,2})+|\d{1,2}(?=(?:19|20)\d\d(?:年|[-—–~至到、,/]))|\d{1,2}(?=[\u4e00-\u9fff])(?!\d*[年级月个岁次位期批届名份]))(?=[\u4e00-\u9fff(*]|(?:19|20)\d\d(?:年|[-—–~至到、,/]))"
)
# What systems write before a column of the person: 员工.姓名, 基本信息-身份证号.
_OF_PERSON = re.compile(r"^(员工|职工|人员|人事|个人|基本|主表|主集)(基本)?(信息|资料|档案|情况)?[.\-_—>]+(?=[\u4e00-\u9fff])")
_NUMBERS = frozenset("0123456789([【一二三四五六七八九十ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HAS_LATIN = re.compile("[A-Z]")
_HAS_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
LONGEST_HEADER = 80  # characters of a header that is looked at by its words
_LATIN = r"[A-Z][A-Z.][A-Z.,:'’&/()#*\d \n-]*"
_LATIN_AROUND = re.compile(rf"({_LATIN})\(([\u4e00-\u9fff][^()]*)\)")
_LATIN_BEHIND = re.compile(rf"(?<=[\u4e00-\u9fff)*:/|\s])[(/|:\s]*{_LATIN}$")
_LATIN_BEFORE = re.compile(rf"^({_LATIN})(?<=[/|:)\s])(?=[\u4e00-\u9fff*(])")
_DIGITS_FIRST = re.compile(r"\d{3}|\d{1,2}([年月级个]|-\d)")  # as cells of dates and numbers begin
_CHOICE = re.compile(r"(\{[^{}]*\})")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d|\d\d)(?:年度?)?(?!\d)")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年度?)?[-—–~至到]+((?:19|20)\d\d)(?:年度?)?(?!\d)")
# All that a header of the yearly assessment may say beside its year; a word more, and it is another matter (继续教育考核, 考核奖金).
_YEARLY = re.compile(
    r"(最?近[\d一二三四五两几]?个?年(度|来)?|近些年来?|往年|以往|((前|上|连续|过去)(3|三)|三)个?年度?|年?度|年?终|全年|各年|历年|综合|绩效|个人|本人|职工|员工|人员|考核|考评|结果|等次|等级|档次|情况|总评|评定|评价|结论|信息"
    r"|是否(均|都|全部)?(为|达到|在)?(合格|称职)(及?以上)?|分别|[:：/、,\-—的])*"
)
# A group under which a column of its own year is the yearly assessment: it speaks of nothing else, or of the person at large.
_NEUTRAL_GROUP = re.compile(
    rf"({_YEARLY.pattern}|基本|本人|工作|任职|岗位|职称|技能|专业技术|人才|工人|干部|资格|学历|业绩|表现|现状|资料|申报|审核|条件|主要|其[他它]|相关|单位|企业|用人|以来|[及和与、等\d])*"
)
_ASSESSED = re.compile(r"考核|考评")
_THREE_YEARS = re.compile(r"(近|前|上|连续|过去)(3|三)个?年|三个?年")  # 3年考核 may be 年考核, numbered
_ASSESSMENT_NOTE = re.compile(
    r"(\d{2,4}年?度?|[-—–~至到、,/*]|近(3|三)年|同(上|左|前)|优秀|良好|合格|称职|基本|不|等次?|等级|结果|必填|选填|填写?|三年|3年|年度|考核|均|如:?|例:?|以上|次|是|否"
    r"|请|如实|据实|按|下拉|单?选择?|选项|文本|格式|附|复印件|证明|材料|项|没有|未|无|打?√|[“”\"‘’'《》;。])*"
)
# Other people, whose title may stand beside the person's own.
_OTHERS = words_of("header_of_others").pattern
# A group of columns that speaks of another matter or person, whatever a column under it is called.
_OTHER_TOPIC = re.compile(
    r"(继续教育|师德|医德|职业道德|党建|党员|党风|廉政|廉洁|纪检|安全|班组|部门|车间|团队|集体|技能|英语|外语|计算机|聘任|聘期|试用|转正|培训|理论|实操|奖金|薪|系数|名次)[^\d]{0,4}(考核|考评|评价|测评)"
    r"|(考核|考评)(分数|得分|奖金|系数|名次|排名|工资|备注|说明)"
    rf"|家庭|联系人|{_OTHERS}"
)
# Groups under which a sub-header no longer speaks of the person's present standing.
_OTHER_MATTER = re.compile(
    rf"^拟|本次申报|家庭|联系人|{_OTHERS}|审核|填报人|负责人|主管|专家|评委|紧急|担保|聘|^原(?!有)|上一级|第二|次高|其他(职称|技能)"
)
# Groups of what comes beside a level or title, by whose name alone no sub-header is one: 技能竞赛/等级, 职称外语/级别.
_BESIDE_CREDENTIAL = re.compile(
    "竞赛|大赛|比武|比赛|培训|补贴|津贴|工资|待遇|大师|工作室|[外英日俄]语|计算机|论文|创新|提升|计划|规划|执业|注册|准入|特种|考试|测试|(技能|技术)岗位$"
)
_SEVERAL = re.compile("[及和与、/]")
# Groups under which 批准时间 is not the day of a title or a skill level.
_OTHER_AWARD = re.compile(r"荣誉|表彰|奖|党|团员|项目|专利|成果|退休|聘")
# A bracketed note that makes a header another matter: 职称（聘任）, 技能等级（有效期）, 中断时间（年）.
_LIMITING = re.compile(
    rf"聘|^原|上一级|预[评审定考计期]?|待|含[^职]{{0,4}}[未拟在申]|内部|[厂企]内|(公司|企业)级|培训|目标|计划|第二|次高|有效期|家庭|年限|^年$|单位:年|分数|调动|拟|申报|{_OTHERS}"
)
PRESENT = re.compile("[现已]|目前|当前")  # what is held, also in a block of what is applied for
_TRACKS = (re.compile(r"技能|职业资格"), re.compile(r"职称|专业技术"))
_DATES_OF = re.compile(r"(取得|获得|获证|晋升).{0,8}(时间|日期|年月)")


MOST_YEARS = 5  # of assessments in one column
_HELD = ("title", "skill", "title_subject", "title_series", "title_date", "skill_date", "title_certificate", "skill_certificate")
_CLAIMS = "拟申报"  # the group of what is applied for


@lru_cache(8192, typed=True)
def header_text(value: object) -> str:
    """A header cell in the form that aliases are written in: no white space, no '*' or the like and no brackets around it, no number before it, no second language beside it, NFKC."""
    text = _one_language(value).rstrip(_MARKS_AFTER).lstrip(_MARKS_BEFORE)
    if text[:1] in _NUMBERS:
        text = _NUMBERED.sub("", text, count=1).lstrip(_MARKS_BEFORE)
    if text[-1:] in _CLOSING and (whole := _IN_BRACKETS.fullmatch(text)):
        return header_text(whole[1])
    return _OF_PERSON.sub("", text, count=1) if text[:1] in "员职人个基主" else text


def _one_language(value: object) -> str:
    """A header less the other language that it stands in too: 姓名 Name, Skill Level 技能等级."""
    text = norm(value)
    if text.isascii() or not _HAS_LATIN.search(text) or not _HAS_CHINESE.search(text) or len(text) > LONGEST_HEADER:
        return text
    spaced = unicodedata.normalize("NFKC", visible_text(value)).upper()
    if (inside := _LATIN_AROUND.fullmatch(spaced)) and not english_words().isdisjoint(re.findall("[A-Z]+", inside[1])):
        return norm(inside[2])  # Skill Grade(技能等级)
    before = _LATIN_BEFORE.match(spaced)
    if before and not english_words().isdisjoint(re.findall("[A-Z]+", before[1])):  # CAD 技能等级 is another matter
        spaced = spaced[before.end() :]
    left = _LATIN_BEHIND.sub("", spaced)
    return norm(left + ")" * (left.count("(") - left.count(")")))  # 取得时间（格式：YYYY-MM）


@cache
def _aliases() -> dict[str, set[str]]:
    """Header text → the fields of which it is an alias; {a|b} in the table means 'a or b'."""
    found: dict[str, set[str]] = {}
    for field in catalogue.fields().values():
        if field.kind != "assessment":
            found.setdefault(header_text(field.header), set()).add(field.name)
    for row in catalogue.rows("aliases"):
        choices = [part.strip("{}").split("|") if part.startswith("{") else [part] for part in _CHOICE.split(row["alias"].upper())]
        for parts in product(*choices):
            found.setdefault("".join(parts), set()).add(row["field"])
    return found


@cache
def _groups() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(row["pattern"]), row["group"]) for row in catalogue.rows("header_groups")]


def names_person(text: str) -> bool:
    """Whether a header text by itself names the person: a column of names or of ID numbers."""
    forms = (_aliases().get(form, set()) for form in (text, without_brackets(text)))
    return any(field in ("name", "id_number") for fields in forms for field in fields)


@cache
def _person_marks() -> frozenset[str]:
    """Characters of which each header that names the person has one."""
    naming = (alias for alias, fields in _aliases().items() if fields & {"name", "id_number"})
    return frozenset(without_brackets(alias)[-1:] or alias[-1:] for alias in naming)


@cache
def may_name_person() -> re.Pattern[str]:
    """What each header that names the person holds: one of `_person_marks`, or a character that may stand for one. Almost all others are their own
    normal form.
    """
    marks = "".join(_person_marks())
    return re.compile(rf"[{re.escape(marks + marks.lower())}]|[^\x00-\x7f\u3400-\u9fff]")


def is_person_header(cell: str) -> bool:
    """Whether a cell's text is a header that names the person. Quick for cells that are none: a sheet is looked through for it."""
    if len(cell) >= 40 or cell.isascii() or _person_marks().isdisjoint(unicodedata.normalize("NFKC", cell).upper()):
        return False
    return not _DIGITS_FIRST.match(cell) and names_person(header_text(cell))


@lru_cache(maxsize=4096)
def _named(text: str) -> str | None:
    """The one field that ``text`` names, bracketed notes dropped if need be; None for none or several."""
    for form in dict.fromkeys((text,) if _limited(text) else (text, without_brackets(text))):
        if len(fields := _aliases().get(form, set())) == 1:
            return next(iter(fields))
    return None


def _limited(text: str) -> bool:
    """Whether a bracketed note in ``text`` makes the header speak of something else, or of both tracks."""
    base, notes = without_brackets(text), bracketed_notes(text)
    one, two = _TRACKS
    crossed = any((one.search(base) and two.search(note)) or (two.search(base) and re.search("技能等级|职业资格", note)) for note in notes)
    return crossed or any(_LIMITING.search(note) for note in notes)


def _assessment(above: str, own: str) -> str | None:
    """The column of the yearly assessment that a header names: ``assessment_2023``, ``recent_grades`` of the last three years, ``recent_grades_2022_2024``."""
    if not _ASSESSED.search(above + own) or _OTHER_TOPIC.search(above):
        return None
    whole = above + own
    if not _is_yearly(whole) or (above and _is_yearly(own) and _YEAR.search(own)):
        if not _NEUTRAL_GROUP.fullmatch(without_brackets(above)):
            return None  # 继续教育|2023年考核
        whole = own
    if not _is_yearly(whole):
        return None
    for text in (own, whole):
        if spans := _YEARS.findall(text):
            first, last = int(spans[0][0]), int(spans[0][1])
            return f"recent_grades_{first}_{last}" if len(spans) == 1 and 0 < last - first < MOST_YEARS else None
        years = sorted({int(year) if len(year) == 4 else 2000 + int(year) for year in _YEAR.findall(text)})
        if len(years) == 1:
            return f"assessment_{years[0]}"
        if years:
            return f"recent_grades_{years[0]}_{years[-1]}" if years[-1] - years[0] + 1 == len(years) <= MOST_YEARS else None
    return "recent_grades" if _THREE_YEARS.search(whole) else None


def year_alone(above: str, own: str) -> int | None:
    """The year of a header that says of which year it is, and nothing against the yearly assessment: 2023, 2023年等次. What stands below tells the rest."""
    years = {int(year) if len(year) == 4 else 2000 + int(year) for year in _YEAR.findall(own)}
    if (
        len(years) != 1
        or _YEARS.search(own)
        or not _YEARLY.fullmatch(_YEAR.sub("", own))
        or not _NEUTRAL_GROUP.fullmatch(_YEAR.sub("", above))
    ):
        return None
    return years.pop()


def speaks_of_other_topic(text: str) -> bool:
    """Whether a text speaks of another assessment than the yearly one of a person: 安全考核, 班组考核."""
    return _OTHER_TOPIC.search(text) is not None


def is_yearly_without_year(text: str) -> bool:
    """Whether a header speaks of the yearly assessment and says of no year or years."""
    return _is_yearly(text) and not _YEAR.search(text) and not _THREE_YEARS.search(text)


def _is_yearly(text: str) -> bool:
    """Whether a header, its years left out, speaks of the yearly assessment and of nothing else."""
    notes, bare = bracketed_notes(text), without_brackets(text)
    words = _YEAR.sub("", _YEARS.sub("", bare))
    assessed = any(map(_ASSESSED.search, (bare, *notes)))
    return assessed and _YEARLY.fullmatch(words) is not None and all(_ASSESSMENT_NOTE.fullmatch(note) for note in notes)


@lru_cache(maxsize=4096)
def recognise_header(path: tuple[str, ...]) -> str | None:
    """The column name for a header path, top row first, each part already through `header_text`."""
    parts = [part for part in path if part]
    if not parts:
        return None
    own, above = parts[-1], "".join(parts[:-1])
    said = what_path_says(path)
    is_claim = is_of_claims(path) or (said is not None and said.claimed and above and not PRESENT.search(above))
    if name := _assessment(above, own) or _by_alias(above, own):
        if not (is_claim and name in _HELD):
            return name
    return column_of(said) if said else None


def _by_alias(above: str, own: str) -> str | None:
    for group in [] if _is_beside_credential(above) else _forms(above):
        if name := _named(group + own):
            return name
    if _DATES_OF.search(above) and (name := _named(f"{own}取得时间")):
        return name
    name = _named(own)
    if above and _OTHER_MATTER.search(above) and name not in ("claimed_title", "claimed_skill"):
        return None
    return None if name == "award_date" and _OTHER_AWARD.search(above) else name


def _is_beside_credential(above: str) -> bool:
    return _BESIDE_CREDENTIAL.search(above) is not None and not _SEVERAL.search(above)


@lru_cache(maxsize=4096)
def what_path_says(path: tuple[str, ...]) -> Said | None:
    """What a header path says of a credential, by its words: those of its group with its own, else its own alone."""
    parts = [part for part in path if part]
    if not parts or _limited(parts[-1]) or len(parts[-1]) > LONGEST_HEADER:
        return None
    own, above = without_brackets(parts[-1]), without_brackets("".join(parts[:-1]))
    if _is_beside_credential("".join(parts[:-1])):
        said = what_is_said(own)
        return said if said and said.track and not said.hinted else None
    if (said := what_is_said(above + own)) and not (said.claimed and PRESENT.match(own)):
        return said
    other = above and _OTHER_MATTER.search(above) and not PRESENT.match(own)
    return None if other or is_of_claims(path) else what_is_said(own)


def column_of(said: Said) -> str | None:
    """The column of what a header says by itself; None where that depends on its place."""
    if said.earlier or (said.track is None and said.part not in ("occupation",)):
        return None
    if said.claimed:
        return f"claimed_{said.track}" if said.part == "held" else None
    names = {"held": f"{said.track}", "date": f"{said.track}_date", "number": f"{said.track}_certificate"}
    if said.part == "occupation":
        return "occupation"
    return names.get(said.part) or (f"title_{said.part}" if said.part in ("series", "subject") else None)


def is_of_claims(path: tuple[str, ...]) -> bool:
    """Whether a header stands in a group of what is applied for (申报专业技术职务, 破格申报职称), and does not say that it is what is held."""
    *groups, own = [part for part in path if part] or [""]
    return bool(groups) and _canonical("".join(groups)) == _CLAIMS and not PRESENT.match(own)


@lru_cache(maxsize=4096)
def _canonical(above: str) -> str | None:
    return next((group for pattern, group in _groups() if pattern.search(above)), None)


def _forms(above: str) -> list[str]:
    """What a group may be called: as written, without 情况/信息, and by its canonical name."""
    if not above:
        return []
    bare = re.sub(r"(情况|信息|基本情况|相关|一栏)$", "", without_brackets(above))
    return list(dict.fromkeys(filter(None, [above, bare, _canonical(above)])))


@lru_cache(maxsize=4096)
def nearest_header(path: tuple[str, ...]) -> tuple[str, int] | None:
    """The canonical header that comes nearest to an unknown one, and how near in percent; None where none comes near. It takes about a millisecond."""
    known = [field.header for field in catalogue.fields().values()]
    own = next((part for part in reversed(path) if part), "")
    for text in ("".join(path), own):
        if found := difflib.get_close_matches(text, known, 1, 0.5):
            return found[0], round(100 * difflib.SequenceMatcher(None, found[0], text).ratio())
    return None
