"""`guantong audit`: checks first, then the flow, then a summary that a clerk understands."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guantong.flows.audit import run_record
from guantong.flows.audit.inbox import discover, take_digests, take_settled_digests
from guantong.flows.audit.kinds import AuditKind, RetrospectiveAudit
from guantong.flows.audit.running.executor import Executor, TaskContext, installed_code, start_local
from guantong.flows.audit.running.progress import Stages
from guantong.flows.audit.running.under_way import Audit
from guantong.flows.audit.shares import workers_for
from guantong.flows.audit.side_lists import ListPaths, integrity_line, leave_out_lists, read_side_lists
from guantong.flows.cluster.executor import check_reach, join_cluster
from guantong.flows.errors import CannotRun
from guantong.flows.locations import state_folder
from guantong.flows.prefect_server import server_of_run
from guantong.flows.quick_imports import importing
from guantong.flows.records import Found
from guantong.flows.screen import show
from guantong.flows.storage import output_record, s3
from guantong.flows.storage.last_result import watch
from guantong.flows.storage.output_folder import Staging, check_out, describe_unaudited_copies, stage_output
from guantong.flows.storage.output_record import display_path
from guantong.flows.storage.s3_cache import cache_for_audit
from guantong.flows.waiting import wait_for
from guantong.flows.workers.limits import no_core
from guantong.rules.evaluation.retrospective import award_column
from guantong.rules.policy.by_day import document_names, succession
from guantong.rules.policy.load import Policy
from guantong.schemas.text import one_line
from guantong.schemas.values.identity import load_key

if TYPE_CHECKING:
    from guantong.flows.audit.publication_series import Calendar

_WORDS = {"~$": "Office 锁文件", "._": "macOS 附带文件"}  # of what was passed over


@dataclass
class AuditRequest:
    """What the user asks for: ``paths`` and ``out`` are folders or addresses of a store (`locations.SCHEME`).

    ``workers``: processes that read and write; None for as many as there are cores, and fewer for few people. ``cluster``: the address of one, to work there.
    ``publish_threshold``: of the tables to publish; None where none are asked for. ``calendar``: of scheduled runs, when they publish.
    ``found``: what `find_rosters` has found already. ``expected``: a list that is no roster, wherever it lies; scheduled runs read it.
    """

    paths: list[Path | str]
    out: Path | str
    kind: AuditKind
    policy: Policy
    workers: int | None = None
    use_cache: bool = True
    cluster: str | None = None
    integrity: Path | None = None
    relations: Path | None = None
    words: Path | None = None
    expected: Path | None = None
    publish_threshold: int | None = None
    calendar: Calendar | None = None
    found: Found | None = None

    @property
    def list_paths(self) -> ListPaths:
        return ListPaths(self.integrity, self.relations, self.words)


def main(request: AuditRequest) -> int:
    """Run one audit; gives the exit status: 0, or 1 where a file was refused. Raises UserError for what can't run."""
    protect_process()
    if isinstance(request.out, Path):
        watch(request.out)
        counts, place = run_audit(request, request.out), str(request.out)
    else:
        key = _key()
        s3.check_out(request.out, frozenset(output_record.masked_path(path, key) for path in request.paths))
        folder = s3.local_folder_for(request.out)
        counts = run_audit(request, folder)
        place = s3.upload(folder, request.out)
    show(summary(counts, place, request.policy, request.kind))
    return 1 if counts["files_refused"] else 0


def retrospective(header: str, policies: list[Policy], others: dict[str, object]) -> tuple[RetrospectiveAudit, Policy]:
    """The kind and the policies of a retrospective audit by the column ``header``. Raises UserError or ClickException for those that won't do, and for
    ``others``, options that do not go with it.
    """
    if excluded := [option for option, value in others.items() if value]:
        raise click.UsageError(f"--as-of-column（回溯审核）不能与 {excluded[0]} 同用")
    try:
        policy = succession(policies)
        return RetrospectiveAudit(award_column(header)), policy
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--as-of-column") from error


def protect_process() -> None:
    """Make the process fit to hold people's data: what it writes is its owner's alone, and what it began it clears away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.umask(0o077)
    no_core()


def run_audit(request: AuditRequest, out: Path) -> dict:
    """Audit into ``out``; gives the run's counts. Inside a flow run the audit is a subflow of it. Raises CannotRun."""
    stages = Stages()
    if request.cluster:
        check_reach(request.cluster)
    key = _key()
    paths = _paths_outside(request, out, key)
    check_out(out, paths)
    side_lists = read_side_lists(request.list_paths, key, request.publish_threshold, request.calendar)
    wait_for("正在查找花名册")
    # folders are looked through before anything is written that would be found
    local = all(isinstance(path, Path) for path in request.paths)
    found = request.found or (find_rosters(request, s3.Mirror(request.paths, out), out) if local else None)
    with _output_folder(out, paths, stages) as staging:
        if found is None:
            found = find_rosters(request, s3.Mirror(request.paths, staging.path / "work"), out)
        _mention_corrected_copies(found, out, stages)
        fingerprint = run_record.fingerprint_of(found, request.policy, request.kind, key, side_lists.record())
        if request.use_cache and (counts := run_record.counts_of(out, fingerprint)) is not None:
            stages.show("名册、政策、审核基准日和程序与上一次审核相同，上一次的结果逐个核对无误，直接沿用")
            return counts
        with (
            server_of_run(state_folder() / "prefect", stages.show) as server,
            cache_for_audit(request.use_cache, key, side_lists.words.digest, stages.show) as cache_folder,
            _executor(request, found, cache_folder, staging) as executor,
        ):
            stages.show(f"找到 {len(found.inputs)} 个文件" + ("；正在启动 Prefect……" if server else ""))
            context = TaskContext(
                request.policy, request.kind, key, cache_folder, staging.path, executor.pool, installed_code(), side_lists
            )
            paths_read = _set_aside_what_is_read(request, found, staging, key)
            audit = Audit(found, paths_read, fingerprint, context, executor, staging, stages)
            with importing():
                from guantong.flows.audit.steps import take_steps

                executor.begin(partial(take_steps, audit))
                from guantong.flows.audit.running.flow import audit_flow, finish

            def run_flow() -> None:
                if server is not None:
                    server.wait_until_ready()
                audit_flow(audit)()

            audit.outlive_prefect(run_flow, partial(finish, audit))
    return audit.counts


def _key() -> bytes:
    state = state_folder()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return load_key(state)


def _paths_outside(request: AuditRequest, out: Path, key: bytes) -> frozenset[str] | None:
    """The PATHs that an output at ``out`` must be made of to be replaced; None where any may be."""
    if not isinstance(request.out, Path):
        return None  # a folder of ours, from which a result is uploaded
    return frozenset(output_record.masked_path(path, key) for path in request.paths if _within(path, out) is None) or None


def _within(path: Path | str, out: Path) -> Path | None:
    """The place of a file or folder in the output that is to be replaced; None where it lies elsewhere."""
    real, place = Path(os.path.realpath(out)), None if isinstance(path, str) else Path(os.path.realpath(path))
    return place.relative_to(real) if place is not None and place != real and place.is_relative_to(real) else None


def _set_aside_what_is_read(request: AuditRequest, found: Found, staging: Staging, key: bytes) -> list[str]:
    """Have the last output set aside where rosters lie in it, and name them by where they will be; gives the PATHs for run.json."""
    inside = {item.file_no: place for item in found.inputs if (place := _within(item.path, staging.out))}
    if inside:
        aside = staging.keep_last_output(frozenset(place.as_posix() for place in inside.values()))
        for item in found.inputs:
            item.origin = str(aside / inside[item.file_no]) if item.file_no in inside else item.origin
    named = (staging.aside / place if staging.aside and (place := _within(path, staging.out)) else path for path in request.paths)
    return sorted({output_record.masked_path(path, key) for path in named})


@contextmanager
def _output_folder(out: Path, paths: frozenset[str] | None, stages: Stages) -> Iterator[Staging]:
    """`stage_output`; its warning is said however the run ends."""
    staging = None
    try:
        with stage_output(out, paths) as staging:
            yield staging
    finally:
        if staging is not None and staging.warning:
            stages.show(staging.warning)


def _mention_corrected_copies(found: Found, out: Path, stages: Stages) -> None:
    """Say which copies somebody has corrected in outputs that lie among the rosters, where they are not looked for."""
    read = {os.path.realpath(item.path) for item in found.inputs} if found.outputs else set()
    for output in found.outputs:
        copies = [name for name in output_record.find_corrected_copies(output) if os.path.realpath(output / name) not in read]
        if copies and os.path.realpath(output) != os.path.realpath(out):  # of that one is told when it is set aside
            stages.show(f"“{display_path(output)}”是审核的输出，没有查找其中的花名册。{describe_unaudited_copies(output, copies)}")


def find_rosters(request: AuditRequest, mirror: s3.Mirror, out: Path, patient: bool = False) -> Found:
    """The rosters to be audited, with their digests; ``patient``: those that are still being copied are refused. Raises CannotRun where
    there are none.
    """
    # on a cluster by names that are the same for its workers, who stand in other folders
    found = discover([path.absolute() if request.cluster else path for path in mirror.paths], out)
    mirror.add_origins(found)
    leave_out_lists(found, [*request.list_paths.given(), *([request.expected] if request.expected else [])])
    if not found.inputs:
        raise CannotRun("没有找到花名册（.xlsx、.xlsm、.xls、.xlsb、.ods、.csv）")
    (take_settled_digests if patient else take_digests)(found.inputs, _cores())
    return found


def _executor(request: AuditRequest, found: Found, cache_folder: Path | None, staging: Staging) -> AbstractContextManager[Executor]:
    if request.cluster:
        return join_cluster(request.cluster, found.inputs, cache_folder, staging.path)
    return start_local(request.workers or workers_for(found.inputs, _cores()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def summary(counts: dict, out: str, policy: Policy, kind: AuditKind) -> str:
    """What was read, refused, found, and where the reports lie."""
    findings = counts["findings"]
    passed = "、".join(f"{_WORDS.get(suffix, suffix)} {count}" for suffix, count in sorted(counts["passed_over"].items()))
    lines = [
        f"审核完成　{document_names(policy)}　审核基准日 {kind}",
        f"  文件　读取 {counts['files_read']} 个，拒收 {counts['files_refused']} 个" + (f"；未读取的其他文件：{passed}" if passed else ""),
        f"  人员　{counts['units']} 个单位，{counts['rows_found']} 行：已审核 {counts['rows_evaluated']} 行，未能审核 {counts['rows_rejected']} 行"
        + (f"，其中重复 {counts['duplicates']} 行" if counts["duplicates"] else ""),
        kind.screen_line(counts),
        f"  问题　错误 {findings.get('error', 0)} 条，提醒 {findings.get('warning', 0)} 条，提示 {findings.get('hint', 0)} 条（没有填写，结论因此待核实）",
        f"  报告　各单位 {out}/units　退回稿 {out}/returned　汇总 {out}/bureau",
        kind.caution,
    ]
    if counts["integrity"]:
        lines.insert(-1, integrity_line(counts["integrity"]))
    if counts["not_written"]:
        lines.insert(-1, f"  提醒　有 {counts['not_written']} 份报告未能写出，见 {out}/run.json 的 not_written")
    for notice in counts["notices"]:
        lines.insert(-1, f"  注意　{notice['text']}")
    if refused := counts["files_refused"]:
        told = [one_line(f"        {name}　{why}") for name, why in counts["refused_first"]]
        more = [f"        拒收的 {refused} 个文件和原因见 {out}/bureau/statistics.xlsx 的“数据质量”表"] if refused > len(told) else []
        lines[2:2] = told + more
    return "\n".join(lines)
