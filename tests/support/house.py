"""What `python dev.py check` looks at beside ruff, mypy and import-linter: that every SQL file parses, that pins satisfy pyproject.toml, that
documents name only files that are there and names that stand in them, that docs/FILES.md says of each file what its own first sentence says, and that no file of tests is too long.

Ends with status 1 and a line for each fault. With --write docs/FILES.md is written anew.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.installed import CLONE, PACKAGES

MOST_TEST_LINES = 400
FILES_HEAD = """# Every file in a line

Made from the files' own first sentences: `python -m tests.support.house --write`, and `python dev.py check` sees that it is true."""
# What stands for {name} where a template is parsed: a name, but where the SQL around it wants something else.
SAMPLES = {
    **{name: f"1 AS {name}" for name in "words days levels claims".split()},
    "parts": "SELECT 1",
    "alternatives": "SELECT 1",
    **dict.fromkeys("judged any_year of_levels counts of_policy world same_world told_before honours".split(), ""),
    **dict.fromkeys((f"{what}_{part}" for what in ("skill", "title") for part in ("assessments", "unread")), ""),
}
# A file is a script, or a part of a query: an expression, columns that follow others; or expressions with a blank line between.
FORMS = ("{}", "SELECT {}", "SELECT 1 {}")


def unparsed(path: Path) -> str | None:
    """The parser's words where a SQL file is in no form right SQL."""
    text = re.sub(r"\{(\w+)\}", lambda name: SAMPLES.get(name[1], "name"), path.read_text(encoding="utf-8"))
    messages = []
    for filled in (*(form.replace("{}", text) for form in FORMS), "SELECT " + ", ".join(text.split("\n\n")[1:])):
        try:
            duckdb.extract_statements(filled)
        except duckdb.ParserException as error:
            messages.append(f"{path.relative_to(CLONE)}: {error}")
        else:
            return None
    return messages[0]


def unsatisfied() -> Iterator[str]:
    """Requirements of pyproject.toml, extras too, whose pin in constraints.txt is missing or of another version."""
    project = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = dict(line.split("==") for line in (CLONE / "constraints.txt").read_text(encoding="utf-8").split() if "==" in line)
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    for words in (project["dependencies"], *project["optional-dependencies"].values()):
        for wanted in map(Requirement, words):
            name = canonicalize_name(wanted.name)
            if name == project["name"]:
                continue
            if name not in pins:
                yield f"constraints.txt: {name} is not pinned"
            elif pins[name] not in wanted.specifier:
                yield f"constraints.txt: {name}=={pins[name]} is not {wanted.specifier}"


def misnamed() -> Iterator[str]:
    """Paths, tests and links in documents that lead to nothing."""
    for document in (path for path in CLONE.glob("**/*.md") if ".venv" not in path.parts):
        text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)  # what stands in an example is one
        paths = set(re.findall(r"(?<![\w/.])(?:flows|schemas|rules|reports|tests|benchmarks|sample_data|docs)/[\w./*-]*[\w*]", text))
        links = set(re.findall(r"\]\((?!https?:)([^)#]+)", text))
        tests = set(re.findall(r"`(test_\w+)`", text))
        missing = [path for path in paths if not any(CLONE.glob(path))]
        missing += [link for link in links if not (document.parent / link).exists()]
        missing += [name for name in tests if not any(CLONE.glob(f"tests/**/{name}.py"))]
        yield from (f"{document.relative_to(CLONE)}: there is no {name}" for name in sorted(missing))


def not_in_file() -> Iterator[str]:
    """Names of which a document says that they are in a file (`NAME` in `file.py`), and that do not stand there."""
    sources = [
        path for package in (*PACKAGES, "tests") for path in (CLONE / package).rglob("*.*") if path.suffix in (".py", ".sql", ".csv")
    ]
    for document in (CLONE / "docs").glob("*.md"):
        text = document.read_text(encoding="utf-8")
        for names, place in re.findall(r"((?:`\w+`(?:, | and |,? with )?)+) (?:in|of) `([\w./]+\.(?:py|sql|csv))`", text):
            told = "".join(path.read_text(encoding="utf-8") for path in sources if path.as_posix().endswith(f"/{place}"))
            for name in re.findall(r"\w+", names.replace(" and ", " ").replace(" with ", " ")):
                if not re.search(rf"\b{name}\b", told):
                    yield f"{document.relative_to(CLONE)}: there is no {name} in {place}"


def too_long() -> Iterator[str]:
    """Files of tests that are to be parted."""
    for path in sorted((CLONE / "tests").rglob("*.py")):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MOST_TEST_LINES:
            yield f"{path.relative_to(CLONE)}: {lines} lines, {MOST_TEST_LINES} at the most"


def first_sentence(path: Path) -> str:
    """What a file says of itself: its docstring or first comment up to the first full stop; of a table its columns."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        return f"columns: {', '.join(text.splitlines()[0].split(','))}"
    if path.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    else:
        lines = itertools.takewhile(lambda line: line.startswith(("-- ", "# ")), text.splitlines())
        text = " ".join(line.lstrip("-# ") for line in lines)
    return re.split(r"(?<=[.。])\s", " ".join(text.split()))[0].replace("|", "\\|")


def files_page() -> str:
    """docs/FILES.md: a line for every file of code and data, folder by folder."""
    lines = [FILES_HEAD]
    for package in (*PACKAGES, "benchmarks", "start"):
        for folder in (CLONE / package, *sorted(path for path in (CLONE / package).rglob("*") if path.is_dir())):
            files = sorted(path for path in folder.iterdir() if path.suffix in (".py", ".sql", ".csv", ".yaml") and path.stem != "__init__")
            if files and "rosters" not in folder.parts:
                about = folder / "__init__.py"
                lines += ["", f"## {folder.relative_to(CLONE).as_posix()}/", ""]
                lines += [first_sentence(about), ""] if about.exists() and about.stat().st_size else []
                lines += ["| file | what |", "|---|---|"]
                lines += [f"| `{path.name}` | {first_sentence(path)} |" for path in files]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print every fault."""
    page = CLONE / "docs" / "FILES.md"
    if sys.argv[1:] == ["--write"]:
        page.write_text(files_page(), encoding="utf-8")
    stale = [] if page.read_text(encoding="utf-8") == files_page() else ["docs/FILES.md: run python -m tests.support.house --write"]
    scripts = sorted(path for path in CLONE.glob("*/**/sql/*.sql") if ".venv" not in path.parts)
    faults = [*filter(None, map(unparsed, scripts)), *unsatisfied(), *misnamed(), *not_in_file(), *too_long(), *stale]
    print(*faults, sep="\n")
    return 1 if faults or not scripts else 0


if __name__ == "__main__":
    sys.exit(main())
