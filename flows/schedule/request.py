"""What `guantong serve` is asked for, and how a run of it ended. Without Prefect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from guantong.flows.audit import command
from guantong.flows.audit.kinds import AsOfAudit
from guantong.flows.audit.publication_series import Calendar
from guantong.flows.audit.side_lists import ListPaths, SideLists, read_side_lists
from guantong.flows.commands.compare import KINDS
from guantong.flows.locations import state_folder
from guantong.flows.schedule import run_folder
from guantong.flows.schedule.webhook import shareable_counts
from guantong.rules.policy.load import Policy
from guantong.schemas.values.identity import load_key


@dataclass(frozen=True)
class ServeRequest:
    """What `guantong serve` is asked for: ``policy`` is an ID or a file, ``keep`` how many runs are kept, ``webhook`` where a message is sent, if
    anywhere; ``publish_every``: how often tables are published, see publication_series.MONTHS. ``expected``: a list of the units that are to hand in.
    ``schedule``: when runs are due, in words; '' where somebody else says when.

    The others as in `audit.command.AuditRequest`.
    """

    inbox: Path
    runs: Path
    policy: str
    keep: int
    webhook: str | None = field(repr=False)
    integrity: Path | None = None
    relations: Path | None = None
    words: Path | None = None
    publish_threshold: int | None = None
    publish_every: str = "half-year"
    expected: Path | None = None
    schedule: str = ""

    @property
    def calendar(self) -> Calendar | None:
        """When to publish; None where nothing is."""
        return Calendar(self.name, self.publish_every, self.runs) if self.publish_threshold is not None else None

    @property
    def name(self) -> str:
        """A name for the deployment and the events: the same for the same folder of runs; it tells nothing else of it."""
        return "runs-" + hashlib.sha256(str(self.runs.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def side_lists(self) -> SideLists:
        """The lists as they stand now. Raises CannotRun."""
        paths = ListPaths(self.integrity, self.relations, self.words)
        return read_side_lists(paths, load_key(state_folder()), self.publish_threshold)


@dataclass
class Outcome:
    """How a run ended: ``status`` is completed, nothing_new, skipped or failed; ``message`` says it in Chinese.

    ``error_kind`` names what a failed run raised; ``error`` is that itself, for the process that ran it only. ``undeleted``: old runs that were not
    deleted, and why; ``overview``: what is to be said of index.html; both name files, and are for the screen alone.
    """

    status: str
    message: str
    run: Path | None = None
    kind: AsOfAudit | None = None
    policy: Policy | None = None
    counts: dict | None = None
    comparison: dict | None = None
    error_kind: str | None = None
    error: Exception | None = field(default=None, repr=False)
    left: run_folder.StillWritten = run_folder.StillWritten()
    undeleted: list[str] = field(default_factory=list, repr=False)
    overview: list[str] = field(default_factory=list, repr=False)

    def to_message(self) -> dict[str, object]:
        """The message for events and the webhook: counts alone."""
        found: dict[str, object] = {"tool": "guantong", "status": self.status}
        if self.error_kind:
            found["kind"] = self.error_kind
        if self.run is not None:
            found |= {"run": self.run.name, "as_of": str(self.kind), "counts": shareable_counts(self.counts)}
        if self.left.files:
            found["still_written"] = {"files": self.left.files, "read_before": self.left.read_before}
        if self.comparison is not None:
            found |= {name: self.comparison[name] for name in ("previous", "files", "persons")}
        return found

    def screen_text(self) -> str:
        """What the screen says of it."""
        parts = [self.message, *self.undeleted, *self.overview]
        if self.comparison is not None:
            files, persons = _changes(self.comparison)
            parts.insert(0, f"与上一次（{self.comparison['previous']}）相比\n  文件　{_listed(files)}\n  人员　{_listed(persons)}")
        if self.counts is not None:
            parts.insert(0, command.summary(self.counts, str(self.run), self.policy, self.kind))
        return "\n".join(parts)

    def page_text(self, summary: str) -> str:
        """What Prefect's page says of it, after the audit's ``summary``: counts, and where the folder is."""
        lines = [summary, "", f"结果文件夹：`{self.run.absolute()}`"]
        if self.comparison is not None:
            lines += ["", f"| 与上一次（{self.comparison['previous']}）相比 | 数量 |", "|---|---:|"]
            files, persons = _changes(self.comparison)
            lines += [f"| {word} | {count} |" for word, count in [*files, *persons]]
        return "\n".join(lines)


def changes_in_words(comparison: dict) -> list[str]:
    """What changed against the run before, of files, then of persons: 2 人新符合申报条件."""
    files, persons = _changes(comparison)
    of_files = [f"{count} 个文件{word}" for word, count in files if count]
    return of_files + [f"{count} 人{word}" if isinstance(count, int) else f"{word}：{count}" for word, count in persons if count]


def _changes(comparison: dict) -> tuple[list[tuple[str, object]], list[tuple[str, object]]]:
    """(word, count) of files, and of persons."""
    files, persons = comparison["files"], comparison["persons"]
    of_files = [(word, files[kind]) for kind, word in run_folder.FILE_CHANGES.items()]
    if persons is None:
        return of_files, [("无法比较", comparison["why"])]
    return of_files, [(word, persons.get(kind)) for kind, word in KINDS.items()]


def _listed(counts: list[tuple[str, object]]) -> str:
    return "，".join(f"{word} {count}" for word, count in counts)
