"""The watchdog of the workers' memory, for systems that know no limit on address space."""

from __future__ import annotations

import time

import pytest
from pebble import ProcessExpired

from guantong.flows import guard
from guantong.flows.workers import fresh_pool


def swell(megabytes: int) -> int:
    """Take memory, really, and hold it for a while."""
    held = bytearray(megabytes * guard.MEGABYTE)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(3)
    return len(held)


def test_a_worker_that_takes_too_much_memory_is_killed_and_another_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RESIDENT", 500 * guard.MEGABYTE)
    with guard.watched(0.05), fresh_pool() as pool:
        assert pool.schedule(swell, args=(10,)).result() == 10 * guard.MEGABYTE
        with pytest.raises(ProcessExpired):
            pool.schedule(swell, args=(600,)).result()
