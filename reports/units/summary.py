"""The first sheet of a unit's workbook: what to do first, how many may apply, and what was not checked."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from guantong.reports import wording
from guantong.reports.units.cells import NO_COLUMN
from guantong.reports.units.claims import AWARDS
from guantong.reports.units.claims import NAME as CLAIMS
from guantong.reports.units.people import Lists, Person
from guantong.reports.units.rosters import LEGEND, Rosters
from guantong.reports.units.rows import Row
from guantong.reports.units.waits import how_to_fill, options, wait_when_near
from guantong.reports.xlsx.report_book import ReportBook
from guantong.schemas import catalogue

WIDTHS = (33, 7, 58, 12)
MOST_FIELDS = 4  # columns to fill that are named
HOW_TO_READ = (
    "“可申报”指按名册所填内容对照文件条款得出的候选建议，不是申报结果，也不是取得资格；" + wording.DISCLAIMER + "。",
    "每人一行；各表序号从1数起的，人数与本页一致，序号前有“另”的另计。单元格（如 F12）是原名册文件中 Excel 显示的列号和行号。",
    "论文、外语、计算机、身份、学历均不作为条件。打印整本时“申报意向核对”“明细”不印。",
)
HOW_TO_READ_AWARDS = (
    "本工作簿是回溯审核：每人以名册所写的日期为审核日，核对当日是否符合文件条款。结论供人工复核，不认定授予是否有效。",
    *HOW_TO_READ[1:],
    "当日已有的技能等级、职称按各级取得时间推定；取得时间未填或不明的，当日有什么也不明。",
)


class SheetNames(NamedTuple):
    """What the sheets of a unit's workbook are called, in their order."""

    front: str = "首页"
    may_apply: str = "可申报"
    near: str = "即将符合"
    verify: str = "待核实"
    not_met: str = "不符合"
    claims: str = CLAIMS
    findings: str = "数据问题"
    details: str = "明细"
    others: str = "其他行"


NAMES = SheetNames()
NAMES_THEN = SheetNames(may_apply="当日符合", not_met="当日不符合", claims=AWARDS)  # of a retrospective audit, as of each person's own day


class ToDo(NamedTuple):
    """A line of what to do: what, how many, more about it, and the sheet that it leads to."""

    what: str
    count: int
    more: str
    sheet: str


class FrontPage:
    """The first sheet of one unit's workbook."""

    def __init__(
        self, book: ReportBook, unit: dict, parts: dict[str, list[Row]], lists: Lists, rosters: Rosters, names: SheetNames
    ) -> None:
        self.book, self.unit, self.parts, self.lists, self.rosters, self.names = book, unit, parts, lists, rosters, names
        self.rulebook = book.rulebook
        self.retrospective = wording.is_retrospective(book.rulebook)

    def write(self) -> None:
        """Write it."""
        book = self.book
        self.sheet = sheet = book.sheet(self.names.front, WIDTHS, grid=False)
        book.heading(sheet, f"{self.unit['unit']}　职业发展贯通审核结果", WIDTHS, self._about())
        at = self._paragraphs(self._to_do(3), [self._sum()]) + 1
        if fields := self._fields_to_fill():
            headers = ("待核实的人要填、改正或核实的栏目（列）", "人数", "怎样填", "只差这一栏")
            at = book.block(sheet, at, headers, _first(fields), WIDTHS)
        if not_checked := self._not_checked():
            book.wide(sheet, at, "名册反映不出、本程序没有核对，须由单位和评审（鉴定）机构审核的", WIDTHS, book.strong)
            at = self._paragraphs(at + 1, not_checked)
        if len(self.rosters.sources) > LEGEND:
            headers = ("名册文件", "行数", "工作表；其中未能审核、重复的行", "编号")
            at = book.block(sheet, at + 1, headers, list(self._rosters()), WIDTHS)
        told = [f"{label}：{text}" for label, text in wording.provenance(self.rulebook) if label not in ("审核基准日", "性质")]
        how_to_read = "".join(HOW_TO_READ_AWARDS if self.retrospective else HOW_TO_READ)
        self._paragraphs(at, [f"阅读说明：{how_to_read}", "；".join((*told, *_settings(self.rulebook)))])

    def _about(self) -> str:
        told = (("统一社会信用代码", self.unit["unit_code"]), ("所在市", self.unit["city"]), ("已审核人数", self.unit["persons"]))
        about = "　".join(f"{label} {text if text is not None else wording.BLANK}" for label, text in told)
        first = self.rosters.sources[0] if self.rosters.sources else None
        named = self.rosters.legend() if self.rosters.several or first is None else f"{first.source_file}“{first.sheet}”"
        return f"{about}　名册：{named}"

    def _to_do(self, at: int) -> int:
        book, sheet = self.book, self.sheet
        book.heads(sheet, at, ("先做什么", "人数", "说明", "在哪张表"), WIDTHS)
        for offset, todo in enumerate(self._lines(), 1):
            book.framed_line(sheet, at + offset, (todo.what, todo.count, todo.more), WIDTHS)
            book.link_to(sheet, at + offset, 3, todo.sheet, f"→ {todo.sheet}")
        return at + offset + 1

    def _lines(self) -> Iterator[ToDo]:
        lists, names = self.lists, self.names
        yield ToDo(f"{names.may_apply}", len(lists.may_apply), _aims(lists.may_apply) if lists.may_apply else "", names.may_apply)
        if lists.may_apply_more:
            more = "条件已具备，可参加技能评价；等级由职业标准等其他规定确定"
            yield ToDo("另行评价（序号前有“另”的）", len(lists.may_apply_more), more, names.may_apply)
        yield ToDo("待核实：填明后才能判断，可能可申报", len(lists.verify), self._verify_text(), names.verify)
        if lists.verify_more:
            yield ToDo("已列在别的表中，补填后还可能更高", len(lists.verify_more), "列在“待核实”表末，序号前有“另”", names.verify)
        if not self.retrospective:
            yield from self._near_lines()
        yield ToDo(names.not_met, len(lists.not_met), "逐人写明是哪一格；填错了的改正后重新报送", names.not_met)
        if lists.not_met_more:
            yield ToDo("已具备", len(lists.not_met_more), "已具有所列条款能申报到的或更高的；列在表末，序号前有“另”", names.not_met)
        if self.parts["claims"]:
            more = "已授予的与结论对照（按项计）" if self.retrospective else "名册所填“拟申报”与结论对照（按项计）"
            yield ToDo(names.claims, len(self.parts["claims"]), more, names.claims)
        yield from self._finding_lines()
        without = [row for row in self.parts["others"] if not (row.bucket == "rejected" or row.counted_at)]
        blank = sum(row.tells_nothing for row in without)
        more = f"其中 {blank} 人没有填写等级、职称、荣誉" if blank else "所填等级、职称、荣誉不在文件各条款之列"
        yield ToDo(self.rulebook["outcomes"]["no_route"], len(without), more, names.others)
        if rest := len(self.parts["others"]) - len(without):
            yield ToDo("没有审核的行、重复的行", rest, "逐行写明原因（按行计）", names.others)

    def _verify_text(self) -> str:
        counts = Counter(len({field for option in options(person) for field in option.fields}) == 1 for person in self.lists.verify)
        return f"其中 {counts[True]} 人只差一格；要填的栏目见下表，逐人的单元格见该表" if self.lists.verify else ""

    def _near_lines(self) -> Iterator[ToDo]:
        days = [person.nearly[0].eligible_on for person in self.lists.near]
        end = wording.year_later(date.fromisoformat(self.rulebook["as_of"]))
        soon = [day for day in days if day <= end]
        unfilled = sum(waits for _, waits in map(wait_when_near, self.lists.near[: len(soon)]))
        then = f"其中 {unfilled} 人到日前还须补填单元格" if unfilled else "到日即可申报"
        told = [f"最早 {soon[0]}，{then}"] if soon else []
        if later := len(days) - len(soon):
            told.append(f"一年以后还有 {later} 人，最早 {days[len(soon)]}")
        yield ToDo("一年内到年限", len(soon), "；".join(told), self.names.near)
        if self.lists.near_more:
            more = "列在“即将符合”表末，序号前有“另”"
            yield ToDo("已可申报，以后还可申报更高的", len(self.lists.near_more), more, self.names.near)

    def _finding_lines(self) -> Iterator[ToDo]:
        counts: Counter[str] = Counter()
        for finding in self.parts["findings"]:
            counts[finding.severity] += finding.findings
        more = f"错误 {counts['error']} 处（请改正）、提醒 {counts['warning']} 处（请核对）、提示 {counts['hint']} 处（空着的）"
        yield ToDo("要改正、核对的数据（按处计）", sum(counts.values()), more, self.names.findings)

    def _sum(self) -> str:
        """All that were evaluated, each once by the best outcome."""
        lists, words = self.lists, self.rulebook["outcomes"]
        near = [] if self.retrospective else [person for person in lists.near if person.best == "not_yet"]
        then = [person for person in lists.not_met if person.best == "not_yet"]
        without = self.unit["persons"] - sum(
            map(len, (lists.may_apply, lists.may_apply_more, lists.verify, near, lists.not_met, lists.not_met_more))
        )
        counts = (
            (self.names.may_apply, len(lists.may_apply)), ("另行评价", len(lists.may_apply_more)), (words["unverified"], len(lists.verify)),
            (words["not_yet"], len(near) + len(then)), (words["held"], len(lists.not_met_more)), (words["ineligible"], len(lists.not_met) - len(then)),
            (words["no_route"], without),
        )  # fmt: skip
        total = f"已审核 {self.unit['persons']} 人 ＝ {' ＋ '.join(f'{word} {count}' for word, count in counts)}"
        both = sum(person.best != "not_yet" for person in lists.near)
        return total + (f"。“即将符合”表中有 {both} 人同时待核实或另行评价，在那里计数" if both and not self.retrospective else "")

    def _fields_to_fill(self) -> list[tuple]:
        """By column, of those to verify: how many wait for it, how to fill it in, how many wait for nothing else."""
        waiting: dict[str, set[int]] = defaultdict(set)
        alone: Counter[str] = Counter()
        letters: dict[str, dict[str, None]] = defaultdict(dict)
        for at, person in enumerate(self.lists.verify):
            found = options(person)
            alone.update({option.fields[0] for option in found if len(option.fields) == 1})
            for field in {field for option in found for field in option.fields}:
                waiting[field].add(at)
                letters[field] |= dict.fromkeys(f"{cell.letter}列" if cell.letter else NO_COLUMN for cell in person.cells.get(field, ()))
        ordered = sorted(waiting, key=lambda field: (-len(waiting[field]), field))
        return [
            (f"{catalogue.header_of(field)}（{'、'.join(sorted(letters[field], key=_column_order)[:4])}）", len(waiting[field]),
             how_to_fill(field), f"{alone[field]} 人")
            for field in ordered
        ]  # fmt: skip

    def _not_checked(self) -> list[str]:
        told = self.rulebook["not_checked"]
        return [
            f"{self.rulebook['directions'][direction]}：{'；'.join(told[direction])}。"
            for direction in wording.DIRECTIONS
            if told.get(direction)
        ]

    def _rosters(self) -> Iterator[tuple]:
        for at, source in enumerate(self.rosters.sources, 1):
            yield (
                source.source_file,
                source.rows,
                f"“{source.sheet}”；未能审核 {source.rejected} 行，重复 {source.repeated} 行",
                f"名册 {at}",
            )

    def _paragraphs(self, at: int, lines: Sequence[str]) -> int:
        """Write lines across the page from row `at` on; returns the row below them."""
        for offset, line in enumerate(lines):
            self.book.wide(self.sheet, at + offset, line, WIDTHS, self.book.text)
        return at + len(lines)


def _first(fields: list[tuple]) -> list[tuple]:
    """The first columns to fill, and how many others there are."""
    rest = fields[MOST_FIELDS:]
    return fields[:MOST_FIELDS] + ([(f"其他 {len(rest)} 栏", None, "见“待核实”表", None)] if rest else [])


def _aims(people: Sequence[Person]) -> str:
    """How many may apply for what, each by the highest in a direction."""
    counts: Counter[tuple[int, str]] = Counter()
    for person in people:
        for direction in wording.DIRECTIONS:
            line = person.to_apply_for(direction)
            if line is not None and line.outcome == "eligible":
                counts[line.target_rank, line.target or wording.OTHER_TARGET] += 1
    return "按每人最高的一项：" + "、".join(f"{target} {count} 人" for (_, target), count in sorted(counts.items()))


def _column_order(letter: str) -> tuple[bool, int, str]:
    return letter == NO_COLUMN, len(letter), letter


def _settings(rulebook: dict) -> list[str]:
    changed = [setting for setting in rulebook["settings"] if setting["value"] != setting["default"]]
    if not changed:
        return ["解释口径：全部采用默认；各项内容见市局统计表“解释口径”。"]
    return [
        f"解释口径　{wording.setting_title(setting)}：{wording.setting_text(setting['value'])}（默认 {wording.setting_text(setting['default'])}；"
        f"{setting['clause']}；{setting['reason']}）"
        for setting in changed
    ]
