"""The first sheet of a unit's workbook: totals, how to read the rest, where it was read from."""

from collections import Counter
from operator import attrgetter

from guantong.reports import wording
from guantong.reports.xlsx.report_book import ReportBook

WIDTHS = (34, 30, 34, 30)
ONE_PAGE = 8  # source files with which the summary still fits a page
HOW_TO_READ = (
    "“候选”指按名册所填内容对照文件条款得出的建议，不是申报结果，也不是取得资格；" + wording.DISCLAIMER + "。",
    "两个候选表中一人可有几行，每行是一条可走的条款；“本人第几项”为1的是其中最高的一项，筛选1即每人一行；“同第1项”等指与本人该项所写相同。",
    "“另行评价（候选）”指条件已具备，可申报的等级由职业标准等其他规定确定。",
    "“需核对”是名册没有写明、须由单位对照原始材料确认的事项；“应备材料”是申报时须带的证书和证明。",
    "“即将符合”只差年限，按符合之日排列；“待核实”缺少必要内容或所填内容无法识别，按所列栏目补填、改填后重新报送即可再审。",
    "“行”“单元格”是原名册文件中 Excel 显示的行号和列号。论文、外语、计算机、身份、学历均不作为条件。",
)

HOW_TO_READ_AWARDS = (
    "本工作簿是回溯审核：每人以名册所写的日期为审核日，核对当日是否符合文件条款。结论供人工复核，不认定授予是否有效。",
    *(line for line in HOW_TO_READ[1:] if not line.startswith("“即将符合”")),
    "当日已有的技能等级、职称按各级取得时间推定；取得时间未填或不明的，当日有什么也不明。",
    "“待核实”缺少必要内容或所填内容无法识别，按所列栏目补填、改填后重新报送即可再审。",
)


def write_summary(book: ReportBook, rulebook: dict, unit: dict, parts: dict, targets: Counter) -> None:
    """Write 汇总. parts: lists of rows by query; targets: {(direction, target): persons}."""
    sheet = book.sheet("汇总", WIDTHS, grid=False)
    book.name(sheet, "工程技术领域职业发展贯通　单位候选汇总")
    facts = [("单位", unit["unit"]), ("统一社会信用代码", unit["unit_code"]), ("所在市", unit["city"])]
    at = 2
    for label, text in [*facts, *wording.provenance(rulebook)]:
        sheet.write_string(at, 0, label, book.strong)
        book.wide(sheet, at, text or wording.BLANK, WIDTHS[1:], book.text, 1)
        at += 1
    at = book.block(sheet, at + 1, ("名册", "行数"), _roster(parts, unit), WIDTHS)
    at = book.block(sheet, at, ("数据问题（见“数据问题”表）", "条数"), _severities(parts), WIDTHS)
    directions = tuple(rulebook["directions"][direction] for direction in wording.DIRECTIONS)
    at = book.block(sheet, at, ("人数（每人按本方向最好结果计一次）", *directions), _outcomes(parts, rulebook), WIDTHS)
    at = book.block(sheet, at, ("可申报目标", "方向", wording.ELIGIBLE_COUNT), _targets(targets, rulebook), WIDTHS)
    at = _paragraphs(book, sheet, at, "阅读说明", HOW_TO_READ_AWARDS if wording.is_retrospective(rulebook) else HOW_TO_READ)
    at = _paragraphs(book, sheet, at, "解释口径", _settings(rulebook))
    if len(parts["sources"]) <= ONE_PAGE:
        sheet.fit_to_pages(1, 1)
    book.block(sheet, at, ("来源文件", "本单位行数", "其中未能审核", "其中重复"), parts["sources"], WIDTHS)


def _roster(parts: dict, unit: dict) -> list[tuple]:
    rows, rejected, repeated = (sum(map(attrgetter(name), parts["sources"])) for name in ("rows", "rejected", "repeated"))
    counts = (rows, rejected, repeated, unit["persons"])
    return list(zip(("读到的行", "未能审核的行", "重复的行（同一人）", "已审核人数"), counts, strict=True))


def _severities(parts: dict) -> list[tuple]:
    counts = Counter(finding.severity for finding in parts["findings"])
    return [(word, counts[severity]) for severity, word in wording.SEVERITIES.items()]


def _outcomes(parts: dict, rulebook: dict) -> list[tuple]:
    words = rulebook["outcomes"]
    persons = {(row.direction, row.outcome): row.persons for row in parts["outcomes"]}
    return [
        (wording.count_label(outcome, words), *(persons.get((direction, outcome), 0) for direction in wording.DIRECTIONS))
        for outcome in wording.OUTCOMES
    ]


def _targets(targets: Counter, rulebook: dict) -> list[tuple]:
    """A person who meets the conditions of two targets is counted at each of them."""
    order = {target: rank for rank, target in enumerate(wording.TARGETS)}
    ranked = sorted(targets.items(), key=lambda item: (item[0][0], order.get(item[0][1], len(order)), item[0][1]))
    rows = [(target, rulebook["directions"][direction], count) for (direction, target), count in ranked]
    return rows or [("（无）", "", 0)]


def _settings(rulebook: dict) -> list[str]:
    changed = [setting for setting in rulebook["settings"] if setting["value"] != setting["default"]]
    if not changed:
        return ["全部采用默认解释口径；各项内容见市局统计表“解释口径”。"]
    return [
        f"{wording.setting_title(setting)}：{wording.setting_text(setting['value'])}（默认 {wording.setting_text(setting['default'])}；"
        f"{setting['clause']}；{setting['reason']}）"
        for setting in changed
    ]


def _paragraphs(book: ReportBook, sheet, at: int, header: str, lines: list[str] | tuple[str, ...]) -> int:
    sheet.write_string(at, 0, header, book.strong)
    for offset, line in enumerate(lines, 1):
        book.wide(sheet, at + offset, line, WIDTHS, book.text)
    return at + len(lines) + 2
