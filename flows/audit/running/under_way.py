"""An audit on its way: its files, what works on them, and that Prefect may fail it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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

    ``paths``: the rosters that were asked for, as `output_record.masked_path` gives them. ``counts``: the run's, once its output is in place.
    """

    found: Found
    paths: list[str]
    fingerprint: str
    context: TaskContext
    executor: Executor
    staging: Staging
    stages: Stages
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
