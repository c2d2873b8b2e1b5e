"""The folder of scheduled runs: which runs are kept, and that nobody's work in an old one is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guantong.flows.schedule import run_folder
from guantong.flows.storage import output_record
from tests.flows.test_serve import names


def made(folder: Path, name: str) -> Path:
    """What looks like a run, with its comparison, as they are written."""
    run = folder / name
    for part in ("data", "units"):
        (run / part).mkdir(parents=True)
    content = {"tool": "guantong", "inputs": [], "policy": {"sha256": ""}, "lists": {}}
    (run / "run.json").write_text(output_record.signed_json(content), encoding="utf-8")
    (run / "units" / "甲.xlsx").write_bytes(b"report")
    output_record.write_hashes(run)
    run_folder.make_latest(folder, run, {"tool": "guantong", "run": name})
    return run


def test_so_many_runs_are_kept_never_less_than_the_latest_and_nobody_elses_files(tmp_path: Path) -> None:
    days = [f"2025-0{month}-01-020000" for month in range(1, 8)]
    for day in days:
        made(tmp_path, day)
    (tmp_path / days[0] / "论文.docx").write_bytes(b"mine")
    (tmp_path / "latest.json").write_text(json.dumps({"run": days[1]}), encoding="utf-8")
    deleted, left = run_folder.delete_old_runs(tmp_path, 3)
    kept = [days[0], days[1], days[5], days[6]]
    assert deleted == 3
    assert names(tmp_path) == sorted([*kept, *[f"{day}.comparison.json" for day in kept], "latest.json"])
    assert len(left) == 1 and "论文.docx" in left[0]


def test_what_a_killed_run_left_is_deleted_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".2025-01-01-020000.0123abcd.partial" / "work").mkdir(parents=True)
    (tmp_path / ".2025-01-01-020000.lock").touch()
    (tmp_path / ".我的.partial").mkdir()
    with run_folder.hold_runs(tmp_path):
        assert names(tmp_path) == [".runs.lock", ".我的.partial"]
    assert names(tmp_path) == [".我的.partial"]


@pytest.mark.parametrize(
    "what", ["a note below", "a changed report", "a deleted report", "a hidden file", "a link", "a changed comparison", "no sums"]
)
def test_a_run_in_which_somebody_has_worked_stays(tmp_path: Path, what: str) -> None:
    days = [f"2025-0{month}-01-020000" for month in range(1, 5)]
    for day in days:
        made(tmp_path, day)
    run = tmp_path / days[1]
    report = run / "units" / "甲.xlsx"
    {
        "a note below": lambda: (run / "units" / "意见.txt").write_text("mine", encoding="utf-8"),
        "a changed report": lambda: report.write_bytes(b"REPORT"),
        "a deleted report": report.unlink,
        "a hidden file": lambda: (run / "data" / ".意见").touch(),
        "a link": lambda: (run / "units" / "另见").symlink_to("甲.xlsx"),
        "a changed comparison": lambda: (tmp_path / f"{days[1]}.comparison.json").write_text("{}", encoding="utf-8"),
        "no sums": (run / "data" / "outputs.json").unlink,
    }[what]()
    (run / ".DS_Store").touch()
    (tmp_path / days[0] / "units" / ".DS_Store").touch()
    (tmp_path / "意见.txt").touch()
    (tmp_path / ".意见").mkdir()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    deleted, left = run_folder.delete_old_runs(tmp_path, 1)
    kept = [days[1], days[3]]
    assert (deleted, len(left)) == (2, 1) and days[1] in left[0]
    assert names(tmp_path) == sorted([*kept, *[f"{day}.comparison.json" for day in kept], "latest.json", "意见.txt", ".意见"])
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
