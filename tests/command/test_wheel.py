"""What the wheel asks for. That it works where only that is installed, `python dev.py wheel` tries."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from guantong.flows.storage.result_cache import LIBRARIES
from tests.support import installed
from tests.support.installed import CLONE, PACKAGES

PROJECT = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OTHERWISE = {"msoffcrypto-tool": "msoffcrypto", "odfpy": "odf", "ruamel.yaml": "ruamel"}  # as what is imported is called
# Where what an extra brings may be imported: inside a function, so that the module itself can be imported without it.
CLUSTERS = {"flows/cluster/executor.py", "flows/cluster/worker.py", "flows/storage/s3.py"}
WITH_CLUSTER_ONLY = {"flows/cluster/worker.py"}  # nobody else imports it but inside a function
MAKERS = {"sample_data/workbooks.py"}  # .xls and .ods, which `guantong sample` does not write


def asked_for(requirements: list[str]) -> set[str]:
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in requirements}
    return {OTHERWISE.get(name, name.replace("-", "_")) for name in names}


BASE = asked_for(PROJECT["dependencies"])
CLUSTER = asked_for(PROJECT["optional-dependencies"]["cluster"])
FOR_TYPES = re.compile(r"(\w+\.)?TYPE_CHECKING")


def imports(tree: ast.AST, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """(what is imported, whether that is inside a function)."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and FOR_TYPES.fullmatch(ast.unparse(node.test)):
            continue
        if isinstance(node, ast.Import):
            yield from ((name.name.split(".")[0], inside) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0], inside
        yield from imports(node, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def test_whatever_is_imported_is_asked_for_where_it_is_needed() -> None:
    known = set(sys.stdlib_module_names) | {"guantong"}
    used = set()
    for package in PACKAGES:
        for path in sorted((CLONE / package).rglob("*.py")):
            place = path.relative_to(CLONE).as_posix()
            for name, inside in imports(ast.parse(path.read_text(encoding="utf-8"))):
                extra = (CLUSTER if place in CLUSTERS else set()) | ({"odf", "xlwt"} if place in MAKERS else set())
                assert name in known | BASE | extra, f"{place} imports {name}, which is not asked for"
                assert name in known | BASE or inside or place in WITH_CLUSTER_ONLY, f"{place} cannot be imported without {name}"
                used.add(name)
    assert {"botocore", "fsspec", "distributed", "prefect_dask", "duckdb"} <= used


def test_the_libraries_that_a_result_is_kept_for_are_asked_for() -> None:
    assert asked_for(list(LIBRARIES)) <= BASE


def test_a_wheel_that_lacks_a_file_or_has_one_too_many_is_told(tmp_path: Path) -> None:
    right = {
        f"guantong/{path.relative_to(CLONE).as_posix()}"
        for name in PACKAGES
        for path in (CLONE / name).rglob("*")
        if installed.belongs(path)
    }
    assert {
        f"guantong/{name}"
        for name in ("rules/evaluation/sql/4_route.sql", "schemas/data/aliases.csv", "reports/bureau/templates/report.js")
    } <= right
    for held, told in (
        (right, None),
        (right - {"guantong/rules/evaluation/sql/4_route.sql"}, "4_route.sql"),
        (right | {"guantong/tests/x.py"}, "x.py"),
    ):
        with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
            for name in (*held, "guantong-0.1.0.dist-info/METADATA"):
                wheel.writestr(name, b"")
        if told is None:
            installed.check_files(tmp_path / "a.whl")
        else:
            with pytest.raises(installed.Wrong, match=told):
                installed.check_files(tmp_path / "a.whl")
