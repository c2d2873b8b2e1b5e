"""The audit as one Prefect flow: batches of files read and validated, evaluated, reported, put in place whole.

This module imports Prefect, so nothing imports it before an audit really starts.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass, field

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from guantong.flows.audit import build_tables, publication_series, run_record, write_reports
from guantong.flows.audit.executor import Executor, TaskContext
from guantong.flows.audit.find_signs import write_signs
from guantong.flows.audit.inbox import changed_since
from guantong.flows.audit.progress import Stages
from guantong.flows.audit.read_rosters import ignore_progress, join, read_inputs, rebind_inputs
from guantong.flows.audit.side_lists import write_decisions, write_relations
from guantong.flows.audit.tasks import evaluate_task, match_task, merge_task, part_task, read_task, report_task, weigh_task
from guantong.flows.errors import CannotRun, Fault
from guantong.flows.locations import state_folder
from guantong.flows.prefect_server import (
    describe_incomplete_records,
    describe_prefect_failure,
    tolerating_prefect_errors,
    without_heartbeats,
    without_retries,
)
from guantong.flows.records import Found, Input, ReadResult, ReportResult
from guantong.flows.redaction import Sealed, redacted
from guantong.flows.storage import output_record
from guantong.flows.storage.output_folder import Staging
from guantong.flows.storage.result_cache import Cache
from guantong.reports.published.series import Wanted
from guantong.rules.evaluation.retrospective import AwardColumn
from guantong.rules.policy.by_day import documents
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import rulebook

SLOWEST = 10  # files that run.json names


@dataclass
class Audit:
    """All that one audit needs; held here, never sent to Prefect as parameters. ``paths``: what was given, as `output_record.masked_path` tells it;
    ``counts``: the run's, once its output is in place.
    """

    found: Found
    paths: list[str]
    fingerprint: str
    context: TaskContext
    executor: Executor
    staging: Staging
    stages: Stages
    counts: dict | None = None
    rest: ExitStack = field(default_factory=ExitStack)  # of the flow, which no longer waits for Prefect once that has failed
    _told: bool = False

    def note_prefect_error(self, error: Exception) -> None:
        """Say, once, that Prefect's records of this run lack something."""
        if not self._told:
            self.stages.say(describe_incomplete_records(error))
            self.rest.enter_context(without_retries())
        self._told = True

    def __reduce__(self) -> tuple:
        # With each task Prefect sends the flow to a cluster's worker, where it is not run: what it closes over stays here.
        return type(None), ()


def _steps(audit: Audit) -> dict:
    """Read, evaluate, report and publish; gives the run's counts. The summary is an artifact of the run."""
    audit.stages.started()
    context = audit.context
    wanted = _wanted(audit)
    read = _read(audit)
    _evaluate(audit, read)
    retrospective = isinstance(context.as_of, AwardColumn)
    days = run_record.award_days(context.data, context.as_of.header) if retrospective else None
    build_tables.write_words(context.data, rulebook(context.policy, None if retrospective else context.as_of, days), context.policy)
    write_signs(context.data, context.work)
    write_relations(context.data, context.side_lists.relations)
    counts = run_record.counts(context.data, audit.found)
    counts["integrity"] = write_decisions(context.data, context.side_lists.decisions)
    counts["awards"] = run_record.award_counts(context.data) if retrospective else None
    written = _report(audit, wanted)
    counts["not_written"] = len(written.missing)
    counts["reports_kept"] = written.kept
    counts["files_kept"] = read.kept
    slowest = sorted(read.seconds, key=lambda one: -one[0])[:SLOWEST]
    changed = changed_since(audit.found.inputs)
    passing = written.missing or read.passing or changed or any(item.refusal is None for item, _ in read.refused)
    fingerprint = None if passing else audit.fingerprint  # may turn out otherwise next time
    run = (context.policy, days or context.as_of, audit.found, counts, audit.stages, written.missing, slowest, fingerprint)
    run_record.write_run(context.folder, *run, context.side_lists.record(), audit.paths)
    published = (
        publication_series.remember(context.data, state_folder()) if wanted else None
    )  # even where it can't be put in place: it was written
    output_record.write_hashes(context.folder)
    if changed:
        some = "、".join(item.source_file for item in changed[:3]) + (" 等" if len(changed) > 3 else "")
        audit.stages.say(f"提醒：审核期间有 {len(changed)} 个文件被改动或移走（{some}）；结果按读取时的内容，请重新审核一次")
    if trouble := read.trouble or written.trouble:
        audit.stages.say(f"提醒：缓存{trouble}")
    if slowest:
        named = "、".join(f"{item.source_file}（{seconds:.1f} 秒）" for seconds, item in slowest[:3])
        audit.stages.say(f"读取最慢的文件：{named}")
    audit.staging.replace_output()
    audit.counts = counts
    if published and (told := publication_series.told(published, context.side_lists.calendar, context.as_of)):
        audit.stages.say(told)
    with tolerating_prefect_errors(audit.note_prefect_error):
        create_markdown_artifact(
            markdown=summary_table(context.policy, context.as_of, counts),
            key="guantong-summary",
            description="审核结果汇总（不含个人信息）",
        )
    return counts


def _wanted(audit: Audit) -> Wanted | None:
    """What is to be published. Raises CannotRun."""
    side_lists = audit.context.side_lists
    if side_lists.publish is None:
        return None
    return publication_series.wanted(
        side_lists.publish, audit.staging.out / "data", audit.context.as_of, side_lists.calendar, state_folder()
    )


def _read(audit: Audit) -> ReadResult:
    """Read what the cache does not hold; all files have their place then."""
    context, executor, inputs = audit.context, audit.executor, audit.found.inputs
    with audit.stages.stage("read", "读取花名册", len(inputs), "个文件") as step:
        cache = Cache(context.cache_folder, context.key) if context.cache_folder else None
        kept = cache.find({item.content for item in inputs}, context.work) if cache else {}

        def read_batches(inputs: list[Input]) -> ReadResult:
            shares = run_record.batches(inputs, executor.threads)
            on_progress = step.advance if executor.is_local else ignore_progress
            futures = [read_task.submit(Sealed(context), Sealed(share), Sealed(on_progress)) for share in shares]
            parts = []
            for number, part in executor.results(futures):
                parts.append(rebind_inputs(part, shares[number]))
                if not executor.is_local:
                    step.advance(len(shares[number]))
            return join(parts)

        read = read_inputs(read_batches, inputs, kept)
        read.places += run_record.place_refused(read.refused, context.work)
        step.advance(len(inputs) - step.done)
    if cache:
        read.trouble = read.trouble or cache.trouble
    return read


def _evaluate(audit: Audit, read: ReadResult) -> None:
    """Apply the policy and write the tables: here in one piece, on a cluster in parts of files that follow each other."""
    context, executor, stages = audit.context, audit.executor, audit.stages
    if executor.is_local:
        return evaluate_task(Sealed(context), Sealed(read.places), Sealed(stages))
    shares = run_record.parts(read.places, executor.threads)
    with stages.stage("evaluate", "评价", len(shares), "片") as step:
        ((_, whole),) = executor.results([match_task.submit(Sealed(context), Sealed(read.places))])
        parts = {}
        for number, folder in executor.results([part_task.submit(Sealed(context), Sealed(share), Sealed(whole)) for share in shares]):
            parts[number] = folder
            step.advance(1)
    in_order = [parts[number] for number in range(len(shares))]
    with stages.stage("tables", "写出数据表", len(build_tables.EXPORTED), "张") as step:
        for _ in executor.results([merge_task.submit(Sealed(context), Sealed(name), Sealed(in_order)) for name in build_tables.EXPORTED]):
            step.advance(1)


def _report(audit: Audit, wanted: Wanted | None) -> ReportResult:
    """Write all reports, or take them from the cache, and delete from it what is old."""
    context, executor = audit.context, audit.executor
    rosters = build_tables.rosters_with_findings(context.data, audit.found.inputs)
    cache = Cache(context.cache_folder, context.key) if context.cache_folder else None
    jobs, total, left_out = write_reports.jobs(context.data, context.folder, rosters, executor.threads, cache, wanted)
    written = ReportResult(missing=left_out)
    with audit.stages.stage("reports", "写出报告", total, "份") as step:
        weighed = not isinstance(context.as_of, AwardColumn)  # a setting weighs on the audit of one day
        futures = [weigh_task.submit(Sealed(context))] if weighed else []
        futures += [report_task.submit(Sealed(context), Sealed(jobs[0]), wait_for=futures[:1])]
        futures += [report_task.submit(Sealed(context), Sealed(job)) for job in jobs[1:]]
        for number, share in executor.results(futures):
            if number > 0 or not weighed:
                written.add(share)
                step.advance(share.made + len(share.missing))
    if cache:
        cache.forget_old()
        written.trouble = written.trouble or cache.trouble
    return written


def summary_table(policy: Policy, as_of: dt.date | AwardColumn, counts: dict) -> str:
    """The run's summary for Prefect's page: counts only."""
    lines = [
        f"**{documents(policy)}**，审核基准日 {as_of}",
        "",
        "| 项目 | 数量 |",
        "|---|---:|",
        f"| 文件（读取 / 拒收） | {counts['files_read']} / {counts['files_refused']} |",
        f"| 行（已审核 / 未能审核） | {counts['rows_evaluated']} / {counts['rows_rejected']} |",
        f"| 单位 | {counts['units']} |",
        f"| 候选人 | {counts['candidates']} |" if counts["awards"] is None else f"| 授予 | {run_record.awards_told(counts['awards'])} |",
        *[f"| 数据问题：{'错误' if severity == 'error' else '提醒'} | {count} |" for severity, count in counts["findings"].items()],
        "",
        "候选建议，以评审（鉴定）机构审核为准。",
    ]
    return "\n".join(lines)


def run(audit: Audit) -> dict:
    """Run the audit as a flow; gives the run's counts. Raises CannotRun where Prefect fails before the output is in place."""

    # Closed over the audit: a flow without parameters sends none to Prefect's records.
    @flow(name="guantong-audit", task_runner=audit.executor.runner(), persist_result=False)
    @redacted
    def guantong_audit() -> dict:
        try:
            return _steps(audit)
        except BaseException:  # interrupted or failed: free the threads that wait for the pool
            audit.executor.stop()
            raise

    with without_heartbeats(), audit.rest:
        try:
            return guantong_audit()
        except Exception as error:
            if audit.counts is None:
                raise error if isinstance(error, CannotRun | Fault | OSError) else CannotRun(describe_prefect_failure(error)) from error
            audit.note_prefect_error(error)
            return audit.counts
