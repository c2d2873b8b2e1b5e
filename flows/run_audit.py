"""`guantong audit`: checks first, then the flow, then a summary that a clerk understands."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path

import click
from platformdirs import user_state_path

from guantong.flows import steps
from guantong.flows.orchestration import start_server
from guantong.flows.stages import Stages
from guantong.flows.workers import make_pool
from guantong.rules.policy import Policy


def main(paths: list[Path], out: Path, as_of: dt.date, policy: Policy, workers: int | None) -> int:
    """Run one audit; gives the exit status: 0, or 1 where a file was refused. Raises ClickException for what can't run."""
    stages = Stages()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is cleared away
    count = workers or _cores()
    try:
        steps.check_out(out)
        found = steps.discover(paths, out)
        if not found.inputs:
            raise steps.CannotRun("没有找到花名册（.xlsx、.xlsm、.xls、.xlsb、.ods）")
        state = user_state_path("guantong", appauthor=False)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = start_server(state / "prefect")
        with make_pool(count) as pool:
            pool.schedule(int)  # the workers start while Prefect does
            stages.say(f"找到 {len(found.inputs)} 个文件；正在启动 Prefect……")
            from guantong.flows.audit import run

            if server is not None:
                server.wait()

            counts = run(found, out, policy, as_of, count, state, stages, pool)
    except steps.CannotRun as error:
        raise click.ClickException(str(error)) from error
    click.echo(_summary(counts, out, policy, as_of))
    return 1 if counts["files_refused"] else 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _summary(counts: dict, out: Path, policy: Policy, as_of: dt.date) -> str:
    """What was read, refused, found, and where the reports lie."""
    findings = counts["findings"]
    passed = sum(counts["passed_over"].values())
    lines = [
        f"审核完成　{policy.document.policy.document}　审核基准日 {as_of}",
        f"  文件　读取 {counts['files_read']} 个，拒收 {counts['files_refused']} 个"
        + (f"；另有 {passed} 个不是花名册的文件未读取" if passed else ""),
        f"  人员　{counts['units']} 个单位，{counts['rows_found']} 行：已审核 {counts['rows_evaluated']} 行，未能审核 {counts['rows_rejected']} 行"
        + (f"，其中重复 {counts['duplicates']} 行" if counts["duplicates"] else ""),
        f"  候选　{counts['candidates']} 人",
        f"  问题　错误 {findings.get('error', 0)} 条，提醒 {findings.get('warning', 0)} 条",
        f"  报告　各单位 {out / 'units'}　退回稿 {out / 'returned'}　汇总 {out / 'bureau'}",
        "候选建议，以评审（鉴定）机构审核为准。",
    ]
    if counts["files_refused"]:
        lines.insert(2, f"        拒收的文件和原因见 {out / 'bureau' / 'statistics.xlsx'} 的“数据质量”表")
    return "\n".join(lines)
