"""Copies to send back: the enterprise's own workbook marked in place, beside one that openpyxl marks, and beside another commit.

    python benchmarks/copies.py [--files 500] [--persons 100000] [--rounds 3] [--beside PYTHON] [--write]

PYTHON is the interpreter of another environment, in which another commit of guantong is installed: both copy the same rosters in turn.
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import common

WRITERS = ("guantong.reports.returned.write_copy", "guantong.reports.returned.copy")  # where commits keep write_returned
MANNERS = ("in place", "values only", "openpyxl")


def main() -> None:
    """Run and print; or copy in one manner, where a run asks for that."""
    if sys.argv[1:2] == ["copy"]:
        return copy_all(sys.argv[2], Path(sys.argv[3]))
    options = common.asked(__doc__, files=500, persons=100_000, rounds=3, beside="")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        common.warm(work)
        prepare(options.persons, options.files, work)
        contenders = {manner: runner(sys.executable, manner, work) for manner in MANNERS}
        if options.beside:
            contenders["in place, the other commit"] = runner(options.beside, MANNERS[0], work)
        runs = common.interleaved(contenders, options.rounds)
    base = list(contenders)[-1] if options.beside else MANNERS[0]
    rows = [(manner, f"{common.seconds(made):.1f} s", common.ratio(made, runs[base]), common.peak(made)) for manner, made in runs.items()]
    text = common.table(("copies", "CPU", f"× {base}", "peak memory"), rows)
    about = (
        "Processor's seconds and most memory (RSS) of one process, for .xlsx rosters only. "
        "openpyxl colours the cells and comments on them: it makes no list of findings, and checks nothing."
    )
    title = f"Copies to send back, {options.persons:,} people in {options.files} files"
    machine = common.machine("lxml", "openpyxl", "XlsxWriter", "python-calamine")
    common.show("copies", title, f"{text}\n\n{about}\n\n{machine}", options.write)


def prepare(persons: int, files: int, work: Path) -> None:
    """Write untidy rosters, audit them, and keep the findings of each .xlsx as a pickle: [(path, source_file, findings), …]."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    common.sample(work / "in", persons, files, work)
    common.audit(work / "in", work / "out", work, "--no-cache", memory=False)
    findings = pq.read_table(work / "out" / "data" / "findings.parquet")
    severity = pc.if_else(pc.equal(findings["severity"], "hint"), "warning", findings["severity"])  # earlier commits know no hints
    findings = findings.set_column(findings.column_names.index("severity"), "severity", severity)
    copies = []
    for path in sorted((work / "in").rglob("*.xlsx")):
        name = path.relative_to(work / "in").as_posix()
        own = findings.filter(pc.equal(findings["source_file"], name))
        if own.num_rows and pc.any(pc.is_valid(own["row"])).as_py():
            copies.append((str(path), name, own))
    if not copies:
        raise ValueError("no roster has a finding on a cell")
    (work / "copies.pickle").write_bytes(pickle.dumps(copies, protocol=5))


def runner(python: str, manner: str, work: Path) -> Callable[[], common.Run]:
    """A function that copies all rosters in one manner, in a process of its own, and gives its processor's seconds and peak memory."""

    def act() -> common.Run:
        made = common.run([python, Path(__file__).resolve(), "copy", manner, work], work, memory=False)
        taken, peak = json.loads(made.printed)
        return common.Run(taken, peak or 0.0, made.printed, made.status)

    return act


def copy_all(manner: str, work: Path) -> None:
    """Copy every roster that `prepare` kept; prints the processor's seconds without imports, and the most memory in MiB."""
    copies = pickle.loads((work / "copies.pickle").read_bytes())
    target = work / "copies"
    target.mkdir(exist_ok=True)
    copy = copy_with_openpyxl if manner == "openpyxl" else copy_with_guantong(manner == "values only")
    copy(*copies[0], target)
    begun = time.process_time()
    for path, name, findings in copies:
        copy(path, name, findings, target)
    print(json.dumps((time.process_time() - begun, common.high_water())))


def copy_with_guantong(plain: bool) -> Callable[[str, str, object, Path], object]:
    """A function that writes the copy that an audit writes."""
    for name in WRITERS:
        try:
            write_returned = importlib.import_module(name).write_returned
            break
        except ModuleNotFoundError:
            continue
    else:
        raise ModuleNotFoundError(f"none of {', '.join(WRITERS)}")
    return lambda path, name, findings, target: write_returned(Path(path).read_bytes(), ".xlsx", name, findings, target, None, plain)


def copy_with_openpyxl(path: str, name: str, findings: object, target: Path) -> None:
    """Load a roster, colour each cell with a finding and say in a comment why, save it."""
    import openpyxl
    from openpyxl.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = openpyxl.load_workbook(path)
    for finding in findings.to_pylist():
        if finding["sheet"] in book.sheetnames and finding["row"] is not None:
            cell = book[finding["sheet"]][f"{finding['column'] or 'A'}{finding['row']}"]
            cell.fill = PatternFill("solid", fgColor="FFFFC7CE")
            if not isinstance(cell, MergedCell):
                cell.comment = Comment(finding["message"], "guantong")
    book.save(target / f"{Path(name).stem}.xlsx")


if __name__ == "__main__":
    main()
