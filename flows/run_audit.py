"""`guantong audit`: checks first, then the flow, then a summary that a clerk understands."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path

import click

from guantong.flows.cache import cache_folder
from guantong.flows.cluster import check_reach, crew_of
from guantong.flows.crew import Order, own_code, this_machine
from guantong.flows.guard import no_core
from guantong.flows.inventory import discover, take_digests
from guantong.flows.keeping import state_folder
from guantong.flows.orchestration import start_server
from guantong.flows.publishing import CannotRun, check_out, folder_for
from guantong.flows.stages import Stages
from guantong.rules.policy import Policy
from guantong.schemas.identity import load_key

_WORDS = {"~$": "Office 锁文件"}


def main(
    paths: list[Path], out: Path, as_of: dt.date, policy: Policy, workers: int | None, cached: bool, cluster: str | None = None
) -> int:
    """Run one audit; gives the exit status: 0, or 1 where a file was refused. Raises ClickException for what can't run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is cleared away
    os.umask(0o077)  # whatever is written is its owner's alone
    no_core()
    try:
        counts = _run(paths, out, as_of, policy, workers, cached, cluster)
    except CannotRun as error:
        raise click.ClickException(str(error)) from error
    click.echo(_summary(counts, out, policy, as_of))
    return 1 if counts["files_refused"] else 0


def _run(paths: list[Path], out: Path, as_of: dt.date, policy: Policy, workers: int | None, cached: bool, cluster: str | None) -> dict:
    stages = Stages()
    if cluster:  # the same names on other machines, whose workers stand in other folders
        paths = [path.absolute() for path in paths]
    check_out(out)
    found = discover(paths, out)
    if not found.inputs:
        raise CannotRun("没有找到花名册（.xlsx、.xlsm、.xls、.xlsb、.ods、.csv）")
    state = state_folder()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = cache_folder() if cached else None
    if cluster:
        check_reach(cluster)
    with folder_for(out) as staging:
        server = start_server(state / "prefect")
        with crew_of(cluster, found.inputs, kept, staging.path) if cluster else this_machine(workers or _cores()) as crew:
            stages.say(f"找到 {len(found.inputs)} 个文件；正在启动 Prefect……")
            take_digests(found.inputs, _cores())
            from guantong.flows.audit import Audit, run

            if server is not None:
                server.wait()
            order = Order(policy, as_of, load_key(state), kept, staging.path, crew.pool, own_code())
            counts = run(Audit(found, order, crew, staging, stages))
    if staging.warning:
        stages.say(staging.warning)
    return counts


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _summary(counts: dict, out: Path, policy: Policy, as_of: dt.date) -> str:
    """What was read, refused, found, and where the reports lie."""
    findings = counts["findings"]
    passed = "、".join(f"{_WORDS.get(kind, kind)} {count}" for kind, count in sorted(counts["passed_over"].items()))
    lines = [
        f"审核完成　{policy.document.policy.document}　审核基准日 {as_of}",
        f"  文件　读取 {counts['files_read']} 个，拒收 {counts['files_refused']} 个"
        + (f"；未读取的其他文件：{passed}" if passed else ""),
        f"  人员　{counts['units']} 个单位，{counts['rows_found']} 行：已审核 {counts['rows_evaluated']} 行，未能审核 {counts['rows_rejected']} 行"
        + (f"，其中重复 {counts['duplicates']} 行" if counts["duplicates"] else ""),
        f"  候选　{counts['candidates']} 人",
        f"  问题　错误 {findings.get('error', 0)} 条，提醒 {findings.get('warning', 0)} 条",
        f"  报告　各单位 {out / 'units'}　退回稿 {out / 'returned'}　汇总 {out / 'bureau'}",
        "候选建议，以评审（鉴定）机构审核为准。",
    ]
    if counts["not_written"]:
        lines.insert(-1, f"  提醒　有 {counts['not_written']} 份报告未能写出，见 {out / 'run.json'} 的 not_written")
    if counts["files_refused"]:
        lines.insert(2, f"        拒收的文件和原因见 {out / 'bureau' / 'statistics.xlsx'} 的“数据质量”表")
    return "\n".join(lines)
