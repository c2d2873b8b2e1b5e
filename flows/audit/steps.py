"""The steps of an audit, in order, up to the last report. They know no Prefect: the executor says where each piece of work is done, and what records it."""

from __future__ import annotations

from dataclasses import dataclass

from guantong.flows.audit import build_tables, publication_series, run_record, shares, work
from guantong.flows.audit.read_rosters import UniqueContents, join_results, pack_refused, rebind_inputs
from guantong.flows.audit.running.under_way import Audit
from guantong.flows.audit.side_lists import write_decisions, write_relations, write_words
from guantong.flows.audit.write_reports import plan_reports
from guantong.flows.locations import state_folder
from guantong.flows.records import PackedInputs, ReadResult, ReportResult
from guantong.flows.waiting import wait_for
from guantong.reports.published.publications import PublicationRequest


@dataclass(frozen=True)
class Finished:
    """What the steps give: the run's counts as far as they are known, what was read, what was written."""

    counts: dict
    read: ReadResult
    reports: ReportResult


def take_steps(audit: Audit) -> Finished:
    """Read, evaluate, report: all is in the staging folder then. Raises CannotRun, and what a piece of work raises."""
    audit.stages.note_start()
    publication = _plan_publication(audit)
    read = _read_rosters(audit)
    _evaluate(audit, read.packed)
    counts = _complete_tables(audit)
    reports = _write_reports(audit, publication)
    wait_for("正在等待 Prefect 记下各步")
    return Finished(counts, read, reports)


def _plan_publication(audit: Audit) -> PublicationRequest | None:
    """What is to be published, if anything. Raises CannotRun."""
    lists, day = audit.context.side_lists, audit.context.kind.day
    if lists.publish_threshold is None:
        return None
    return publication_series.plan_publication(lists.publish_threshold, audit.staging.out / "data", day, lists.calendar, state_folder())


def _read_rosters(audit: Audit) -> ReadResult:
    """Read what the cache does not hold; all files have their pack then."""
    context, executor, inputs = audit.context, audit.executor, audit.found.inputs
    with audit.stages.stage("read", "读取花名册", len(inputs), "个文件") as step:
        cache = context.open_cache()
        contents = UniqueContents(inputs, cache.find_packs({item.content for item in inputs}, context.work) if cache else {})
        call_back = (step.advance,) if executor.is_local else ()
        while batches := shares.batches(contents.todo, executor.threads):
            results = []
            for number, part in executor.results([executor.submit(work.read_files, context, batch, *call_back) for batch in batches]):
                results.append(rebind_inputs(part, batches[number]))
                if not call_back:
                    step.advance(len(batches[number]))
            contents.add(join_results(results))
        read = contents.result
        read.packed += pack_refused(read.refused, context.work)
        step.advance(len(inputs) - step.done)
    if cache:
        read.cache_trouble = read.cache_trouble or cache.trouble
    return read


def _evaluate(audit: Audit, packed: PackedInputs) -> None:
    """Apply the policy and write the tables: on this machine in one piece, on a cluster in parts of files that follow each other."""
    context, executor, stages = audit.context, audit.executor, audit.stages
    if executor.is_local:
        executor.do(work.evaluate, context, packed, stages)
        return
    parts = shares.parts(packed, executor.threads)
    with stages.stage("evaluate", "评价", len(parts), "片") as step:
        whole = executor.do(work.match, context, packed)
        folders = {}
        for number, folder in executor.results([executor.submit(work.evaluate_part, context, part, whole) for part in parts]):
            folders[number] = folder
            step.advance(1)
    in_order = [folders[number] for number in range(len(parts))]
    with stages.stage("tables", "写出数据表", len(build_tables.EXPORTED), "张") as step:
        for _ in executor.results([executor.submit(work.merge, context, name, in_order) for name in build_tables.EXPORTED]):
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
        weighing = [executor.submit(work.weigh, context)] if context.kind.weighs_settings else []
        writing = [executor.submit(work.write_reports, context, plan.shares[0], wait_for=weighing)]
        writing += [executor.submit(work.write_reports, context, share) for share in plan.shares[1:]]
        for number, share in executor.results([*weighing, *writing]):
            if number >= len(weighing):
                result.add(share)
                step.advance(share.written + len(share.missing))
        if result.missing:
            result.add(executor.do(work.write_reports, context, plan.page_again))
    if cache:
        cache.delete_old()
        result.cache_trouble = result.cache_trouble or cache.trouble
    return result
