"""The sheets of a unit's workbook: what each line says, in the regulation's words."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from guantong.reports import wording
from guantong.reports.units.claims import claim_cells, claim_columns, claim_note
from guantong.reports.units.people import Person, lists_of, people_of
from guantong.reports.units.rosters import Rosters, addresses, runs_told
from guantong.reports.units.rows import Row
from guantong.reports.units.summary import NAMES, NAMES_THEN, FrontPage
from guantong.reports.units.waits import (
    BY_HONOUR,
    cells_in_short,
    cells_told,
    circled,
    fields_of,
    how_to_fill,
    options,
    told,
    wait_when_near,
)
from guantong.reports.units.words import UnitWords
from guantong.reports.xlsx.report_book import Column, ReportBook
from guantong.schemas import catalogue

HOLDS, HELD_THEN = Column("现技能等级／职称", 17), Column("当日技能等级／职称", 17)
CANDIDATE = (
    HOLDS, Column("可申报职称", 13), Column("自何日起", 9.5), Column("可申报技能等级", 15), Column("自何日起", 9.5),
    Column("需核对", 26), Column("应备材料", 8),
)  # fmt: skip
NEAR = (
    HOLDS, Column("符合之日", 9.5), Column("还有天数", 6), Column("届时可申报", 14), Column("条款", 8),
    Column("到日前还须补填的单元格", 28), Column("以后", 11),
)  # fmt: skip
HOW_TO_VERIFY_THEN = "各级取得时间（如高级工取得时间）说明审核日以前已有哪一级：当日以前取得的照填，没有的不填。"
HOW_TO_VERIFY = (
    "几格之间用“；”隔开的都要填；有①②的，右边一栏写明填了哪几格可能得出哪一项。“无此栏”的，在名册表头的最右边加一栏，栏名照写，其他人没有的空着。"
    "日期写成 2019-08-21，只知道年月的写成 2019年8月。“请核实”的，所填属实就不改，由评审（鉴定）机构认定。"
)
VERIFY = (HOLDS, Column("要填、改正或核实的单元格", 44), Column("填明后可能", 31))
NOT_MET = (HOLDS, Column("不能申报的", 30), Column("原因：单元格＝所填，须为", 45))
FINDINGS = (Column("级别", 4.5), Column("单元格", 24), Column("问题", 45), Column("应为", 28))
DETAILS = (Column("各条款的结论和依据", 88),)
OTHERS = (HOLDS, Column("说明", 75))
ENGINEERING = "工程系列"
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
MORE = "另"  # before the number of who is counted elsewhere
SHORT_DIRECTIONS = {"skill-to-title": "申报职称", "title-to-skill": "参加技能评价"}
SIGNS = {"eligible": "√", "refer": "○", "unverified": "？", "not_yet": "…", "held": "＝", "ineligible": "×"}
PROMOTION, SEE_VERIFY = "另可晋级", "另见待核实"
EXTRA_CHECKS = {
    PROMOTION: "另可参加晋级评价，等级由职业标准等其他规定确定（另行评价）",
    SEE_VERIFY: "补填“待核实”表中本人的单元格后，还可能申报更高的或另一方向的",
}
ON_SCREEN = "本表供在屏幕上查阅，打印整本时不印；要打印本表，请先取消“打印区域”"
SIGNATURES = (
    "单位（盖章）：　　　　　　　　　　经办人（签字）：　　　　　　　　　　负责人（签字）：　　　　　　　　　　日期：　　　　年　　月　　日"
)


class UnitSheets:
    """The sheets of one unit."""

    def __init__(self, words: UnitWords, book: ReportBook, unit: dict, parts: dict[str, list[Row]]) -> None:
        self.words, self.book, self.unit, self.parts = words, book, unit, parts
        self.rulebook, self.retrospective = words.rulebook, words.retrospective
        self.people = people_of(parts)
        self.lists = lists_of(self.people, self.retrospective)
        self.rosters = Rosters(parts["sources"])
        self.names = NAMES_THEN if self.retrospective else NAMES

    def write(self) -> None:
        """Write all sheets, what to do first in front."""
        names = self.names
        made = [
            (names.may_apply, self._may_apply), (names.near, self._near), (names.verify, self._verify), (names.not_met, self._not_met),
            (names.claims, self._claims), (names.findings, self._findings), (names.details, self._details), (names.others, self._others),
        ]  # fmt: skip
        left_out = {names.near} if self.retrospective else set()  # who was not there yet on a past day is no list to work through
        left_out |= set() if self.parts["claims"] else {names.claims}
        FrontPage(self.book, self.unit, self.parts, self.lists, self.rosters, names).write()
        for name, write in made:
            if name not in left_out:
                write(name)

    def _table(self, name: str, what: str, columns: Iterable[Column], rows: list[tuple], empty: str, **more) -> None:
        note = "；".join(filter(None, (self.rosters.legend(), more.pop("note", ""))))
        self.book.table(name, tuple(columns), rows, empty, title=f"{self.unit['unit']}　{what}", note=note, **more)

    def _list(self, name: str, what: str, columns: Iterable[Column], people: list[tuple], empty: str, more: int = 0, **told) -> None:
        """A table a line a person: `people` are (row that says who it is, the other cells), the last `more` of them counted elsewhere."""
        counted = len(people) - more
        rows = [(*self._who(_number(at, counted), row), *cells) for at, (row, cells) in enumerate(people, 1)]
        muted = [at >= counted for at in range(len(people))] if more else ()
        columns = [HELD_THEN if self.retrospective and column is HOLDS else column for column in columns]
        self._table(name, what, (*self._who_columns(), *columns), rows, empty, muted=muted, frozen=2, **told)

    def _who_columns(self) -> list[Column]:
        columns = [Column("序号", 4.5), Column("姓名", 8), *self.rosters.columns(), Column("行", 5)]
        return [*columns, Column("审核日", 9.5)] if self.retrospective else columns

    def _who(self, number: str | int, row: Row) -> tuple:
        day = (row.as_of,) if self.retrospective else ()
        return (number, row.name or wording.BLANK, *self.rosters.number(row), row.row, *day)

    def _holds(self, row: Row) -> str:
        """What a person holds: level and title."""
        return "／".join(filter(None, (self.words.held(row, track) for track in wording.TRACKS))) or "无"

    def _may_apply(self, name: str) -> None:
        people, more = self.lists.may_apply, self.lists.may_apply_more
        chosen = [(person, [person.to_apply_for(direction) for direction in wording.DIRECTIONS]) for person in (*people, *more)]
        items = [item for _, lines in chosen for line in lines if line for item in self._brings(line)]
        order = {item: at for at, item in enumerate(_all_items(self.rulebook))}
        numbers = {item: at for at, item in enumerate(sorted(set(items), key=order.__getitem__), 1)}
        checks: dict[tuple[str, str], None] = {}
        rows = []
        for person, lines in chosen:
            own = self._checks(person, lines)
            checks |= dict.fromkeys(own)
            brings = sorted({numbers[item] for line in lines if line for item in self._brings(line)})
            aims = [cell for line in lines for cell in (self._may(line), self._since(line))]
            years = self._work_years(person)
            rows.append(
                (
                    person.row,
                    (self._holds(person.row), *aims, "、".join([*dict.fromkeys(word for word, _ in own), *years]), runs_told(brings)),
                )
            )
        what = f"{name}人员（候选建议）：{len(people)} 人" + (f"；另行评价 {len(more)} 人" if more else "")
        ways = {line.direction for _, lines in chosen for line in lines if line}
        not_checked = [wording.not_checked_text(self.rulebook, direction) for direction in wording.DIRECTIONS if direction in ways]
        below = [
            *_explained(checks),
            *([f"应备材料：{'；'.join(f'{at} {item}' for item, at in numbers.items())}。"] if numbers else []),
            *(["序号前有“另”的是“另行评价”：条件已具备，可参加技能评价，等级由职业标准等其他规定确定；不计入可申报人数。"] if more else []),
            *filter(None, not_checked),
            *(["", SIGNATURES] if rows and not self.retrospective else []),
        ]
        self._list(name, what, CANDIDATE, rows, f"本单位没有{name}的人员。", more=len(more), below=below)

    def _brings(self, line: Row) -> tuple[str, ...]:
        route = self.words.route(line.route)
        return route.bring if line.title else route.bring_untitled

    def _checks(self, person: Person, lines: list[Row | None]) -> list[tuple[str, str]]:
        """What to look at, in a word each, with what it means; bars nobody."""
        told = [check for line in lines if line for check in self.words.checks(line)]
        if any(line not in lines for line in person.of("refer")):
            told.append((PROMOTION, EXTRA_CHECKS[PROMOTION]))
        if person.waiting:
            told.append((SEE_VERIFY, EXTRA_CHECKS[SEE_VERIFY]))
        return list(dict.fromkeys(told))

    def _work_years(self, person: Person) -> list[str]:
        by_years = [line for line in (*person.of("eligible"), *person.of("refer")) if self.words.route(line.route).by_work_years]
        return [text for line in by_years[:1] if (text := wording.work_years_text(line.work_years_lo, line.work_years_hi))]

    def _may(self, line: Row | None) -> str | None:
        if line is None:
            return None
        if line.outcome == "refer":
            return f"{line.target}（另行评价）" if line.target else "另行评价"
        return self.words.aim(line)

    def _since(self, line: Row | None) -> date | str | None:
        return line and (line.since or self.words.route(line.route).timeless)

    def _near(self, name: str) -> None:
        people, more = self.lists.near, self.lists.near_more
        rows = []
        for person in (*people, *more):
            first = person.nearly[0]
            now, _ = wait_when_near(person)
            later = [line for line in person.nearly if line not in now]
            waits = _joined(text for line in now for text in cells_in_short(person, fields_of(person, line)))
            days = (first.eligible_on - self.words.as_of).days
            rows.append((person.row, (
                self._holds(person.row), first.eligible_on, days, _joined(map(self.words.aim, now)), _joined(line.clause for line in now),
                waits, "；".join(f"{line.eligible_on} {self.words.aim(line)}" for line in later),
            )))  # fmt: skip
        unfilled = sum(waits for _, waits in map(wait_when_near, people))
        lacking = f"，其中 {unfilled} 人到日前还须补填单元格" if unfilled else "只差年限" if people else ""
        what = f"即将符合：{len(people)} 人{lacking}" + (f"；另有 {len(more)} 人已可申报，届时可申报更高的" if more else "")
        note = "符合之日假定本人一直在岗从事相关工作，其他条件和今后的年度考核都合格"
        self._list(name, what, NEAR, rows, "本单位没有即将符合的人员。", more=len(more), note=note)

    def _verify(self, name: str) -> None:
        people, more = self.lists.verify, self.lists.verify_more
        rows = [(person.row, (self._holds(person.row), *self._waits(person))) for person in (*people, *more)]
        what = f"待核实：{len(people)} 人" + (f"；另有 {len(more)} 人已列在别的表中，填明后还可能更高" if more else "")
        note = "请在原名册里按证书和档案填写，不清楚的不要填；填好后重新报送，即可再审"
        below = (
            [HOW_TO_VERIFY + (HOW_TO_VERIFY_THEN if self.retrospective else ""), f"怎样填：{_ways_to_fill((*people, *more))}。"]
            if rows
            else []
        )
        self._list(name, what, VERIFY, rows, "本单位没有待核实的人员。", more=len(more), note=note, below=below)

    def _waits(self, person: Person) -> tuple[str, str]:
        """The cells that a person's verdicts wait for, and what may follow."""
        return told(
            person,
            self.words.aim,
            lambda line: self.words.conditions(line.unknown, line.direction, line.as_of),
            self._asked_of,
            SHORT_DIRECTIONS,
        )

    def _asked_of(self, line: Row, field: str) -> str | None:
        """What an unknown condition asks of a field; of the years each grade or day says itself what it lacks."""
        for condition in line.unknown.split():
            asks = self.words.asks(line.direction, condition, line.as_of)
            if condition != "tenure" and (
                field in asks["fields"] or "assessment" in asks["fields"] and field.startswith(("assessment_", "recent_grades"))
            ):
                return asks["text"]
        return None

    def _not_met(self, name: str) -> None:
        people, more = self.lists.not_met, self.lists.not_met_more
        rows = [(person.row, (self._holds(person.row), *self._reasons(person))) for person in (*people, *more)]
        what = f"{name}：{len(people)} 人" + (f"；另有 {len(more)} 人已具备" if more else "")
        note = "所填有误的，请按证书和档案改正后重新报送"
        self._list(name, what, NOT_MET, rows, f"本单位没有{name}的人员。", more=len(more), note=note)

    def _reasons(self, person: Person) -> tuple[str, str]:
        """What a person can't apply for, and why; aims with the same reasons stand together, and a reason that several have once, with their numbers."""
        grouped: dict[tuple[str, ...], list[Row]] = {}
        for line in person.lines:
            if line.outcome in ("held", "ineligible", "not_yet"):
                grouped.setdefault(self._why(person, line), []).append(line)
        several = len(grouped) > 1
        aims = [_joined(map(self.words.aim, lines)) for lines in grouped.values()]
        of_aims: dict[str, str] = {}
        for at, whys in enumerate(grouped):
            for why in whys:
                of_aims[why] = of_aims.get(why, "") + circled(at)
        alike: dict[str, list[str]] = {}
        for why, numbers in of_aims.items():
            alike.setdefault(numbers if several else "", []).append(why)
        marked = [f"{circled(at)}{aim}" if several else aim for at, aim in enumerate(aims)]
        return "；".join(marked), "；".join(f"{numbers}{'；'.join(whys)}" for numbers, whys in alike.items())

    def _why(self, person: Person, line: Row) -> tuple[str, ...]:
        if line.outcome == "held":
            return ("已具有所列的或更高的",)
        if line.outcome == "not_yet":
            return (f"{line.eligible_on} 才满年限",)
        return person.once((line.direction, line.not_met, "why"), lambda: self._all_failing(person, line, True))

    def _all_failing(self, person: Person, line: Row, asked: bool) -> tuple[str, ...]:
        return tuple(self._failing(person, line, condition, asked) for condition in line.not_met.split())

    def _failing(self, person: Person, line: Row, condition: str, asked: bool) -> str:
        """The cell that says that a condition is not met, and, where that is `asked`, what would have to stand there."""
        asks = self.words.asks(line.direction, condition, line.as_of)
        if condition == "tenure":
            return asks["text"]
        if condition == "assessments":
            cells = _failing_grades(person, asks, line.as_of or self.words.as_of)
        else:
            own = [cell for field in asks["fields"] for cell in person.cells.get(field, ())]
            cells = [cell for cell in own if cell.field == "skill" or cell.value not in (None, ENGINEERING)]
        told = _joined(cell.text for cell in cells) or self.words.look_up("conditions", condition, line.as_of)["name"]
        return f"{told}，{asks['text']}" if asked else told

    def _claims(self, name: str) -> None:
        claims = self.parts["claims"]
        rows = [(claim, claim_cells(claim, self.words)) for claim in claims]
        below = _explained(check for claim in claims for check in self.words.checks(claim))
        note = f"{claim_note(self.rulebook)}{ON_SCREEN}。"
        what = f"{name}：{len(rows)} 项"
        self._list(name, what, claim_columns(self.retrospective), rows, "没有。", note=note, below=below, printed=False)

    def _findings(self, name: str) -> None:
        findings = self.parts["findings"]
        rows = [
            (wording.SEVERITIES[finding.severity], *self.rosters.number(finding), addresses(finding), finding.message, finding.expected or finding.action)
            for finding in findings
        ]  # fmt: skip
        level, *others = FINDINGS
        what = f"数据问题：{sum(finding.findings for finding in findings)} 处"
        self._table(name, what, (level, *self.rosters.columns(), *others), rows, "本单位的花名册没有发现数据问题。", frozen=2)

    def _details(self, name: str) -> None:
        """A line a person with all verdicts: the sign of the outcome, clause and target, and what it rests on."""
        rows = [(person.row, (self._verdicts(person),)) for person in self.people]
        used = {line.route for person in self.people for line in person.lines}
        signs = "　".join(f"{sign} {self.words.outcomes[outcome]}" for outcome, sign in SIGNS.items())
        clauses = [f"{route['clause']}　{self.words.route(code).basis}" for code, route in self.rulebook["routes"].items() if code in used]
        below = [f"符号：{signs}", *dict.fromkeys(clauses)] if rows else []
        self._list(
            name, "明细：每人在每条款上的结论", DETAILS, rows, "本单位没有可对照条款的人员。", below=below, note=ON_SCREEN, printed=False
        )

    def _verdicts(self, person: Person) -> str:
        """All verdicts of a person, those of one outcome and reason together, and in them those on one target."""
        grouped: dict[tuple[str, str], dict[str, list[str]]] = {}
        for line in person.lines:
            aims = grouped.setdefault((SIGNS[line.outcome], self._rests_on(person, line)), {})
            aims.setdefault(self.words.aim(line) + self._day(line), []).append(line.clause)
        told = [
            f"{sign} {'、'.join(f'{aim}{_clauses(*clauses)}' for aim, clauses in aims.items())}{why and f'：{why}'}"
            for (sign, why), aims in grouped.items()
        ]
        undecided = [
            f"？ 能否{'' if row.decides else BY_HONOUR}{SHORT_DIRECTIONS[row.direction]}：{_joined(cells_told(person, row.deciding.split()))}"
            for row in person.undecided
        ]
        return "；".join([*told, *undecided])

    def _day(self, line: Row) -> str:
        if line.outcome in ("eligible", "refer"):
            years = wording.work_years_text(line.work_years_lo, line.work_years_hi) if self.words.route(line.route).by_work_years else ""
            told = "，".join(filter(None, (line.since and f"{line.since}起", years)))
            return f"（{told}）" if told else ""
        return f"（{line.eligible_on}）" if line.outcome == "not_yet" else ""

    def _rests_on(self, person: Person, line: Row) -> str:
        if line.outcome == "ineligible":
            return person.once((line.direction, line.not_met, "cells"), lambda: "；".join(self._all_failing(person, line, False)))
        if line.outcome == "unverified":
            waits = _joined(cells_in_short(person, fields_of(person, line))) or self.words.conditions(
                line.unknown, line.direction, line.as_of
            )
            return "，".join(filter(None, (waits, wording.certain_text(line.certain_by))))
        return ""

    def _others(self, name: str) -> None:
        """The rows that stand in no other sheet, so that nobody is lost."""
        rows = [(row, (self._holds(row), self._why_other(row))) for row in self.parts["others"]]
        self._list(name, "其他行：不在以上各表的行", OTHERS, rows, "本单位的每一行都已列入以上各表。")

    def _why_other(self, row: Row) -> str:
        """Why a row stands in no other sheet."""
        if row.bucket == "rejected":
            known = self.rulebook["findings"].get(row.rejected_for)
            return f"未能审核：{known['title'] if known else row.rejected_for}"
        if row.counted_at:
            return f"与另一行为同一人（{row.counted_at}），只按该行计一次"
        if row.not_known and self.retrospective:
            return f"当日已有的{'、'.join(wording.TRACKS[track] for track in row.not_known.split())}不明，不能对照条款；请补充各级取得时间"
        if row.tells_nothing:
            return f"没有填写技能等级、职称、荣誉称号，{self.words.outcomes['no_route']}；有的请按证书填写，重新报送"
        later = "（审核日之后取得的不计）" if row.not_known else ""
        later += "；名册没有“职称”栏，有无职称没有审核" if row.tells_no_title else ""
        if row.tells_what_gives_none:
            return f"所填等级（职称）写明作废、申报中等的按没有取得处理，见“数据问题”；{self.words.outcomes['no_route']}{later}"
        return f"所填技能等级、职称、荣誉称号不在{self.words.document(row.as_of)}各条款所列范围，{self.words.outcomes['no_route']}{later}"


def _number(at: int, counted: int) -> int | str:
    """The number of a line; of who is counted elsewhere a number of its own."""
    return at if at <= counted else f"{MORE}{at - counted}"


def _ways_to_fill(people: Iterable[Person]) -> str:
    """How the columns are filled in that people wait for, those alike together."""
    headers: dict[str, list[str]] = {}
    for field in sorted({field for person in people for option in options(person) for field in option.fields}):
        headers.setdefault(how_to_fill(field), []).append(catalogue.header_of(field))
    return "；".join(f"{'、'.join(names)}——{way}" for way, names in headers.items())


def _explained(checks: Iterable[tuple[str, str]]) -> list[str]:
    """What each word of 需核对 means."""
    told = "；".join(f"{word}——{text}" for word, text in dict.fromkeys(checks))
    return [f"需核对（请单位对照原始材料）：{told}。"] if told else []


def _failing_grades(person: Person, asked: dict, as_of: date) -> list[Row]:
    """The cells of grades that don't pass: of the last years, or, where the years may end earlier, of the one before."""
    several = [cell for cell in person.cells.get("recent_grades", ()) if cell.value]
    failing = {
        int(field.removeprefix("assessment_")): cells[0]
        for field, cells in person.cells.items()
        if field.startswith("assessment_") and cells[0].value in asked["failing"]
    }
    within = [cell for year, cell in sorted(failing.items()) if year >= as_of.year - asked["years"]]
    return several or within or [cell for year, cell in sorted(failing.items()) if year == as_of.year - asked["years"] - 1]


def _all_items(rulebook: dict) -> list[str]:
    """All that any route has people bring, in the order of the rule book."""
    return list(dict.fromkeys(item for route in rulebook["routes"].values() for item in (*route["bring"], *route["bring_untitled"])))


def _joined(words: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(words))


@cache
def _clauses(*clauses: str) -> str:
    """Clauses that differ in the last number alone, once: 四（三）1、2."""
    ordered = sorted(dict.fromkeys(clauses), key=lambda clause: clause.translate(_NUMERALS))
    before = ["", *ordered]
    return "、".join(clause[-1] if clause[:-1] == last[:-1] else clause for last, clause in zip(before, ordered, strict=False))
