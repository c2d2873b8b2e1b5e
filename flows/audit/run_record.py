"""run.json: what an audit was made of, what it counted, and how long it took; and by it whether the last output can be reused."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.flows.audit.kinds import AuditKind
from guantong.flows.audit.running.executor import installed_code
from guantong.flows.records import Found, Input
from guantong.flows.storage.output_record import display_path, find_changed_files, read_run, signed_json
from guantong.reports.audit_data import create_counted_people, read_rulebook, within_a_year
from guantong.reports.wording import OUTCOMES
from guantong.rules.policy.by_day import spans_of
from guantong.rules.policy.load import Policy
from guantong.rules.reading import READING
from guantong.schemas import database
from guantong.schemas.sql_text import parquet_table

if TYPE_CHECKING:
    from guantong.flows.audit.running.under_way import Audit


def fingerprint_of(found: Found, policy: Policy, kind: AuditKind, key: bytes, lists: dict[str, object]) -> str:
    """A hash of all that an audit's outputs are made from; the inputs' digests must have been taken. ``lists``: `SideLists.record`."""
    total = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=20)
    inputs = [
        (item.origin or str(item.path), item.source_file, item.sha256, (item.refusal.code, item.refusal.detail) if item.refusal else None)
        for item in found.inputs
    ]
    made_from = (version("guantong"), installed_code(), str(kind), [each.sha256 for each in policy.policies], lists)
    total.update(repr((made_from, inputs, sorted(found.passed_over.items()))).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def counts_of(output: Path, fingerprint: str) -> dict | None:
    """The counts of the audit whose output lies at ``output``, where that is whole and of this fingerprint; else None."""
    run = read_run(output)
    if run is None or run.get("fingerprint") != fingerprint or find_changed_files(output) != []:
        return None  # no output, another's, or one that somebody has worked in: it is made anew
    return run["counts"]


def write_run(
    audit: Audit, counts: dict[str, object], missing: list[tuple[str, str]], slowest: list[tuple[float, Input]], fingerprint: str | None
) -> None:
    """Write run.json into the staging folder; the hashes of the inputs are those that the readers took.

    ``missing``: reports that could not be written, and why. ``slowest``: seconds of the files that took longest to read.
    ``fingerprint``: see `fingerprint_of`; None where another run may find otherwise.
    """
    context = audit.context
    with database.connect(context.data) as con:
        hashes = dict(con.execute(f"SELECT source_file, sha256 FROM {parquet_table(context.data / 'files.parquet')}").fetchall())
    run = {
        "tool": "guantong",
        "version": version("guantong"),
        "reading": READING,
        **_policies(context.policy),
        **context.kind.record(context.data),
        "fingerprint": fingerprint,
        "paths": audit.paths,
        "inputs": [
            {"path": display_path(item.origin or item.path), "source_file": item.source_file, "sha256": hashes[item.source_file]}
            for item in audit.found.inputs
        ],
        "lists": context.side_lists.record(),
        "counts": counts,
        "not_written": [{"report": name, "why": why} for name, why in missing],
        "seconds": audit.stages.seconds,
        "peak_bytes": audit.stages.peak_bytes,
        "slowest": [{"source_file": item.source_file, "seconds": round(seconds, 3)} for seconds, item in slowest],
    }
    (context.folder / "run.json").write_text(signed_json(run), encoding="utf-8")


def _policies(policy: Policy) -> dict[str, object]:
    """The policy as run.json has it; of several the one named first, and as ``policies`` all of them with the days that each judges."""
    named = [{"id": each.id, "document": each.document.policy.document, "sha256": each.sha256} for each in policy.policies]
    if not policy.later_named:
        return {"policy": named[0]}
    days = [[span.record() for span in spans_of(policy, number)] for number in range(len(named))]
    return {"policy": named[0], "policies": [each | {"days": own} for each, own in zip(named, days, strict=True)]}


# The first files that were refused, each with why and what to do.
_REFUSED_FIRST = """
    SELECT source_file, first(f.message || '。' || f.action) FROM files JOIN findings AS f USING (source_file)
    WHERE status = 'refused' AND f.code = reason AND f.sheet IS NULL GROUP BY source_file ORDER BY source_file LIMIT 3
"""


def count(data: Path, found: Found) -> dict[str, object]:
    """The run's counts out of its tables: files, rows, findings, and people's best outcomes, each person once; candidates, to_verify and
    nearly_there (within a year; 0 in a retrospective audit) as the bureau's page counts them."""
    with database.connect(data) as con:
        database.view_tables(con, data, ("files", "persons", "verdicts", "findings"))
        con.execute("CREATE VIEW people AS SELECT * FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL")
        create_counted_people(con)

        def one(query: str) -> int:
            return database.scalar(con, query)

        def by(query: str) -> dict[str, int]:
            return dict(con.execute(query).fetchall())

        both = "(SELECT unnest([skill_to_title_outcome, title_to_skill_outcome]) AS outcome FROM people)"
        best = "SELECT count(*) FROM counted_people WHERE best_rank"
        return {
            "passed_over": found.passed_over,
            "files": one("SELECT count(*) FROM files"),
            "files_read": one("SELECT count(*) FROM files WHERE status = 'read'"),
            "files_refused": one("SELECT count(*) FROM files WHERE status = 'refused'"),
            "refused_first": con.execute(_REFUSED_FIRST).fetchall(),
            "units": one("SELECT count(DISTINCT unit_id) FROM persons"),
            "rows_found": one("SELECT count(*) FROM persons"),
            "rows_evaluated": one("SELECT count(*) FROM persons WHERE bucket = 'evaluated'"),
            "rows_rejected": one("SELECT count(*) FROM persons WHERE bucket = 'rejected'"),
            "duplicates": one("SELECT count(*) FROM persons WHERE duplicate_of IS NOT NULL"),
            "verdicts": one("SELECT count(*) FROM verdicts"),
            "findings": by("SELECT severity, count(*) FROM findings GROUP BY 1 ORDER BY 1"),
            "findings_by_code": by("SELECT code, count(*) FROM findings GROUP BY 1 ORDER BY 2 DESC, 1"),
            "outcomes": by(f"SELECT outcome, count(*) FROM {both} WHERE outcome <> 'no_route' GROUP BY 1 ORDER BY 1"),
            "candidates": one(f"{best} = {OUTCOMES.index('eligible') + 1}"),
            "to_verify": one(f"{best} = {OUTCOMES.index('unverified') + 1}"),
            "nearly_there": one(
                f"SELECT count(*) FROM counted_people JOIN nearly_there USING (pid) WHERE {within_a_year(read_rulebook(data))}"
            ),
        }
