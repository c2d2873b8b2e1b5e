"""Fuzzing guided by coverage, for a bounded time: see guided.py. GUANTONG_TEST_FUZZ_SECONDS says how long each target is tried."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = os.environ.get("GUANTONG_TEST_FUZZ_SECONDS", "15")
SCRIPT = Path(__file__).parents[1] / "support" / "guided.py"

pytestmark = [
    pytest.mark.chance,
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="Atheris has no wheel for this system and Python"),
]


@pytest.mark.parametrize("target", ["reading", "marking"])
def test_whatever_a_guided_fuzzer_makes_of_a_roster_is_read_or_refused_and_copied_as_it_says(target: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    limits = (f"-max_total_time={SECONDS}", "-rss_limit_mb=2500", "-max_len=200000", "-timeout=60")
    command = [sys.executable, str(SCRIPT), target, str(corpus), *limits, f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("INFO: Instrumenting"))
    assert done.returncode == 0, said[-5000:]
    assert "DONE" in said, said[-5000:]
