"""`guantong serve`: audits of an inbox by a schedule, as a Prefect deployment that this process serves; or one run, with --once."""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import tzlocal

from guantong.flows import prefect_server
from guantong.flows.audit.command import protect_process
from guantong.flows.audit.running.progress import Stages
from guantong.flows.audit.side_lists import read_expected_units
from guantong.flows.errors import Busy, CannotRun
from guantong.flows.locations import state_folder
from guantong.flows.schedule import overview, run_folder, webhook
from guantong.flows.schedule.request import ServeRequest
from guantong.flows.screen import show
from guantong.flows.storage.last_result import watch
from guantong.flows.waiting import wait_for
from guantong.rules.policy.load import load
from guantong.schemas import UserError
from guantong.schemas.near_words import describe_nearest_path

if TYPE_CHECKING:
    from uuid import UUID

    from prefect import State
    from prefect.runner import Runner

_PATIENCE = (2, 10, 5)  # seconds in which a run's process ends by itself, when asked to, when killed


def main(request: ServeRequest, cron: str | None) -> int:
    """Serve until Ctrl-C, or without ``cron`` run once; gives the exit status. Raises UserError for what can't run."""
    protect_process()
    try:
        _check(request)
    except UserError as error:
        overview.show_failed(request, str(error))
        raise
    watch(request.runs / run_folder.LATEST)
    return _once(request) if cron is None else _serve(request, cron)


def _check(request: ServeRequest) -> None:
    """Raise UserError for what can't run."""
    if not request.inbox.is_dir():
        raise CannotRun(f"收件箱“{request.inbox}”不是文件夹，或不存在{describe_nearest_path(request.inbox)}")
    if request.webhook:
        webhook.check_address(request.webhook)
    load(request.policy)
    request.side_lists()
    if request.expected is not None:
        read_expected_units(request.expected)


def _prefect_home() -> Path:
    state = state_folder()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    Stages().show("正在启动 Prefect……")
    wait_for("正在启动 Prefect")
    return state / "prefect"


def _once(request: ServeRequest) -> int:
    """One run: 0 done or nothing new, 1 where a file was refused."""
    ended: list = []
    try:
        state = _run_flow(request, ended)
    except UserError as error:
        if not ended:
            overview.show_failed(request, str(error))
        raise
    if not ended:
        return state.result()  # raises
    (outcome,) = ended
    if outcome.status == "skipped" or isinstance(outcome.error, UserError):
        return 2  # the screen says why
    if outcome.error is not None:
        raise outcome.error
    if state is not None and state.is_failed():
        return state.result()  # raises: the audit is done, but its message was not delivered
    return 1 if outcome.counts and outcome.counts["files_refused"] else 0


def _run_flow(request: ServeRequest, ended: list) -> State | None:
    """Run the flow, which puts its outcome into ``ended``; gives its state where Prefect tells one. Raises UserError."""
    with prefect_server.server_of_run(_prefect_home(), Stages().show) as server:
        from guantong.flows.schedule.flow import flow_of

        if server is not None:
            server.wait_until_ready()
        with prefect_server.without_heartbeats():
            try:
                return flow_of(request, ended.append)(return_state=True)
            except Exception as error:
                if not ended:
                    raise CannotRun(prefect_server.describe_prefect_failure(error)) from error
                Stages().show(prefect_server.describe_incomplete_records(error))
    return None


def _serve(request: ServeRequest, cron: str) -> int:
    """Serve until interrupted."""
    zone = tzlocal.get_localzone_name()
    if not zone:
        raise CannotRun("看不出本机的时区，请设环境变量 TZ，如 TZ=Asia/Shanghai")
    server = prefect_server.start_server(_prefect_home(), lasting=True)
    os.environ.setdefault("PYTHONIOENCODING", "utf-8:replace")  # of the processes of the runs
    from prefect.runner import Runner

    schedule = _schedule(cron, zone)
    request = replace(request, schedule=f"{cron}（分 时 日 月 星期；时区 {zone}）")
    if server is not None:
        server.wait_until_ready()
    try:
        asyncio.run(_serving(Runner(name=request.name), request, schedule, server))
    except (KeyboardInterrupt, asyncio.CancelledError):  # by Ctrl-C, or when asked to end
        show("已停止")
    finally:
        overview.show_as_idle(replace(request, schedule=f"定时服务已于 {dt.datetime.now():%Y-%m-%d %H:%M} 停止，不再自动运行"))
    return 0


def _schedule(cron: str, zone: str) -> object:
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.schedules import Cron

    try:
        CronSchedule(cron=cron, timezone=zone)
    except ValueError as error:
        raise CannotRun(f'--cron “{cron}”有误，应为“分 时 日 月 星期”，如 "0 2 1 * *"（每月 1 日 2 时）') from error
    return Cron(cron, timezone=zone)


async def _serving(runner: Runner, request: ServeRequest, schedule: object, server: prefect_server.Server | None) -> None:
    """Put up the deployment, and run what is due until this task is cancelled; then no process of a run is left."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    from guantong.flows.schedule.flow import flow_of

    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    # Prefect's own way waits for the run to end; and what a script starts in the background ignores SIGINT
    runner.handle_sigterm = lambda *_: loop.call_soon_threadsafe(serving.cancel)
    deployment = await runner.aadd_flow(
        flow_of(request),
        name=request.name,
        schedule=schedule,
        paused=False,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
        description=f"收件箱 `{request.inbox.absolute()}`，结果 `{request.runs.absolute()}`",
    )
    await _mark_crashed(request, deployment)
    Stages().show(_start_message(request, schedule, server))
    running, ended = asyncio.create_task(runner.start()), asyncio.create_task(_wait_until_lost(server))
    try:
        for task in (await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED))[0]:
            task.result()  # raises
    finally:
        ended.cancel()
        if not running.done():
            await _end_runs()
            running.cancel()
            await asyncio.wait([running])


async def _wait_until_lost(server: prefect_server.Server | None) -> None:
    """Raise CannotRun once the Prefect server is lost."""
    while server is None or not server.lost.is_set():
        await asyncio.sleep(1)
    raise CannotRun("Prefect 服务一再意外结束，定时审核已停止，已有的结果不变。请检查磁盘空间和内存，再启动")


async def _mark_crashed(request: ServeRequest, deployment: UUID) -> None:
    """Have Prefect know as crashed the runs that a power cut or a kill has ended, so that they hold up no other."""
    from prefect import get_client
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    going_on = filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    try:
        with run_folder.hold_runs(request.runs):
            overview.show_as_idle(request)
            async with get_client() as client:
                for left in await client.read_flow_runs(
                    flow_run_filter=filters.FlowRunFilter(state=filters.FlowRunFilterState(type=going_on)),
                    deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment])),
                ):
                    await client.set_flow_run_state(left.id, Crashed(message="运行时服务被强行终止"))
    except Busy:
        return  # it is going on, in another process


async def _end_runs() -> None:
    """End the processes of runs: they clear away what they began, unless they have to be killed."""
    steps = (lambda _: None, lambda process: process.terminate(), lambda process: process.kill())
    for seconds, end in zip(_PATIENCE, steps):
        for process in multiprocessing.active_children():
            end(process)
        until = time.monotonic() + seconds
        while multiprocessing.active_children() and time.monotonic() < until:
            await asyncio.sleep(0.1)


def _start_message(request: ServeRequest, schedule: object, server: prefect_server.Server | None) -> str:
    lines = [
        f"定时审核已开始：{schedule.cron}（时区 {schedule.timezone}）",
        f"  收件箱　{request.inbox}　结果　{request.runs}　保留最近 {request.keep} 次",
        f"  各次结果一览　{request.runs / overview.INDEX}",
        f"  立即运行一次：在 Prefect 网页上，或 prefect deployment run guantong-scheduled/{request.name}",
        "  按 Ctrl-C 停止",
    ]
    if server is not None:
        lines.insert(3, f"  Prefect 网页　{server.address}　口令　{server.password}（仅本机可用，每次启动不同）")
    return "\n".join(lines)
