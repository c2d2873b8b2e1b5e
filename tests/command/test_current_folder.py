"""The folder in which the user stands is an inbox full of traps: nothing in it is run, nothing in it sets anything, and paths mean what they say."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.flows.current_folder import user_folder
from tests import conftest
from tests.conftest import Ran
from tests.flows.test_serve import PERSON, Prefect, latest, names, until
from tests.support.workbooks import people

MODULES = sys.stdlib_module_names | {
    "sitecustomize",
    "usercustomize",
    "prefect",
    "pandas",
    "numpy",
    "duckdb",
    "pebble",
    "uvicorn",
    "xlsxwriter",
}
STEPPED_ON = """
import os
open(os.path.join({marks!r}, {name!r}), "w").close()
"""
LOGGING = """
version: 1
disable_existing_loggers: false
formatters: {{plain: {{"()": os.mkdir, path: {mark}}}}}
"""


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Where a trap that was stepped on leaves its name."""
    (tmp_path / "marks").mkdir()
    return tmp_path / "marks"


@pytest.fixture
def inbox(tmp_path: Path, marks: Path) -> Path:
    """Two rosters, a module in the place of every one that Python has, and settings that start a command or lead elsewhere."""
    folder = tmp_path / "inbox"
    people(folder / "甲.xlsx", PERSON)
    people(folder / "乙.xlsx", PERSON | {"姓名": "李样本", "身份证号": "", "单位名称": "乙厂"})
    for name in MODULES:
        (folder / f"{name}.py").write_text(STEPPED_ON.format(marks=str(marks), name=name), encoding="utf-8")
    (folder / "logging.yml").write_text(LOGGING.format(mark=marks / "logging"), encoding="utf-8")
    led = {"profiles_path": str(folder / "profiles.toml"), "home": str(marks / "home")}
    toml = "\n".join(f"{name} = '{value}'" for name, value in led.items())
    section = f"config_path = '{folder / 'logging.yml'}'"
    (folder / "prefect.toml").write_text(f"{toml}\n[logging]\n{section}\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(f"[tool.prefect]\n{toml}\n[tool.prefect.logging]\n{section}\n", encoding="utf-8")
    (folder / ".env").write_text(
        f"PREFECT_LOGGING_SETTINGS_PATH={folder / 'logging.yml'}\nPREFECT_HOME={marks / 'home'}\nPREFECT_API_URL=http://127.0.0.1:9/api\n"
    )
    (folder / "dask.yaml").write_text("distributed: {worker: {preload: [sitecustomize]}}\n")
    return folder


def test_nothing_in_the_current_folder_is_run_or_obeyed(
    guantong: Callable[..., Ran], own_environment: dict, environment: dict, inbox: Path, marks: Path
) -> None:
    """Every command, each as it is typed by somebody who stands among the rosters."""

    def typed(*words: object, environment: dict = own_environment, status: int = 0) -> Ran:
        ran = guantong(*words, cwd=inbox, environment=environment)
        assert (ran.status, [path.name for path in marks.iterdir()]) == (status, []), ran.stderr
        return ran

    before = set(names(inbox))
    typed("check", "甲.xlsx")
    assert typed("template", "样表.xlsx").stdout == "已生成花名册样表：样表.xlsx\n"
    assert "虚构/名册" in typed("sample", "虚构/名册", "--persons", 3, "--files", 1).stdout
    typed("policies", "liaoning-2019-2")
    typed("policies")
    typed("cache")
    done = typed("audit", ".", "--out", "out", "--as-of", "2025-12-31", "--workers", 1)  # with a temporary server
    assert "各单位 out/units" in done.stdout and str(inbox) not in done.stdout + done.stderr
    typed("audit", "甲.xlsx", "--out", "../两次/out", "--as-of", "2025-12-31", "--workers", 1, environment=environment)
    typed("explain", "out", "甲.xlsx", 2)
    assert "已写出 模拟.xlsx" in typed("simulate", "out", "--set", "s2t-engineer.years=1", "--out", "模拟.xlsx").stdout
    assert typed("compare", "out", "../两次/out").stdout.startswith("从 out（")
    typed("serve", "--inbox", ".", "--runs", "../runs", "--once", environment=environment, status=1)  # 模拟.xlsx is no roster
    assert set(names(inbox)) - before == {"样表.xlsx", "虚构", "out", "模拟.xlsx"}
    assert latest(inbox.parent / "runs") in names(inbox.parent / "runs")
    named = [item["source_file"] for item in json.loads((inbox / "out" / "run.json").read_bytes())["inputs"]]
    assert named[:3] == ["乙.xlsx", "样表.xlsx", "甲.xlsx"] and named[3].startswith("虚构/名册/")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to one process is POSIX's")
def test_nor_by_what_is_served_from_it(own_environment: dict, inbox: Path, marks: Path) -> None:
    told = inbox.parent / "told"
    with told.open("wb") as file:
        serving = subprocess.Popen(
            [conftest.GUANTONG, "serve", "--inbox", ".", "--runs", "../runs", "--cron", "0 2 1 * *"],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=inbox,
            env=own_environment | {"PREFECT_RUNNER_POLL_FREQUENCY": "1", "TZ": "Asia/Shanghai"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until(lambda: "Ctrl-C" in told.read_text(encoding="utf-8") or serving.poll() is not None)
        url, password = re.search(r"网页　(\S+)　口令　(\S+?)（", told.read_text(encoding="utf-8")).groups()
        prefect = Prefect(f"{url}/api", password)
        (deployment,) = prefect.find("deployments", deployments={"name": {"like_": "runs-"}}, sort="CREATED_DESC", limit=1)
        ended = prefect.ended(prefect.start(deployment["id"]))
        assert ended["state_type"] == "COMPLETED", told.read_text(encoding="utf-8")
    finally:
        serving.send_signal(signal.SIGINT)
        assert serving.wait(60) == 0
    assert latest(inbox.parent / "runs") and list(marks.iterdir()) == []


HERE = """
import json, os
try:
    import stepped_on
except ImportError:
    stepped_on = None
print(json.dumps([os.getcwd(), stepped_on and stepped_on.__file__]), flush=True)
"""
LEFT = f"""
import json, os, subprocess, sys
from guantong.flows.current_folder import leave_user_folder, user_folder
leave_user_folder()
exec({HERE!r})
subprocess.run([sys.executable, "-c", {HERE!r}], check=True)  # as every process of a pool is started
print(json.dumps([str(user_folder()), dict(os.environ)]))
"""


@pytest.mark.parametrize("path", [None, "", os.pathsep, f".{os.pathsep}sub", f"/nowhere{os.pathsep}"])
@pytest.mark.parametrize("how", ["file", "module"])
def test_neither_the_process_nor_its_children_import_from_the_folder_that_was_left(tmp_path: Path, path: str | None, how: str) -> None:
    folder = tmp_path / "here"
    (folder / "sub").mkdir(parents=True)
    for place in (folder, folder / "sub"):
        (place / "stepped_on.py").touch()
    script = (tmp_path if how == "file" else folder) / "left_behind.py"
    script.write_text(LEFT, encoding="utf-8")
    given = {} if path is None else {"PYTHONPATH": path}
    relative = {"GUANTONG_CACHE": "cache", "PREFECT_HOME": "p", "XDG_STATE_HOME": "state", "AWS_CA_BUNDLE": "ca.pem", "TMPDIR": "tmp"}
    others = {"GUANTONG_KEY": "a/key", "PREFECT_API_URL": "http://a/b", "AWS_SECRET_ACCESS_KEY": "a/b", "GUANTONG_WORK": "s3://a/b"}
    words = [str(script)] if how == "file" else ["-m", "left_behind"]
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=os.environ | given | relative | others, capture_output=True, text=True, check=True
    )
    this, child, (user, environment) = map(json.loads, done.stdout.splitlines())
    assert this == child and this[1] is None and not Path(this[0]).is_relative_to(tmp_path)
    assert user == str(folder)
    assert {name: environment[name] for name in relative} == {name: str(folder / value) for name, value in relative.items()}
    assert {name: environment[name] for name in others} == others


def test_the_output_is_not_put_in_the_place_of_the_folder_in_which_the_user_stands(guantong: Callable[..., Ran], inbox: Path) -> None:
    (inbox.parent / "out" / "data").mkdir(parents=True)
    for where, out in ((inbox.parent / "out", "."), (inbox.parent / "out" / "data", inbox.parent / "out")):
        ran = guantong("audit", inbox, "--out", out, cwd=where)
        assert ran.status == 2 and "当前所在" in ran.stderr


def test_a_current_folder_that_is_no_more_is_told(guantong: Callable[..., Ran], tmp_path: Path, own_environment: dict) -> None:
    (tmp_path / "gone").mkdir()
    script = f"import os, subprocess, sys; os.rmdir(os.getcwd()); sys.exit(subprocess.run([{conftest.GUANTONG!r}, 'policies']).returncode)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path / "gone", capture_output=True, text=True, env=own_environment, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False) and "当前文件夹" in done.stderr


def test_where_nothing_was_left_the_user_stands_in_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert user_folder() == tmp_path.resolve()
