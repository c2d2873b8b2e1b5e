"""The sheets of a unit's workbook: what each line says, in the regulation's words."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple

from guantong.reports import wording
from guantong.reports.units.claims import DAY, write_claims
from guantong.reports.units.rows import Row, person_cells
from guantong.reports.units.summary import write_summary
from guantong.reports.xlsx.report_book import Column, ReportBook

PERSON = (Column("来源文件", 18), Column("工作表", 9), Column("行", 7), Column("姓名", 9))
HOLDS = {"skill-to-title": Column("现技能等级", 12), "title-to-skill": Column("现职称／技能等级", 14)}
CANDIDATE = (
    Column("可申报", 14), Column("本人第几项", 9), Column("结论", 12), Column("条款", 10), Column("依据", 40),
    Column("自何日起", 11), Column("需核对", 26), Column("应备材料", 38),
)  # fmt: skip
NEAR = (
    Column("现技能等级／职称", 14), Column("方向", 14), Column("将可申报", 14), Column("条款", 10),
    Column("符合之日", 11), Column("距基准日天数", 8), Column("尚缺的栏目", 22), Column("需核对", 28),
)  # fmt: skip
VERIFY = (
    Column("现技能等级／职称", 14), Column("方向", 14), Column("申报目标", 14), Column("条款", 10),
    Column("缺少或不明的栏目", 28), Column("因此不能判定的条件", 30), Column("需核对", 26),
)  # fmt: skip
REST = (
    Column("现技能等级／职称", 14), Column("方向", 18), Column("申报目标", 22), Column("条款", 18),
    Column("结论", 9), Column("原因（条件及所依条款）", 48),
)  # fmt: skip
FINDINGS = (
    Column("来源文件", 22), Column("单元格", 16), Column("级别", 7), Column("栏目", 14), Column("填写内容", 18),
    Column("问题", 40), Column("应为", 30), Column("处理办法", 36),
)  # fmt: skip
OTHERS = (Column("现技能等级", 14), Column("现职称", 14), Column("说明", 70))

CANDIDATES = {"skill-to-title": "高技能人才申报职称候选", "title-to-skill": "专业技术人才参加技能评价候选"}
# Of a retrospective audit: as of each person's own day.
CANDIDATES_THEN = {"skill-to-title": "当日符合（申报职称）", "title-to-skill": "当日符合（参加技能评价）"}
NO_UNKNOWN = "未指明栏目，见右列条件"
# Of who may have a route, but for a cell that can't be read or rows that conflict: target, condition, and what to do where no finding says it.
NOT_DECIDED = "填明后才能判断"
UNREADABLE = "有无可走的路径（所填内容无法识别或前后不一）"
CORRECT = "请按证书或规范词语改填"


class RouteText(NamedTuple):
    """What every line of a route says. timeless: in place of a day, where no day bears on it."""

    name: str
    basis: str
    bring: str
    bring_untitled: str
    mark: str
    timeless: str | None
    by_work_years: bool


class UnitWriter:
    """Writes unit workbooks from one rule book (keys: see audit_data.RULEBOOK_PARTS)."""

    def __init__(self, rulebook: dict) -> None:
        self.rulebook = rulebook
        self.retrospective = wording.is_retrospective(rulebook)
        self.as_of = None if self.retrospective else date.fromisoformat(rulebook["as_of"])
        self.person_columns = (*PERSON, *DAY) if self.retrospective else PERSON
        self.words = rulebook["outcomes"]
        # a few hundred distinct ones stand in a hundred thousand rows
        self._notes, self._conditions, self._route = map(cache, (self._made_notes, self._made_conditions, self._made_route))

    def write(self, book: ReportBook, unit: dict, parts: dict[str, list[tuple]]) -> None:
        """Write the sheets of `unit` (a row of units) into `book` from its `parts`, the rows of each query.

        Raises ValueError where a verdict names a route, condition or note that the rule book lacks.
        """
        lines, having = parts["lines"], defaultdict(list)
        for line in lines:
            having[line.outcome].append(line)
        write_summary(book, self.rulebook, unit, parts, self._targets(having["eligible"]))
        if self.retrospective:
            write_claims(book, self.rulebook, parts["claims"], self._conditions, self._notes)
        for direction, name in (CANDIDATES_THEN if self.retrospective else CANDIDATES).items():
            self._candidates(book, name, direction, lines)
        if self.retrospective:  # who was not there yet on a past day is no list to work through
            self._verify(book, having["unverified"], parts["undecided"], parts["unclear"])
            self._rest(book, "当日不符合与已具备", [line for line in lines if line.outcome in ("not_yet", "held", "ineligible")])
        else:
            self._near(book, having["not_yet"])
            self._verify(book, having["unverified"], parts["undecided"], parts["unclear"])
            self._rest(book, "不符合与已具备", [line for line in lines if line.outcome in ("held", "ineligible")])
            write_claims(book, self.rulebook, parts["claims"], self._conditions, self._notes)
        self._findings(book, parts["findings"])
        self._others(book, parts["others"])

    def _columns(self, *columns: Column) -> tuple[Column, ...]:
        """Who, and these columns; what is held is what was held on the day, of a retrospective audit."""
        if not self.retrospective:
            return (*self.person_columns, *columns)
        return (*self.person_columns, *(Column(column.header.replace("现", "当日"), column.width) for column in columns))

    def _targets(self, eligible: list[Row]) -> Counter:
        """{(direction, target): persons who meet the conditions of a route to it}."""
        persons = {(line.direction, _aim(line), *line[:3]) for line in eligible}
        return Counter((direction, target) for direction, target, *_ in persons)

    def _candidates(self, book: ReportBook, name: str, direction: str, lines: list[Row]) -> None:
        """Whoever may apply: a line per person and route, a person's best first and the rest paler."""
        rows, muted = [], []
        person, line_texts = None, []
        for line in lines:
            if line.direction != direction or line.outcome not in ("eligible", "refer"):
                continue
            if line[:3] != person:
                person, line_texts = line[:3], []
            route = self._route(line.route)
            texts = (route.basis, self._notes(line.review, line.as_of), route.bring if line.title else route.bring_untitled)
            line_texts.append(texts)
            basis, notes, bring = _unrepeated(line_texts) if len(line_texts) > 1 else texts
            years = wording.work_years_text(line.work_years_lo, line.work_years_hi) if route.by_work_years else ""
            rows.append((
                *person_cells(line, self.retrospective), self._holds(line), f"{_aim(line)}{route.mark}", len(line_texts), self.words[line.outcome], line.clause,
                f"{route.name}：{basis}{years and f'（{years}）'}", line.since or route.timeless, notes, bring,
            ))  # fmt: skip
            muted.append(len(line_texts) > 1)
        columns = self._columns(HOLDS[direction], *CANDIDATE)
        note = wording.not_checked_text(self.rulebook, direction)
        book.table(name, columns, rows, "本单位在这一方向没有符合申报条件的人员。", muted, note=note)

    def _near(self, book: ReportBook, lines: list[Row]) -> None:
        lines = sorted(lines, key=lambda line: line.eligible_on or date.max)
        rows = [
            (*person_cells(line, self.retrospective), self._holds(line), self._direction(line), _aim(line), line.clause,
             line.eligible_on or "待定", (line.eligible_on - self.as_of).days if line.eligible_on else None,
             line.missing, self._notes(line.review, line.as_of))
            for line in lines
        ]  # fmt: skip
        book.table("即将符合", (*PERSON, *NEAR), rows, "本单位没有仅差年限的人员。")

    def _verify(self, book: ReportBook, lines: list[Row], undecided: list[Row], unclear: list[Row]) -> None:
        """Who may have routes, but for a cell that is not clear: these first, for all rests on it. Then the verdicts that can't be settled."""
        cells: dict[tuple, dict[str, Row]] = defaultdict(dict)
        for cell in unclear:
            cells[cell[:3]][cell.field] = cell
        rows = [
            (*person_cells(row, self.retrospective), self._holds(row), self._direction(row), NOT_DECIDED, None,
             *_told_cells(cells[row[:3]], row.direction))
            for row in undecided
        ] + [
            (*person_cells(line, self.retrospective), self._holds(line), self._direction(line), _aim(line), line.clause,
             _missing(line.missing, cells[line[:3]]), self._undecided_conditions(line), self._notes(line.review, line.as_of))
            for line in lines
        ]  # fmt: skip
        book.table("待核实", self._columns(*VERIFY), rows, "本单位没有待核实的人员。")

    def _undecided_conditions(self, line: Row) -> str:
        conditions, certain = self._conditions(line.unknown, line.as_of), wording.certain_text(line.certain_by)
        return "；".join(filter(None, (conditions, certain)))

    def _rest(self, book: ReportBook, name: str, lines: list[Row]) -> None:
        """A line per person, direction and reason, with all the targets that it bars."""
        grouped: dict[tuple, list[Row]] = {}
        for line in lines:
            why = "已具有所列目标或更高" if line.outcome == "held" else self._conditions(line.not_met, line.as_of)
            why += f"，{line.eligible_on} 才满" if line.outcome == "not_yet" else ""
            grouped.setdefault((person_cells(line, self.retrospective), line.direction, line.outcome, why), []).append(line)
        rows = [
            (*person, self._holds(same[0]), self._direction(same[0]), _joined(_aim(line) for line in same),
             _joined(line.clause for line in same), self.words[outcome], why)
            for (person, _, outcome, why), same in grouped.items()
        ]  # fmt: skip
        book.table(name, self._columns(*REST), rows, "本单位没有不符合或已具备的人员。")

    def _findings(self, book: ReportBook, findings: list[Row]) -> None:
        rows = [
            (finding.source_file, wording.place_text(finding.source_file, finding.sheet, finding.row, finding.column), wording.SEVERITIES[finding.severity], finding.header, finding.value,
             finding.message, finding.expected, finding.action)
            for finding in findings
        ]  # fmt: skip
        book.table("数据问题", FINDINGS, rows, "本单位的花名册没有发现数据问题。")

    def _others(self, book: ReportBook, others: list[Row]) -> None:
        """The rows that stand in no other sheet, so that nobody is lost."""
        rows = [
            (*person_cells(row, self.retrospective), *(self._held(row, track) for track in wording.TRACKS), self._why(row))
            for row in others
        ]
        book.table("其他行", (*self.person_columns, *OTHERS), rows, "本单位的每一行都已列入以上各表。")

    def _why(self, row: Row) -> str:
        """Why a row stands in no other sheet."""
        if row.bucket == "rejected":
            known = self.rulebook["findings"].get(row.rejected_for)
            return f"未能审核：{known['title'] if known else row.rejected_for}"
        if row.counted_at:
            return f"与另一行为同一人（{row.counted_at}），只按该行计一次"
        if row.not_known and self.retrospective:
            return f"当日已有的{'、'.join(wording.TRACKS[track] for track in row.not_known.split())}不明，不能对照条款；请补充各级取得时间"
        later = "（审核日之后取得的不计）" if row.not_known else ""
        return f"所填技能等级、职称、荣誉称号不在{self._document(row.as_of)}各条款所列范围，{self.words['no_route']}{later}"

    def _document(self, as_of: date | None) -> str:
        """The document that judged a person: 本意见, or which of several, and whether only a part of it is known."""
        if "policies" not in self.rulebook:
            return "本意见"
        judge = wording.policy_part_of(self.rulebook, as_of)
        return wording.document_number(judge) + ("已收录的" if judge["policy"]["scope"] else "")

    def _holds(self, line: Row) -> str:
        """What the person holds on the tracks that a direction asks about, and what can't be told of them."""
        tracks = ("title", "skill") if line.direction == "title-to-skill" else ("skill",)
        return "／".join(filter(None, (self._held(line, track) for track in tracks))) or "无"

    def _held(self, row: Row, track: str) -> str | None:
        word = row.skill_level if track == "skill" else row.title
        return wording.NOT_KNOWN if not word and track in (row.not_known or "").split() else word

    def _direction(self, line: Row) -> str:
        return self.rulebook["directions"][line.direction]

    def _made_route(self, code: str) -> RouteText:
        """How a route is told: its clause with the rule that it refers to where it does not fix the level itself."""
        route = self._look_up("routes", code)
        refers = route.get("refers_to")
        basis = f"{route['clause_text']}（{refers}）" if refers else route["clause_text"]
        timeless = "无年限要求" if route["years"] is None else None
        bring, bring_untitled = "；".join(route["bring"]), "；".join(route["bring_untitled"])
        return RouteText(
            route["name"], basis, bring, bring_untitled, "（破格）" if route["exceptional"] else "", timeless, route["by_work_years"]
        )

    def _made_notes(self, codes: str | None, as_of: date | None) -> str:
        return "；".join(self._look_up("notes", code, as_of) for code in (codes or "").split())

    def _made_conditions(self, ids: str | None, as_of: date | None) -> str:
        conditions = [self._look_up("conditions", code, as_of) for code in (ids or "").split()]
        return "；".join(f"{condition['name']}（{condition['clause']}）" for condition in conditions)

    def _look_up(self, part: str, code: str, as_of: date | None = None):
        """What the rule book says of ``code``; of several policies the one that judged the person's day, ``as_of``."""
        book = wording.policy_part_of(self.rulebook, as_of)
        if code not in book[part]:
            raise ValueError(f"规则书的 {part} 中没有 {code}")
        return book[part][code]


def _unrepeated(line_texts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The last of the long texts of a person's lines, each written once: 同第N项 for one that the person's Nth line has."""
    *before, texts = line_texts
    told = (next((n for n, other in enumerate(before, 1) if other[at] == text), None) for at, text in enumerate(texts))
    return tuple(f"同第{n}项" if text and n else text for n, text in zip(told, texts, strict=True))


def _told_cells(cells: dict[str, Row], direction: str) -> tuple[str, str, str]:
    """Of who has no route in a direction, and may have one: the cells that would tell, why that is not decided, and what to do."""
    deciding = [cells[name] for name in wording.DECIDING_FIELDS[direction] if name in cells] or list(cells.values())
    return _joined(cell.cell for cell in deciding), UNREADABLE, _joined(cell.action or CORRECT for cell in deciding)


def _missing(headers: str | None, cells: dict[str, Row]) -> str:
    """The fields that a verdict waits for; of those that are filled and not clear the cell with what stands in it."""
    written = {cell.header: cell.cell for cell in cells.values()}
    return "、".join(written.get(header, header) for header in headers.split("、")) if headers else NO_UNKNOWN


def _aim(line: Row) -> str:
    return line.target or wording.OTHER_TARGET


def _joined(words: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(words))
