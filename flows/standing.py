"""Whether the last output stands: made of the same files for the same day by the same policy and program, and as it was written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from guantong.flows.crew import own_code
from guantong.flows.inventory import Found
from guantong.rules.policy import Policy
from guantong.rules.retrospective import AwardColumn

SUMS = "data/outputs.json"  # the hash of each output beside itself and run.json


def fingerprint(found: Found, policy: Policy, as_of: dt.date | AwardColumn, key: bytes, lists: dict[str, object]) -> str:
    """A hash of all that an audit's outputs are made from; the inputs' digests must have been taken. ``lists``: `Given.record`."""
    total = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=20)
    inputs = [
        (item.origin or str(item.path), item.source_file, item.sha256, (item.refusal.code, item.refusal.detail) if item.refusal else None)
        for item in found.inputs
    ]
    made_from = (version("guantong"), own_code(), str(as_of), [each.sha256 for each in policy.each], lists)
    total.update(repr((made_from, inputs, sorted(found.passed_over.items()))).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def write_sums(output: Path) -> None:
    """Note the hash of each output under ``output``, by which `counts_of` tells whether it is as it was written."""
    sums = {name: _sum(path) for name, path in _files(output).items()}
    (output / SUMS).write_text(json.dumps(sums, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def counts_of(output: Path, wanted: str) -> dict | None:
    """The counts of the audit whose output lies at ``output``, where that is whole and of this fingerprint; else None."""
    try:
        run = json.loads((output / "run.json").read_bytes())
        sums = json.loads((output / SUMS).read_bytes())
        if run["fingerprint"] != wanted:
            return None
        files = _files(output)
        return run["counts"] if files.keys() == sums.keys() and all(_sum(path) == sums[name] for name, path in files.items()) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no output, another program's, or one that was tampered with: it is made anew


def _files(output: Path) -> dict[str, Path]:
    found = {path.relative_to(output).as_posix(): path for path in sorted(output.rglob("*")) if path.is_file()}
    return {name: path for name, path in found.items() if name not in (SUMS, "run.json") and not name.startswith("work/")}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
