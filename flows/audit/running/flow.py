"""The audit as one Prefect flow: it follows the steps, a task run for each piece of work, and puts the output in place whole.

This module imports Prefect, so nothing imports it before an audit really starts.
"""

from __future__ import annotations

from collections.abc import Callable

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from guantong.flows.audit import publication_series, run_record
from guantong.flows.audit.inbox import changed_since
from guantong.flows.audit.kinds import AuditKind
from guantong.flows.audit.running.under_way import Audit
from guantong.flows.audit.steps import Finished
from guantong.flows.locations import state_folder
from guantong.flows.redaction import redacted
from guantong.flows.storage import output_record
from guantong.flows.waiting import wait_for
from guantong.reports.wording import SEVERITIES
from guantong.rules.policy.by_day import document_names
from guantong.rules.policy.load import Policy

SLOWEST = 10  # files that run.json names


def audit_flow(audit: Audit) -> Callable[[], None]:
    """The flow of an audit, which sets its ``counts``. Closed over the audit: a flow without parameters sends none to Prefect's records."""

    @flow(name="guantong-audit", task_runner=audit.executor.runner(), persist_result=False)
    @redacted
    def guantong_audit() -> None:
        audit.in_flow = True
        try:
            _put_in_place(audit, audit.executor.follow())
        except BaseException:  # interrupted or failed: free the threads that wait for the pool
            audit.executor.stop()
            raise
        _tell_summary(audit)

    return guantong_audit


@redacted
def finish(audit: Audit) -> None:
    """What is left to do where the flow could not begin."""
    _put_in_place(audit, audit.executor.finish())


def _put_in_place(audit: Audit, finished: Finished) -> None:
    """Write run.json, and put the output in place; what the user should know is said."""
    wait_for("正在核对，并把结果放到位")
    context, counts, read, reports = audit.context, finished.counts, finished.read, finished.reports
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


def _tell_summary(audit: Audit) -> None:
    """The summary as an artifact of the run."""
    try:
        summary = summary_table(audit.context.policy, audit.context.kind, audit.counts)
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
