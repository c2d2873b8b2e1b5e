"""Rows of rosters as they stand in the field, and what an audit makes of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from guantong.schemas.reading.batch import read_batch
from tests.support.inprocess import Audited, audited_file
from tests.support.workbooks import workbook

HEADERS = ["序号", "姓名", "身份证号", "单位名称", "岗位类别", "在岗状态", "技能等级", "技能等级取得时间", "备注"]
FIRST = ["1", "周试乙", "210102198503120412", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]
SECOND = ["2", "吴试乙", "210102198503120439", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]


class Read:
    """What is read of a roster: ``rows`` and ``findings`` of its batch; and what an audit makes of it, where a test asks for that."""

    def __init__(self, path: Path) -> None:
        self.path, batch = path, read_batch([path], b"key")
        self.rows, self.findings = batch.rows, batch.findings

    def __getattr__(self, name: str) -> object:
        return getattr(self.audited, name)

    @cached_property
    def audited(self) -> Audited:
        return audited_file(self.path)


def read(path: Path, rows: list[list[object]], sheet: str = "花名册") -> Read:
    return Read(workbook(path / "a.xlsx", {sheet: rows}))


def names(found: Read) -> list[object]:
    return found.rows.sort_values("row")["name"].tolist()


def line(*texts: str) -> list[object]:
    return [*texts, *[""] * (len(HEADERS) - len(texts))]


def told(found: Read | Audited, *codes: str) -> list[tuple[object, ...]]:
    """(code, row) of the findings with one of the codes."""
    findings = found.findings[found.findings["code"].isin(codes)]
    return list(zip(findings["code"], findings["row"], strict=True))


def held(path: Path) -> dict[object, list[tuple[object, ...]]]:
    """Name → (track, rank, occupation, sheet, row) of each credential, the highest first, as the roster in ``path`` tells them."""
    batch = read_batch([path / "a.xlsx"], b"key")
    found: dict[object, list[tuple[object, ...]]] = {name: [] for name in batch.rows["name"]}
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    for one in batch.credentials.to_pylist():
        found[names[one["pid"]]].append((one["track"], one["rank_lo"], one["occupation"], one["sheet"], one["row"]))
    return found


def unread(path: Path) -> list[object]:
    """The fields of which anything can't be read."""
    return read_batch([path / "a.xlsx"], b"key").unread["field"].tolist()
