"""The whole audit against the floor (the same cells read, the same workbooks written, nothing else) and against a user's script.

    python benchmarks/whole_audit.py [--files 500] [--persons 100000] [--rounds 3] [--share 10] [--write]

Against the floor, on rosters as untidy as real ones (`guantong sample`): `guantong audit --no-cache`, which also tells rosters from
other sheets, validates, evaluates, writes the tables, the copies to send back and the bureau's reports; and `floor.py`, which reads
the same cells with python-calamine in as many processes as cores, and writes with XlsxWriter in as many a workbook for each unit:
sheets and rows are those of the audit's own units/, taken from them once before the clock starts and kept as pickles. The floor's
time to load the pickles is taken off, and shown. So the copies to send back (returned/), the bureau's workbook and page, all
formats, widths and heights, and everything that guards the reading are the audit's own expense, inside the ratio.

Against the script, on tidy rosters (`tidy.py`): 25 columns, canonical headers in the first row, one way to write everything; that is
all that a script of a page reads, and the easiest that an audit gets. `user_script.py`: pandas.read_excel with openpyxl, headers by a
dict, six routes by DataFrame.apply, a workbook a unit by openpyxl; no validation, no findings, no honours, no parallel
work. It is slow, so it gets one of every --share files, and what it took for them is multiplied by the share; its start is not.
--share 0 leaves it out.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import common
import floor
import tidy


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files=500, persons=100_000, rounds=3, share=10)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        common.warm(work)
        text = against_floor(work, given)
        if given.share:
            text += f"\n\n{against_script(work, given)}"
    title = f"Whole audit, {given.persons:,} people in {given.files} files"
    packages = ("python-calamine", "XlsxWriter", "openpyxl", "pandas", "pandera", "duckdb", "prefect")
    section = "whole_audit_large" if given.persons > 300_000 else "whole_audit"
    common.show(section, title, f"{text}\n\n{common.machine(*packages)}", given.write)


def against_floor(work: Path, given: object) -> str:
    """The table of audit and floor."""
    inbox, out = work / "in", work / "out"
    common.sample(inbox, given.persons, given.files, work)
    told = common.audit(inbox, out, work, "--no-cache", memory=False)[1]
    floor.take(out / "units", work / "pickles")
    returned = sum(1 for path in (out / "returned").rglob("*") if path.is_file())
    runs = common.interleaved(
        {
            "guantong audit --no-cache": lambda: common.audit(inbox, out, work, "--no-cache")[0],
            "the floor": lambda: _floor(inbox, work),
        },
        given.rounds,
    )
    loading = json.loads(runs["the floor"][0].printed)["loading"]
    rows = _rows(runs, "the floor")
    units = sum(1 for _ in (work / "pickles").iterdir())
    return (
        common.table(("untidy rosters", "seconds", "× the floor", "peak memory"), rows)
        + f"\n\nBoth read {told['counts']['files']} files and write {units} workbooks of units; the audit also writes {returned} "
        f"copies to send back, the bureau's reports and the tables. Taken off the floor: {loading:.2f} s of loading pickles. "
        f"The audit by its own clock: {_stages(out)}."
    )


def _floor(inbox: Path, work: Path) -> common.Run:
    shutil.rmtree(work / "floor-out", ignore_errors=True)
    made = common.run([sys.executable, floor.__file__, inbox, work / "pickles", work / "floor-out"], work)
    made.seconds -= json.loads(made.printed)["loading"]
    return made


def against_script(work: Path, given: object) -> str:
    """The table of audit and script."""
    inbox, part, out = work / "tidy", work / "tidy-part", work / "tidy-out"
    paths = tidy.write(inbox, given.persons, given.files)
    part.mkdir()
    for path in paths[:: given.share]:
        shutil.copy2(path, part)
    taken = len(paths[:: given.share])
    runs = common.interleaved(
        {
            "guantong audit --no-cache": lambda: common.audit(inbox, out, work, "--no-cache")[0],
            "the script": lambda: _script(part, work, len(paths) / taken),
        },
        given.rounds,
    )
    faster = common.ratio(runs["the script"], runs["guantong audit --no-cache"])
    scaled = f"The script read {taken} of the {len(paths)} files; its seconds after its start are multiplied by {len(paths) / taken:g}."
    return (
        common.table(("tidy rosters", "seconds", "× the script", "peak memory"), _rows(runs, "the script"))
        + f"\n\nThe audit is {faster} times as fast as the script. {scaled} The audit by its own clock: {_stages(out)}."
    )


def _script(part: Path, work: Path, factor: float) -> common.Run:
    shutil.rmtree(work / "script-out", ignore_errors=True)
    made = common.run([sys.executable, Path(__file__).with_name("user_script.py"), part, work / "script-out"], work)
    worked = json.loads(made.printed)["seconds"]
    made.seconds = (made.seconds - worked) + worked * factor
    return made


def _rows(runs: dict[str, list[common.Run]], against: str) -> list[tuple]:
    return [(name, f"{common.seconds(made):.1f} s", common.ratio(made, runs[against]), common.peak(made)) for name, made in runs.items()]


def _stages(out: Path) -> str:
    seconds = json.loads((out / "run.json").read_bytes())["seconds"]
    return ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items() if isinstance(value, int | float))


if __name__ == "__main__":
    main()
