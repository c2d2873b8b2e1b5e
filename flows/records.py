"""What passes from one step of an audit to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from guantong.schemas.files.open_file import suffix_of
from guantong.schemas.files.refusal import Refusal

MOST_KINDS = 50  # of files passed over that are counted by kind: the screen names them
OTHER_KINDS = "其他"  # under which files passed over are counted, once there are very many kinds


@dataclass
class Input:
    """One file to read: ``source_file`` is its path as the outputs name it; ``refusal`` is set where it is not to be read at all.

    ``root``: the folder, all links in its path resolved, that it was found in and has to lie in; None for a file that was given itself.
    ``origin`` is its address in a store, or where it will be when the audit has ended; None where it is ``path``. ``stamp`` changes with the
    content: what `stamp_of` gave before the file was read first. ``sha256`` and ``size`` (bytes) are those of the content when the audit began, None and 0 before `take_digests`.
    """

    file_no: int
    path: Path
    source_file: str
    refusal: Refusal | None = None
    sha256: str | None = None
    size: int = 0
    origin: str | None = None
    root: Path | None = None
    stamp: tuple | None = None

    @property
    def content(self) -> tuple[str, str]:
        """What decides what is read from the file: its bytes, and its suffix."""
        return self.sha256 or "", suffix_of(self.path)


@dataclass
class Found:
    """What the given paths hold: files to read in the order of their names, files passed over by kind, and the ``outputs`` among those."""

    inputs: list[Input] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)

    def take(self, inputs: list[Input]) -> None:
        """Have these files read, numbered in their order."""
        for number, item in enumerate(inputs):
            item.file_no = number
        self.inputs = inputs

    def pass_over(self, kind: str) -> None:
        """Count a file or folder that is not taken; of very many kinds the further ones as one."""
        if kind not in self.passed_over and len(self.passed_over) >= MOST_KINDS:
            kind = OTHER_KINDS
        self.passed_over[kind] = self.passed_over.get(kind, 0) + 1


@dataclass(frozen=True)
class PackEntry:
    """Where a file's tables are: the folder of its pack, and its number in it."""

    pack: Path
    number: int


PackedInputs = list[tuple[Input, PackEntry]]  # files, each with the place of its tables


@dataclass
class ReadResult:
    """What came of reading: the pack entry of each file, or why it is refused.

    ``from_cache``: how many were read by an earlier audit. ``cache_trouble``: what a user is to be told of the cache.
    ``seconds``: (how long it took, file) of each file that was read. ``transient``: files of those in ``packed`` that were refused for what may
    be otherwise next time.
    """

    packed: PackedInputs = field(default_factory=list)
    refused: list[tuple[Input, Refusal]] = field(default_factory=list)
    from_cache: int = 0
    cache_trouble: str | None = None
    seconds: list[tuple[float, Input]] = field(default_factory=list)
    transient: list[Input] = field(default_factory=list)

    def add(self, more: ReadResult) -> None:
        """Count another batch's with this."""
        self.packed += more.packed
        self.refused += more.refused
        self.from_cache += more.from_cache
        self.seconds += more.seconds
        self.transient += more.transient
        self.cache_trouble = more.cache_trouble or self.cache_trouble


@dataclass
class ReportResult:
    """What came of report work: how many reports were written, and those that could not be: (place in the output, why).

    ``from_cache``: how many of those written are an earlier audit's. ``not_begun``: items that are left, as it took too long already.
    ``costs``: (source_file, size, seconds, bytes written) of each copy of a roster.
    """

    written: int = 0
    from_cache: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)
    cache_trouble: str | None = None
    not_begun: list = field(default_factory=list)
    costs: list[tuple[str, int, float, int]] = field(default_factory=list)

    def add(self, more: ReportResult) -> None:
        """Count another share's work with this."""
        self.written += more.written
        self.from_cache += more.from_cache
        self.missing += more.missing
        self.cache_trouble = more.cache_trouble or self.cache_trouble
