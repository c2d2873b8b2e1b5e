"""Claims (拟申报职称, 拟申报技能等级) against what the clauses say of the person: a unit's sheet, and the bureau's table."""

from collections.abc import Callable
from pathlib import Path

from guantong.reports import look
from guantong.reports.data import connect
from guantong.reports.tables import Book, Column

NAME = "申报意向核对"
# The results of a claim, in the order in which a table of counts has them.
RESULTS = {"supported": "有据", "too_early": "未到日期", "unverified": "待核实", "unsupported": "无据", "held": "已具备"}
COLUMNS = (
    Column("来源文件", 18), Column("工作表", 9), Column("行", 7), Column("姓名", 9), Column("方向", 18), Column("拟申报", 14),
    Column("核对结果", 10), Column("条款", 10), Column("说明", 44), Column("最早日期", 11), Column("需核对", 26), Column("另可申报更高的", 14),
)  # fmt: skip
NOTE = "花名册所填“拟申报”与审核结果对照，只供申报前核对；填写意向不影响审核结果。"
COUNTED = "按意向计数：一人拟申报职称又拟申报技能等级的计两次；“低于可申报的”指本人符合更高目标的申报条件。"
COUNTS = f"""
SELECT c.direction, c.claimed, count(*), {", ".join(f"count(*) FILTER (result = '{result}')" for result in RESULTS)}, count(c.could_claim)
FROM claims c JOIN people USING (source_file, sheet, "row")
GROUP BY c.direction, c.claimed ORDER BY c.direction, coalesce(list_position({list(look.TARGETS)}, c.claimed), 99), c.claimed
"""

Told = Callable[[str | None], str]


def write_claims(book: Book, rulebook: dict, claims: list[tuple], conditions: Told, notes: Told) -> None:
    """Write 申报意向核对 where the unit has a claim. claims: rows of units.QUERIES['claims'], without the unit's number.

    conditions, notes: ids or codes, a blank between two, as they are to be read.
    """
    if not claims:
        return
    rows = [
        (source, sheet, row, name or look.BLANK, rulebook["directions"][direction], claimed, RESULTS[result], clause,
         _why(result, outcome, clause, conditions(not_met), missing), eligible_on, notes(review), could)
        for source, sheet, row, name, claimed, direction, result, outcome, clause, eligible_on, not_met, missing, review, could in claims
    ]  # fmt: skip
    book.table(NAME, COLUMNS, rows, "", note=NOTE)


def _why(result: str, outcome: str | None, clause: str | None, failing: str, missing: str | None) -> str:
    """What a result rests on, in a sentence."""
    if result == "supported":
        return look.OTHER_TARGET if outcome == "refer" else "所列条款的条件均已满足"
    if result == "too_early":
        return "只差年限"
    if result == "unverified":
        return f"缺少或不明：{missing}" if missing else "有条件不明"
    if result == "held":
        return "已具有所拟申报的或更高的"
    return f"不满足：{failing}" if clause else look.NO_ROUTE


def write_claim_counts(book: Book, data: Path) -> None:
    """Write 申报意向核对 into the bureau's statistics: claims by direction and target, how many came out how, people counted once a unit."""
    with connect(data, checked=True) as connection:
        counts = connection.execute(COUNTS).fetchall()
    rows = [(book.rulebook["directions"][direction], *more) for direction, *more in counts]
    headers = ("方向", "拟申报", "意向数", *RESULTS.values(), "低于可申报的")
    columns = [Column(header, 26 if at == 0 else 16) for at, header in enumerate(headers)]
    book.table(NAME, columns, rows, "花名册没有填写拟申报职称、拟申报技能等级。", note=COUNTED)
