"""What `python dev.py check` looks at beside ruff, mypy and import-linter: that every SQL file parses, that pins satisfy pyproject.toml, and that
documents name only files that are there.

Ends with status 1 and a line for each fault.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb
from packaging.requirements import Requirement

CLONE = Path(__file__).resolve().parents[2]
# What stands for {name} where a template is parsed: a name, but where the SQL around it wants something else.
SAMPLES = {
    "words": "1 AS words",
    "days": "1 AS days",
    "levels": "1 AS levels",
    "replaced": "1 AS replaced",
    **dict.fromkeys(
        (f"{way}_{what}" for way in ("skill_to_title", "title_to_skill") for what in ("days", "conditions", "assessments")), "name,"
    ),
    "tenure": "SELECT 1",
    "told": "",
}
# A file is a script, or a part of a query: an expression, or columns that follow others.
FORMS = ("{}", "SELECT {}", "SELECT 1 {}")


def unparsed(path: Path) -> str | None:
    """The parser's words where a SQL file is in no form right SQL."""
    text = re.sub(r"\{(\w+)\}", lambda name: SAMPLES.get(name[1], "name"), path.read_text(encoding="utf-8"))
    messages = []
    for form in FORMS:
        try:
            duckdb.extract_statements(form.replace("{}", text))
        except duckdb.ParserException as error:
            messages.append(f"{path.relative_to(CLONE)}: {error}")
        else:
            return None
    return messages[0]


def unsatisfied() -> Iterator[str]:
    """Requirements of pyproject.toml, extras too, whose pin in constraints.txt is missing or of another version."""
    project = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = dict(line.split("==") for line in (CLONE / "constraints.txt").read_text(encoding="utf-8").split() if "==" in line)
    pins = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins.items()}
    for words in (project["dependencies"], *project["optional-dependencies"].values()):
        for wanted in map(Requirement, words):
            name = re.sub(r"[-_.]+", "-", wanted.name).lower()
            if name == project["name"]:
                continue
            if name not in pins:
                yield f"constraints.txt: {name} is not pinned"
            elif pins[name] not in wanted.specifier:
                yield f"constraints.txt: {name}=={pins[name]} is not {wanted.specifier}"


def misnamed() -> Iterator[str]:
    """Paths, tests and links in documents that lead to nothing."""
    for document in (path for path in CLONE.glob("**/*.md") if ".venv" not in path.parts):
        text = document.read_text(encoding="utf-8")
        paths = set(re.findall(r"(?<![\w/.])(?:flows|schemas|rules|reports|tests|benchmarks|sample_data|docs)/[\w./-]*\w", text))
        links = set(re.findall(r"\]\((?!https?:)([^)#]+)", text))
        tests = set(re.findall(r"`(test_\w+)`", text))
        missing = [path for path in paths if not (CLONE / path).exists()]
        missing += [link for link in links if not (document.parent / link).exists()]
        missing += [name for name in tests if not any(CLONE.glob(f"tests/*/{name}.py"))]
        yield from (f"{document.relative_to(CLONE)}: there is no {name}" for name in sorted(missing))


def main() -> int:
    """Print every fault."""
    scripts = sorted(path for path in CLONE.glob("*/**/sql/*.sql") if ".venv" not in path.parts)
    faults = [*filter(None, map(unparsed, scripts)), *unsatisfied(), *misnamed()]
    print(*faults, sep="\n")
    return 1 if faults or not scripts else 0


if __name__ == "__main__":
    sys.exit(main())
