"""A unit's workbook says of a cell what stands in it: no honour that is in doubt as if it were the listed one, no level that gives none as out of range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Audit
from tests.support.report_data import lines_of
from tests.support.workbooks import CLEAN, people


def test_doubts_are_told_as_doubts(audit: Callable[..., Audit], tmp_path: Path) -> None:
    may_be = CLEAN | {"荣誉称号": "省技术能手", "姓名": "张存疑", "身份证号": ""}
    pending = CLEAN | {"技能等级": "高级技师（待评）", "技能等级取得时间": "", "姓名": "李待评", "身份证号": ""}
    below = CLEAN | {"技能等级": "中级工", "姓名": "王中级", "身份证号": ""}
    done = audit(people(tmp_path / "甲.xlsx", may_be, pending, below))
    (unit,) = (done.out / "units").iterdir()
    assert "＝可能是辽宁省技术能手" in lines_of(unit, "明细")["张存疑"]["各条款的结论和依据"]
    others = {name: line["说明"] for name, line in lines_of(unit, "其他行").items()}
    assert others == {
        "李待评": "所填等级（职称）写明作废、申报中等的按没有取得处理，见“数据问题”；无适用路径",
        "王中级": "所填技能等级、职称、荣誉称号不在本意见各条款所列范围，无适用路径",
    }
