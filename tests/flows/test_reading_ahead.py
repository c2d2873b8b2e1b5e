"""Rosters are read while Prefect starts: its tasks take what came of that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guantong.flows.audit.executor import LocalExecutor, TaskContext, installed_code, start_local
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.progress import Stages
from guantong.flows.audit.reading import Reading, begin_reading
from guantong.flows.audit.side_lists import ListPaths, read_side_lists
from guantong.flows.workers.pool import PoolStopped
from guantong.rules.policy.load import load
from tests.support.inprocess import TODAY
from tests.support.workbooks import CLEAN, people


@contextmanager
def reading_of(folder: Path, executor: LocalExecutor) -> Iterator[tuple[Reading, TaskContext]]:
    for name in ("甲", "乙", "丙"):
        people(folder / "in" / f"{name}.xlsx", CLEAN | {"单位名称": name})
    (folder / "work").mkdir()
    inputs = discover([folder / "in"], folder / "out").inputs
    take_digests(inputs, 1)
    lists = read_side_lists(ListPaths(None, None, None), b"key", None, None)
    context = TaskContext(load("liaoning-2019-2"), TODAY, b"key", None, folder, executor.pool, installed_code(), lists)
    with begin_reading(context, inputs, executor, Stages()) as reading:
        yield reading, context


def test_all_that_is_to_be_read_is_read_before_a_task_asks_for_it_and_anew_for_a_second_try(tmp_path: Path) -> None:
    with start_local(1) as executor, reading_of(tmp_path, executor) as (reading, context):
        reading.threads.shutdown()  # waits for all that has begun
        executor.stop()
        read = [item.path.stem for batch in reading.batches for item, _ in reading.read(context, batch).packed]
        assert sorted(read) == sorted("甲乙丙")
        with pytest.raises(PoolStopped):
            reading.read(context, reading.batches[0])


def test_an_audit_that_ends_by_an_error_waits_for_no_reading(tmp_path: Path) -> None:
    with start_local(1) as executor:
        executor.pool().schedule(time.sleep, (3600,))  # what is to be read waits for this
        with pytest.raises(KeyboardInterrupt), reading_of(tmp_path, executor) as (reading, context):
            raise KeyboardInterrupt
        with pytest.raises(PoolStopped):
            reading.read(context, reading.batches[0])
