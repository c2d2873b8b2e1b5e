"""Steps of the audit without Prefect: batches, refusals, counts, run.json."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path

from guantong.flows.audit.progress import Stages
from guantong.flows.records import Found, Input, PackEntry
from guantong.flows.storage.output_record import display_path, signed_json
from guantong.reports.units.claims import AWARD_RESULTS
from guantong.rules.policy.by_day import spans_of
from guantong.rules.policy.load import Policy
from guantong.schemas import database
from guantong.schemas.batch import refused_batch, write_batch
from guantong.schemas.files.workbook import Refusal
from guantong.schemas.sql_text import parquet_table

BATCH_BYTES = 4_000_000
FEW_BYTES = 250_000  # what a batch takes of itself, about 1,500 people take too
PART_BYTES = 32_000_000  # about 250,000 people


def batches(inputs: list[Input], workers: int) -> list[list[Input]]:
    """Inputs in batches of about equal bytes: at most `BATCH_BYTES`, a few for each worker; of few bytes, one for each."""
    total, largest = _bytes(inputs), max((item.size for item in inputs), default=0)
    return _shares(inputs, min(BATCH_BYTES, max(total // (workers * 3), min(FEW_BYTES, total // workers + largest)) + 1))


def parts(places: list[tuple[Input, PackEntry]], workers: int) -> list[list[tuple[Input, PackEntry]]]:
    """Places in shares of files that follow each other, of about equal bytes of workbook: at most `PART_BYTES`, and one for each worker."""
    place_of = {item.file_no: place for item, place in places}
    items = sorted((item for item, _ in places), key=lambda item: item.file_no)
    return [[(item, place_of[item.file_no]) for item in share] for share in _shares(items, min(PART_BYTES, _bytes(items) // workers + 1))]


def _bytes(inputs: list[Input]) -> int:
    return sum(item.size for item in inputs)


def _shares(inputs: list[Input], most: int) -> list[list[Input]]:
    made: list[list[Input]] = []
    filled = 0
    for item in inputs:
        if not made or filled + item.size > most:
            made.append([])
            filled = 0
        made[-1].append(item)
        filled += item.size
    return made


def place_refused(refused: list[tuple[Input, Refusal]], work: Path) -> list[tuple[Input, PackEntry]]:
    """Write the pack of files that are refused unread; gives their places."""
    if not refused:
        return []
    write_batch(refused_batch([(item.path, refusal) for item, refusal in refused]), work / "refused")
    return [(item, PackEntry(work / "refused", number)) for number, (item, _) in enumerate(refused)]


def write_run(
    staging: Path,
    policy: Policy,
    as_of: dt.date | dict[str, str | None],
    found: Found,
    counts: dict,
    stages: Stages,
    missing: list[tuple[str, str]],
    slowest: list[tuple[float, Input]],
    fingerprint: str | None,
    lists: dict[str, object],
    paths: list[str],
) -> None:
    """Write run.json; the hashes of the inputs are those the readers took.

    ``as_of``: the day, or `award_days`. ``missing``: reports that could not be written, and why.
    ``slowest``: seconds of the files that took longest to read.
    ``fingerprint``: see flows/audit/reuse.py; None where another run may find otherwise. ``lists``: what was given beside the rosters.
    ``paths``: the rosters that were asked for, see `output_record.masked_path`.
    """
    with database.connect(staging / "data") as con:
        hashes = dict(con.execute(f"SELECT source_file, sha256 FROM {parquet_table(staging / 'data' / 'files.parquet')}").fetchall())
    run = {
        "tool": "guantong",
        "version": version("guantong"),
        **_policies(policy),
        **(as_of_retrospective(as_of) if isinstance(as_of, dict) else {"as_of": as_of.isoformat()}),
        "fingerprint": fingerprint,
        "paths": paths,
        "inputs": [
            {"path": display_path(item.origin or item.path), "source_file": item.source_file, "sha256": hashes[item.source_file]}
            for item in found.inputs
        ],
        "lists": lists,
        "counts": counts,
        "not_written": [{"report": name, "why": why} for name, why in missing],
        "seconds": stages.seconds,
        "peak_bytes": stages.peak_bytes,
        "slowest": [{"source_file": item.source_file, "seconds": round(seconds, 3)} for seconds, item in slowest],
    }
    (staging / "run.json").write_text(signed_json(run), encoding="utf-8")


def _policies(policy: Policy) -> dict[str, object]:
    """The policy as run.json tells it; of several the one named first, with ``policies``, all of them and the days that each judges."""
    told = [{"id": each.id, "document": each.document.policy.document, "sha256": each.sha256} for each in policy.each]
    if not policy.others:
        return {"policy": told[0]}
    days = [[span.record() for span in spans_of(policy, number)] for number in range(len(told))]
    return {"policy": told[0], "policies": [one | {"days": own} for one, own in zip(told, days, strict=True)]}


def as_of_retrospective(days: dict[str, str | None]) -> dict[str, str | None]:
    """`award_days` as run.json tells it."""
    return {"as_of": None, "as_of_column": days["column"], "first_day": days["first"], "last_day": days["last"]}


def award_days(data: Path, header: str) -> dict[str, str | None]:
    """Of a retrospective audit the column and the first and last day of those judged; None where nobody is."""
    with database.connect(data) as con:
        query = f"SELECT min(as_of)::VARCHAR, max(as_of)::VARCHAR FROM {parquet_table(data / 'persons.parquet')}"
        first, last = con.execute(query).fetchone()
    return {"column": header, "first": first, "last": last}


def award_counts(data: Path) -> dict[str, int]:
    """How many awards came out how, each once."""
    with database.connect(data) as con:
        database.view_tables(con, data, ("claims", "persons"))
        query = "SELECT result, count(*) FROM claims JOIN persons USING (pid) WHERE duplicate_of IS NULL GROUP BY 1"
        found = dict(con.execute(query).fetchall())
    return {result: found.get(result, 0) for result in AWARD_RESULTS}


def awards_told(counts: dict[str, int]) -> str:
    """`award_counts` in words."""
    return f"{sum(counts.values())} 项：" + "，".join(f"{word} {counts[result]}" for result, word in AWARD_RESULTS.items())


def counts(data: Path, found: Found) -> dict[str, object]:
    """The run's counts out of its tables: files, rows, findings, and people's best outcomes, each person once."""
    with database.connect(data) as con:
        database.view_tables(con, data, ("files", "persons", "verdicts", "findings"))

        def one(query: str) -> int:
            return database.scalar(con, query)

        def by(query: str) -> dict[str, int]:
            return dict(con.execute(query).fetchall())

        once = "FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL"
        both = f"(SELECT unnest([skill_to_title_outcome, title_to_skill_outcome]) AS outcome {once})"
        serving = "('eligible', 'refer')"
        return {
            "passed_over": found.passed_over,
            "files": one("SELECT count(*) FROM files"),
            "files_read": one("SELECT count(*) FROM files WHERE status = 'read'"),
            "files_refused": one("SELECT count(*) FROM files WHERE status = 'refused'"),
            "units": one("SELECT count(DISTINCT unit_id) FROM persons"),
            "rows_found": one("SELECT count(*) FROM persons"),
            "rows_evaluated": one("SELECT count(*) FROM persons WHERE bucket = 'evaluated'"),
            "rows_rejected": one("SELECT count(*) FROM persons WHERE bucket = 'rejected'"),
            "duplicates": one("SELECT count(*) FROM persons WHERE duplicate_of IS NOT NULL"),
            "verdicts": one("SELECT count(*) FROM verdicts"),
            "findings": by("SELECT severity, count(*) FROM findings GROUP BY 1 ORDER BY 1"),
            "findings_by_code": by("SELECT code, count(*) FROM findings GROUP BY 1 ORDER BY 2 DESC, 1"),
            "outcomes": by(f"SELECT outcome, count(*) FROM {both} WHERE outcome <> 'no_route' GROUP BY 1 ORDER BY 1"),
            "candidates": one(f"SELECT count(*) {once} AND (skill_to_title_outcome IN {serving} OR title_to_skill_outcome IN {serving})"),
        }
