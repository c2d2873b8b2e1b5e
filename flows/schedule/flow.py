"""One scheduled run as a Prefect flow: audit the inbox where it has changed, compare, keep so many runs, tell others.

This module imports Prefect, so nothing imports it before the server's settings are made.
"""

from __future__ import annotations

import atexit
import datetime as dt
from collections.abc import Callable

from prefect import Flow, State, flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.states import Cancelled, Completed, Failed

from guantong.flows.audit import command
from guantong.flows.audit.kinds import AsOfAudit
from guantong.flows.audit.running.flow import summary_table
from guantong.flows.errors import Busy, Fault, NotDelivered, whereabouts
from guantong.flows.prefect_server import describe_incomplete_records
from guantong.flows.redaction import Sealed, redacted
from guantong.flows.schedule import overview, run_folder, webhook
from guantong.flows.schedule.request import Outcome, ServeRequest
from guantong.flows.screen import mute_end, show
from guantong.flows.storage.s3 import Mirror
from guantong.flows.workers.limits import follow_parent
from guantong.rules.policy.load import load
from guantong.schemas import UserError

_INTERRUPTED = "按了 Ctrl-C，或程序被要求停止。已有的结果不变"
_NOTHING_NEW = "收件箱里没有新报送或有改动的花名册，不再审核，上一次的结果不变"


def flow_of(request: ServeRequest, ended: Callable[[Outcome], object] | None = None) -> Flow:
    """The flow of one run; ``ended`` gets its outcome.

    Without ``ended`` the run is in a process of its own, which ends when the one that serves does, however that ends.
    """

    # Closed over what it is asked for: a flow without parameters sends none to Prefect's records.
    @flow(name="guantong-scheduled", flow_run_name=lambda: f"审核 {dt.datetime.now():%Y-%m-%d %H:%M}", persist_result=False)
    @redacted
    def guantong_scheduled() -> State:
        if ended is None:
            follow_parent()
            atexit.register(mute_end)
            show(f"{dt.datetime.now():%Y-%m-%d %H:%M} 开始审核")
        outcome = _outcome(request)
        if ended is not None:
            ended(outcome)
        _announce(request, outcome)
        return _state(outcome)

    return guantong_scheduled


def _outcome(request: ServeRequest) -> Outcome:
    """Do the run; what it raises is an outcome too. The page of runs tells of it, whatever becomes of it."""
    begun = dt.datetime.now()
    try:
        outcome = _try(request, begun)
    except BaseException:  # a Ctrl-C, or asked to end
        overview.end(request, begun, overview.attempt_of(begun, "interrupted", _INTERRUPTED))
        raise
    attempt = overview.attempt_of(begun, outcome.status, outcome.message) if outcome.run is None else None
    outcome.overview = overview.end(request, begun, attempt)
    return outcome


def _try(request: ServeRequest, begun: dt.datetime) -> Outcome:
    try:
        with run_folder.hold_runs(request.runs):
            overview.begin(request, begun)
            return _audit(request, begun)
    except Busy as error:
        return Outcome("skipped", str(error))
    except UserError as error:
        return Outcome("failed", str(error), error_kind="CannotRun", error=error)
    except Exception as error:  # its text may quote a cell
        kind = str(error) if isinstance(error, Fault) else whereabouts(error)
        return Outcome("failed", f"审核未能完成（{kind}），上一次的结果不变", error_kind=kind.partition("，")[0], error=error)


def _audit(request: ServeRequest, now: dt.datetime) -> Outcome:
    """Audit the whole inbox, where its files, the policy or the lists are not those of the last run. Raises UserError."""
    policy, lists = load(request.policy), request.side_lists().record()
    out = run_folder.next_run(request.runs, now)
    audit = command.AuditRequest(
        paths=[request.inbox],
        out=out,
        kind=AsOfAudit(now.date()),
        policy=policy,
        integrity=request.integrity,
        relations=request.relations,
        words=request.words,
        expected=request.expected,
        publish_threshold=request.publish_threshold,
        calendar=request.calendar,
    )
    last = run_folder.last_run(request.runs)
    audit.found = command.find_rosters(audit, Mirror(audit.paths, out), out, patient=True)
    files, left = run_folder.count_file_changes(last, audit.found), run_folder.count_still_written(last, audit.found)
    same = last is not None and (last.policy, last.lists) == (policy.sha256, lists) and not any(files.values())
    if same and not (request.calendar and request.calendar.overdue(last.folder, now.date())):  # else tables are to be published
        return Outcome("nothing_new", _NOTHING_NEW + left.describe(), left=left)
    counts = command.run_audit(audit, out)
    comparison = run_folder.compare_with_last(last, out, files) if last is not None else None
    run_folder.make_latest(request.runs, out, comparison)
    deleted, undeleted = run_folder.delete_old_runs(request.runs, request.keep)
    message = f"审核完成：{counts['files']} 个文件，{counts['units']} 个单位，候选 {counts['candidates']} 人{left.describe()}"
    message += f"；删除旧的结果 {deleted} 次" if deleted else ""
    message += f"；旧的结果有 {len(undeleted)} 次没有删除" if undeleted else ""
    return Outcome("completed", message, out, audit.kind, policy, counts, comparison, left=left, undeleted=undeleted)


def _announce(request: ServeRequest, outcome: Outcome) -> None:
    """Say how the run ended: to Prefect's events and page, on the screen, and to whoever listens at the webhook."""
    resource = {"prefect.resource.id": f"guantong.{request.name}", "prefect.resource.name": request.name}
    emit_event(f"guantong.audit.{outcome.status}", resource, payload=outcome.to_message())
    try:
        _put_on_page_and_screen(outcome)
    finally:  # last: whatever becomes of the message, the run is done and told here
        if request.webhook:
            _notify(request.webhook, outcome)


def _put_on_page_and_screen(outcome: Outcome) -> None:
    if outcome.counts is not None:
        try:
            summary = summary_table(outcome.policy, outcome.kind, outcome.counts)
            create_markdown_artifact(markdown=outcome.page_text(summary), key="guantong-run", description="本次运行（不含个人信息）")
            folder = outcome.run.absolute().as_uri()
            create_link_artifact(link=folder, link_text=outcome.run.name, key="guantong-folder", description="结果文件夹")
        except Exception as error:
            outcome.message += f"\n{describe_incomplete_records(error)}"
    show(outcome.screen_text(), err=outcome.counts is None)


def _notify(url: str, outcome: Outcome) -> None:
    try:
        notify(Sealed(url), Sealed(outcome.to_message()))
    except NotDelivered as error:
        words = f"通知未能送达：{error}"
        outcome.message += f"；{words}"
        show(words, err=outcome.counts is None)


@task(name="通知", retries=2, retry_delay_seconds=[1, 3], cache_policy=NO_CACHE, persist_result=False, log_prints=False)
@redacted
def notify(url: str, message: dict[str, object]) -> None:
    """Send the message, in three tries."""
    webhook.notify(url, message)


def _state(outcome: Outcome) -> State:
    if outcome.status == "failed":
        return Failed(message=outcome.message)
    if outcome.status == "skipped":
        return Cancelled(name="Skipped", message=outcome.message)
    return Completed(message=outcome.message)
