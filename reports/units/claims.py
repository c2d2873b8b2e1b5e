"""Claims (拟申报职称, 拟申报技能等级) against what the clauses say of the person: a unit's sheet, and the bureau's table."""

import duckdb

from guantong.reports import wording
from guantong.reports.units.rows import Row
from guantong.reports.units.words import UnitWords
from guantong.reports.xlsx.report_book import Column, ReportBook

NAME, AWARDS = "申报意向核对", "授予核对"
# The results of a claim, in the order in which a table of counts has them.
RESULTS = {"supported": "有据", "too_early": "未到日期", "unverified": "待核实", "unsupported": "无据", "held": "已具备"}
# The same of an award that was made (回溯审核), as of its own day.
AWARD_RESULTS = RESULTS | {"too_early": "当日未满年限", "held": "当日前已具备"}
COLUMNS = (
    Column("方向", 11), Column("拟申报", 11), Column("核对结果", 8), Column("条款", 8), Column("说明", 24), Column("最早日期", 9.5),
    Column("需核对", 11), Column("另可申报更高的", 9),
)  # fmt: skip
NOTE = "花名册所填“拟申报”与审核结果对照，只供申报前核对；填写意向不影响审核结果。"
AWARD_NOTE = (
    "已授予的职称（等级）在审核日按本文件是否有据，供人工复核。“无据”只指名册所填与本文件各条款对不上，也可能依其他规定取得。"
    "授予的是什么，按取得时间与审核日相同的证书，或名册所填“拟申报”。"
)
COUNTED = "按意向计数：一人拟申报职称又拟申报技能等级的计两次；“低于可申报的”指本人符合更高目标的申报条件。"
AWARDS_COUNTED = "按授予的项计数；“低于可申报的”指本人当日符合更高目标的申报条件。" + AWARD_NOTE
COUNTS = f"""
SELECT c.direction, c.claimed, count(*), {", ".join(f"count(*) FILTER (result = '{result}')" for result in RESULTS)}, count(c.could_claim)
FROM claims c JOIN people USING (pid)
GROUP BY c.direction, c.claimed ORDER BY c.direction, coalesce(list_position({list(wording.TARGETS)}, c.claimed), 99), c.claimed
"""


def claim_columns(awards: bool) -> list[Column]:
    """The columns of 申报意向核对; of a retrospective audit of 授予核对."""
    return [Column("授予", column.width) if awards and column.header == "拟申报" else column for column in COLUMNS]


def claim_note(rulebook: dict) -> str:
    """How to read it."""
    return _of_awards(rulebook, AWARD_NOTE) if wording.is_retrospective(rulebook) else NOTE


def claim_cells(claim: Row, words: UnitWords) -> tuple:
    """The cells of a claim, beside whose it is."""
    results = AWARD_RESULTS if words.retrospective else RESULTS
    why = _why(claim, words.conditions(claim.not_met, claim.direction, claim.as_of), words.rulebook)
    return (words.rulebook["directions"][claim.direction], claim.claimed, results[claim.result], claim.clause, why, claim.eligible_on,
            "、".join(word for word, _ in words.checks(claim)), claim.could_claim)  # fmt: skip


def _of_awards(rulebook: dict, note: str) -> str:
    """A note on awards; where there are several policies, on which document it speaks of."""
    return note.replace("本文件", "审核日所用的文件") if "policies" in rulebook else note


def _why(claim: Row, failing: str, rulebook: dict) -> str:
    """What a result rests on, in a sentence."""
    awards = wording.is_retrospective(rulebook)
    if claim.result == "supported":
        return wording.OTHER_TARGET if claim.outcome == "refer" else "所列条款的条件均已满足"
    if claim.result == "too_early":
        return f"年限未满；另缺少或不明：{claim.missing}" if claim.missing else "只差年限"
    if claim.result == "unverified":
        missing = f"缺少或不明：{claim.missing}" if claim.missing else "有条件不明"
        return "；".join(filter(None, (missing, wording.certain_text(claim.certain_by))))
    if claim.result == "held":
        return "审核日之前已具有所授予的或更高的" if awards else "已具有所拟申报的或更高的"
    if claim.clause:
        return f"不满足：{failing}"
    no_route = rulebook["outcomes"]["no_route"]
    return f"{no_route}，可能依其他规定取得" if awards else no_route


def claim_counts(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Claims (awards) by direction and target, how many came out how. People are counted once a unit."""
    return connection.execute(COUNTS).fetchall()


def write_claim_counts(book: ReportBook, counts: list[tuple]) -> None:
    """Write 申报意向核对 (授予核对) into the bureau's statistics, from `claim_counts`."""
    rows = [(book.rulebook["directions"][direction], *more) for direction, *more in counts]
    awards = wording.is_retrospective(book.rulebook)
    what = ("授予", "授予数", *AWARD_RESULTS.values()) if awards else ("拟申报", "意向数", *RESULTS.values())
    headers = ("方向", *what, "低于可申报的")
    columns = [Column(header, 26 if at == 0 else 16) for at, header in enumerate(headers)]
    if awards:
        book.table(AWARDS, columns, rows, "看不出授予了什么。", note=_of_awards(book.rulebook, AWARDS_COUNTED))
    else:
        book.table(NAME, columns, rows, "花名册没有填写拟申报职称、拟申报技能等级。", note=COUNTED)
