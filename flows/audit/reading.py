"""The reading of an audit's files, which begins before Prefect is ready: on this machine the first batches are read from the start, and the flow's
tasks take what came of them. On a cluster its tasks alone read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from guantong.flows.audit import shares
from guantong.flows.audit.executor import Executor, TaskContext, check_code
from guantong.flows.audit.progress import Stages, Step
from guantong.flows.audit.read_rosters import OnProgress, PoolReader, UniqueContents, ignore_progress
from guantong.flows.records import Input, ReadResult

ReadBatch = Callable[[TaskContext, list[Input]], ReadResult]


def read_batch(context: TaskContext, inputs: list[Input], on_progress: OnProgress = ignore_progress) -> ReadResult:
    """Read and validate one batch of files in the process pool."""
    check_code(context)
    words = context.side_lists.words
    return PoolReader(context.pool(), context.key, context.work, context.cache_folder, context.budgets, on_progress, words).read(inputs)


class Reading:
    """What is to be read, and what has been: ``contents``. ``read`` is what a task calls for a batch of ``batches``, wherever it runs; ``step`` counts
    files, and ends by `finish`.
    """

    def __init__(self, context: TaskContext, inputs: list[Input], executor: Executor, step: Step, stage: ExitStack) -> None:
        self.cache, self.step, self._stage = context.open_cache(), step, stage
        self._files = len(inputs)
        self.contents = UniqueContents(inputs, self.cache.find_packs({item.content for item in inputs}, context.work) if self.cache else {})
        self._workers = executor.threads
        self.batches = self._share_out()
        self.read: ReadBatch = self._read_here if executor.is_local else read_batch
        self._begun: dict[int, Future[ReadResult]] = {}
        self.threads = ThreadPoolExecutor(executor.threads)
        if executor.is_local:
            self._begun = {_number(batch): self.threads.submit(read_batch, context, batch, step.advance) for batch in self.batches}

    def add(self, results: ReadResult) -> None:
        """Add what came of ``batches``; these are now of what is still to be read."""
        self.contents.add(results)
        self.batches = self._share_out()

    def finish(self) -> None:
        """All files have been read, or refused: the stage of the audit is over."""
        self.step.advance(self._files - self.step.done)
        self._stage.close()

    def _share_out(self) -> list[list[Input]]:
        return shares.batches(self.contents.todo, self._workers)

    def _read_here(self, context: TaskContext, inputs: list[Input]) -> ReadResult:
        begun = self._begun.pop(_number(inputs), None)  # a second try of the task reads anew
        return read_batch(context, inputs, self.step.advance) if begun is None else begun.result()


def _number(batch: list[Input]) -> int:
    return batch[0].file_no


@contextmanager
def begin_reading(context: TaskContext, inputs: list[Input], executor: Executor, stages: Stages) -> Iterator[Reading]:
    """Begin to read; where the block ends by an error, those who still read are freed."""
    stages.note_start()
    with ExitStack() as stage:
        step = stage.enter_context(stages.stage("read", "读取花名册", len(inputs), "个文件"))
        reading = Reading(context, inputs, executor, step, stage)
        with reading.threads:
            try:
                yield reading
            except BaseException:  # interrupted or failed: free the threads that wait for the pool
                executor.stop()
                raise
