"""Whether the last output can be reused: made of the same files for the same day by the same policy and program, and as it was written."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from guantong.flows.audit.executor import own_code
from guantong.flows.audit.kinds import AuditKind
from guantong.flows.records import Found
from guantong.flows.storage import output_record
from guantong.rules.policy.load import Policy


def fingerprint_of(found: Found, policy: Policy, kind: AuditKind, key: bytes, lists: dict[str, object]) -> str:
    """A hash of all that an audit's outputs are made from; the inputs' digests must have been taken. ``lists``: `SideLists.record`."""
    total = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=20)
    inputs = [
        (item.origin or str(item.path), item.source_file, item.sha256, (item.refusal.code, item.refusal.detail) if item.refusal else None)
        for item in found.inputs
    ]
    made_from = (version("guantong"), own_code(), str(kind), [each.sha256 for each in policy.policies], lists)
    total.update(repr((made_from, inputs, sorted(found.passed_over.items()))).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def counts_of(output: Path, fingerprint: str) -> dict | None:
    """The counts of the audit whose output lies at ``output``, where that is whole and of this fingerprint; else None."""
    run = output_record.read_run(output)
    if run is None or run.get("fingerprint") != fingerprint or output_record.find_changed_files(output) != []:
        return None  # no output, another's, or one that somebody has worked in: it is made anew
    return run["counts"]
