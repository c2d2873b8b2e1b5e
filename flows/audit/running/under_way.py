"""An audit on its way: its files, what works on them, and that Prefect may fail it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from guantong.flows.audit.running.executor import Executor, TaskContext
from guantong.flows.audit.running.progress import Stages
from guantong.flows.errors import CannotRun, Fault
from guantong.flows.prefect_server import describe_incomplete_records, describe_prefect_failure, without_heartbeats, without_retries
from guantong.flows.records import Found
from guantong.flows.storage.output_folder import Staging


@dataclass
class Audit:
    """An audit on its way: its files, and what works on them. Held in this process, never sent to Prefect.

    ``paths``: the rosters that were asked for, as `output_record.masked_path` gives them. ``in_flow``: the flow has begun.
    ``counts``: the run's, once its output is in place.
    """

    found: Found
    paths: list[str]
    fingerprint: str
    context: TaskContext
    executor: Executor
    staging: Staging
    stages: Stages
    in_flow: bool = False
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

    def outlive_prefect(self, run_flow: Callable[[], None], finish: Callable[[], None]) -> None:
        """Run the flow. Where Prefect fails before it begins, this machine goes on alone, to ``finish``; where the output is in place, it is only said.

        Raises CannotRun where Prefect fails between, or a cluster would have to be told by it what to do.
        """
        with without_heartbeats(), self._without_prefect:
            try:
                run_flow()
            except Exception as error:
                if self.counts is None and (self.in_flow or not self.executor.is_local):
                    raise error if isinstance(error, CannotRun | Fault | OSError) else CannotRun(describe_prefect_failure(error)) from error
                self.note_prefect_error(error)
            if self.counts is None:
                finish()

    def __reduce__(self) -> tuple:
        # With each task Prefect sends the flow to a cluster's worker, where it is not run: what it closes over stays here.
        return type(None), ()
