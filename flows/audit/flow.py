"""The audit as one Prefect flow: batches of files read and validated, evaluated, reported, put in place whole.

This module imports Prefect, so nothing imports it before an audit really starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from guantong.flows.audit import build_tables, publication_series, run_record, shares
from guantong.flows.audit.executor import Executor, TaskContext
from guantong.flows.audit.inbox import changed_since
from guantong.flows.audit.kinds import AuditKind
from guantong.flows.audit.progress import Stages
from guantong.flows.audit.read_rosters import join_results, pack_refused, rebind_inputs
from guantong.flows.audit.reading import Reading
from guantong.flows.audit.side_lists import write_decisions, write_relations, write_words
from guantong.flows.audit.tasks import evaluate_task, match_task, merge_task, part_task, read_task, report_task, weigh_task
from guantong.flows.audit.write_reports import plan_reports
from guantong.flows.errors import CannotRun, Fault
from guantong.flows.locations import state_folder
from guantong.flows.prefect_server import describe_incomplete_records, describe_prefect_failure, without_heartbeats, without_retries
from guantong.flows.records import Found, PackedInputs, ReadResult, ReportResult
from guantong.flows.redaction import Sealed, redacted
from guantong.flows.storage import output_record
from guantong.flows.storage.output_folder import Staging
from guantong.flows.waiting import wait_for
from guantong.reports.published.publications import PublicationRequest
from guantong.reports.wording import SEVERITIES
from guantong.rules.policy.by_day import document_names
from guantong.rules.policy.load import Policy

SLOWEST = 10  # files that run.json names


@dataclass
class Audit:
    """An audit on its way: its files, and what works on them. Held in this process, never sent to Prefect.

    ``paths``: the rosters that were asked for, as `output_record.masked_path` gives them. ``counts``: the run's, once its output is in place.
    """

    found: Found
    paths: list[str]
    fingerprint: str
    context: TaskContext
    executor: Executor
    staging: Staging
    stages: Stages
    reading: Reading
    counts: dict | None = None
    # open until the flow ends: it no longer waits for Prefect that has failed
    _without_prefect: ExitStack = field(default_factory=ExitStack)
    _said_incomplete: bool = False

    def note_prefect_error(self, error: Exception) -> None:
        """Say, once, that Prefect's records of this run lack something."""
        if not self._said_incomplete:
            self.stages.show(describe_incomplete_records(error))
            self._without_prefect.enter_context(without_retries())
        self._said_incomplete = True

    @contextmanager
    def outlives_prefect(self) -> Iterator[None]:
        """Run the flow in this. Raises CannotRun where Prefect fails before the output is in place; later it is only said."""
        with without_heartbeats(), self._without_prefect:
            try:
                yield
            except Exception as error:
                if self.counts is None:
                    raise error if isinstance(error, CannotRun | Fault | OSError) else CannotRun(describe_prefect_failure(error)) from error
                self.note_prefect_error(error)

    def __reduce__(self) -> tuple:
        # With each task Prefect sends the flow to a cluster's worker, where it is not run: what it closes over stays here.
        return type(None), ()


def audit_flow(audit: Audit) -> Callable[[], None]:
    """The flow of an audit, which sets its ``counts``. Closed over the audit: a flow without parameters sends none to Prefect's records."""

    @flow(name="guantong-audit", task_runner=audit.executor.runner(), persist_result=False)
    @redacted
    def guantong_audit() -> None:
        try:
            publication = _plan_publication(audit)
            read = _read_rosters(audit)
            _evaluate(audit, read.packed)
            counts = _complete_tables(audit)
            reports = _write_reports(audit, publication)
            _put_in_place(audit, counts, read, reports)
        except BaseException:  # interrupted or failed: free the threads that wait for the pool
            audit.executor.stop()
            raise

    return guantong_audit


def _plan_publication(audit: Audit) -> PublicationRequest | None:
    """What is to be published, if anything. Raises CannotRun."""
    lists, day = audit.context.side_lists, audit.context.kind.day
    if lists.publish_threshold is None:
        return None
    return publication_series.plan_publication(lists.publish_threshold, audit.staging.out / "data", day, lists.calendar, state_folder())


def _read_rosters(audit: Audit) -> ReadResult:
    """Read what the cache does not hold; all files have their pack then."""
    context, executor, reading = audit.context, audit.executor, audit.reading
    while batches := reading.batches:
        results = []
        for number, part in executor.results([read_task.submit(Sealed(context), Sealed(one), Sealed(reading.read)) for one in batches]):
            results.append(rebind_inputs(part, batches[number]))
            if not executor.is_local:
                reading.step.advance(len(batches[number]))
        reading.add(join_results(results))
    read = reading.contents.result
    read.packed += pack_refused(read.refused, context.work)
    reading.finish()
    if reading.cache:
        read.cache_trouble = read.cache_trouble or reading.cache.trouble
    return read


def _evaluate(audit: Audit, packed: PackedInputs) -> None:
    """Apply the policy and write the tables: on this machine in one piece, on a cluster in parts of files that follow each other."""
    context, executor, stages = audit.context, audit.executor, audit.stages
    if executor.is_local:
        return evaluate_task(Sealed(context), Sealed(packed), Sealed(stages))
    parts = shares.parts(packed, executor.threads)
    with stages.stage("evaluate", "评价", len(parts), "片") as step:
        ((_, whole),) = executor.results([match_task.submit(Sealed(context), Sealed(packed))])
        folders = {}
        for number, folder in executor.results([part_task.submit(Sealed(context), Sealed(part), Sealed(whole)) for part in parts]):
            folders[number] = folder
            step.advance(1)
    in_order = [folders[number] for number in range(len(parts))]
    with stages.stage("tables", "写出数据表", len(build_tables.EXPORTED), "张") as step:
        for _ in executor.results([merge_task.submit(Sealed(context), Sealed(name), Sealed(in_order)) for name in build_tables.EXPORTED]):
            step.advance(1)


def _complete_tables(audit: Audit) -> dict:
    """Write what comes of the evaluated tables: rule book, signs, side lists; gives the run's counts as far as they are known."""
    context, data = audit.context, audit.context.data
    build_tables.write_words(data, context.kind.rulebook(context.policy, data), context.policy)
    build_tables.write_signs(data, context.work)
    write_relations(data, context.side_lists.relations)
    write_words(data, context.side_lists.words)
    notices = context.kind.notices(context.policy, data)
    build_tables.write_notices(data, notices)
    counts = run_record.count(data, audit.found)
    counts["notices"] = notices
    counts["integrity"] = write_decisions(data, context.side_lists.decisions)
    counts["awards"] = context.kind.count_awards(data)
    return counts


def _write_reports(audit: Audit, publication: PublicationRequest | None) -> ReportResult:
    """Write all reports, or take them from the cache, and delete from it what is old. Beside them what each setting weighs is computed."""
    context, executor = audit.context, audit.executor
    rosters = build_tables.rosters_with_findings(context.data, audit.found.inputs)
    cache = context.open_cache()
    plan = plan_reports(context.folder, rosters, executor.threads, cache, publication)
    result = ReportResult(missing=plan.left_out)
    with audit.stages.stage("reports", "写出报告", plan.total, "份") as step:
        weighing = [weigh_task.submit(Sealed(context))] if context.kind.weighs_settings else []
        futures = [report_task.submit(Sealed(context), Sealed(plan.shares[0]), wait_for=weighing)]
        futures += [report_task.submit(Sealed(context), Sealed(share)) for share in plan.shares[1:]]
        for number, share in executor.results([*weighing, *futures]):
            if number >= len(weighing):
                result.add(share)
                step.advance(share.written + len(share.missing))
        if result.missing:
            for _, again in executor.results([report_task.submit(Sealed(context), Sealed(plan.page_again))]):
                result.add(again)
    if cache:
        cache.delete_old()
        result.cache_trouble = result.cache_trouble or cache.trouble
    return result


def _put_in_place(audit: Audit, counts: dict, read: ReadResult, reports: ReportResult) -> None:
    """Write run.json, and put the output in place; what the user should know is said. The summary is an artifact of the run."""
    wait_for("正在核对，并把结果放到位")
    context = audit.context
    counts |= {"not_written": len(reports.missing), "reports_kept": reports.from_cache, "files_kept": read.from_cache}
    changed = changed_since(audit.found.inputs)
    slowest = sorted(read.seconds, key=lambda timed: -timed[0])[:SLOWEST]
    repeatable = not (reports.missing or read.transient or changed or any(item.refusal is None for item, _ in read.refused))
    run_record.write_run(audit, counts, reports.missing, slowest, audit.fingerprint if repeatable else None)
    published = None
    if context.side_lists.publish_threshold is not None:  # even where it can't be put in place: it was written
        published = publication_series.remember_publications(context.data, state_folder())
    output_record.write_hashes(context.folder)
    if changed:
        some = output_record.list_some([item.source_file for item in changed])
        audit.stages.show(f"提醒：审核期间有 {len(changed)} 个文件被改动或移走（{some}）；结果按读取时的内容，请重新审核一次")
    if trouble := read.cache_trouble or reports.cache_trouble:
        audit.stages.show(f"提醒：缓存{trouble}")
    if slowest:
        named = "、".join(f"{item.source_file}（{seconds:.1f} 秒）" for seconds, item in slowest[:3])
        audit.stages.show(f"读取最慢的文件：{named}")
    audit.staging.replace_output()
    audit.counts = counts
    if published and (message := publication_series.describe_publication(published, context.side_lists.calendar, context.kind.day)):
        audit.stages.show(message)
    try:
        summary = summary_table(context.policy, context.kind, counts)
        create_markdown_artifact(markdown=summary, key="guantong-summary", description="审核结果汇总（不含个人信息）")
    except Exception as error:
        audit.note_prefect_error(error)


def summary_table(policy: Policy, kind: AuditKind, counts: dict) -> str:
    """The run's summary for Prefect's page: counts only."""
    lines = [
        f"**{document_names(policy)}**，审核基准日 {kind}",
        "",
        "| 项目 | 数量 |",
        "|---|---:|",
        f"| 文件（读取 / 拒收） | {counts['files_read']} / {counts['files_refused']} |",
        f"| 行（已审核 / 未能审核） | {counts['rows_evaluated']} / {counts['rows_rejected']} |",
        f"| 单位 | {counts['units']} |",
        kind.page_row(counts),
        *[f"| 数据问题：{SEVERITIES[severity]} | {count} |" for severity, count in counts["findings"].items()],
        "",
        "候选建议，以评审（鉴定）机构审核为准。",
    ]
    return "\n".join(lines)
