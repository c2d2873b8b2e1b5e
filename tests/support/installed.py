"""The wheel as a stranger installs it, without a test's library in reach: every command, then a cluster's. Run by `python dev.py wheel`.

It ends loudly with what a command said, where that ends otherwise than it should, or leaves out what it should write.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
PACKAGES = ("flows", "schemas", "rules", "reports", "sample_data")
ROSTERS = CLONE / "sample_data" / "rosters"
ROSTER = "001_朝阳模拟船舶（集团）股份有限公司_人员信息表（最终版）.xlsx"
TABLES = ("files", "persons", "verdicts", "findings", "claims", "signs", "facts", "columns")
OUTPUT = (
    "run.json",
    *(f"data/{name}.parquet" for name in TABLES),
    "units/*.xlsx",
    "returned/*.xlsx",
    "bureau/statistics.xlsx",
    "bureau/report.html",
)
PATIENCE = 600  # seconds: a busy machine is no fault of the wheel


class Wrong(Exception):
    """What is wrong with the wheel, with the output of the command that told."""


class Installed:
    """A virtual environment with the wheel, and a folder for what its commands write, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.venv = folder / "work", folder / "venv"
        self.scripts = self.venv / ("Scripts" if os.name == "nt" else "bin")
        self.folder.mkdir()
        venv.create(self.venv, with_pip=True)
        ours = ("PYTHON", "GUANTONG_", "PREFECT_", "DASK_", "AWS_", "VIRTUAL_ENV", "XDG_")
        homes = {name: str(folder / "home" / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA")}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | homes

    def pip(self, *words: object) -> None:
        """Run the environment's pip, quietly."""
        command = [self.scripts / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, words)]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise Wrong(f"pip {' '.join(map(str, words))}\n{done.stdout}")

    def install(self, wheel: Path, extra: str = "") -> None:
        self.pip("install", "--constraint", CLONE / "constraints.txt", f"{wheel}{extra}")
        self.pip("check")

    def start(self, *words: object, **variables: str) -> subprocess.Popen:
        """A command of the environment, begun."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "text": True, "encoding": "utf-8"}
        command = [self.scripts / str(words[0]), *map(str, words[1:])]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment | variables, errors="replace", **how)

    def run(self, status: int, *words: object, writes: tuple[str, ...] = (), says: str = "", **variables: str) -> None:
        """Run `guantong` with ``words``; it has to end with ``status``, to say ``says`` and to write all of ``writes`` (patterns)."""
        running = self.start("guantong", *words, **variables)
        try:
            said, _ = running.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()
            said = f"(still at it after {PATIENCE} seconds)\n{running.communicate()[0]}"
        missing = [pattern for pattern in writes if not any(self.folder.glob(pattern))]
        if running.returncode != status or says not in said or missing:
            expected = f"expected exit status {status}, got {running.returncode}; to be said: “{says}”; not written: {missing or 'nothing'}"
            raise Wrong(f"guantong {' '.join(map(str, words))}\n{expected}\n{said}")
        print(f"  guantong {' '.join(map(str, words[:2]))}: as it should be", flush=True)


def build(pip: Callable[..., None], folder: Path) -> Path:
    """The wheel, built from a copy of the packages: leftovers of an earlier build have no part in it."""
    source = folder / "source"
    for package in PACKAGES:
        shutil.copytree(CLONE / package, source / package, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(CLONE / name, source)
    pip("wheel", "--no-deps", "--wheel-dir", folder / "wheels", source)
    (wheel,) = (folder / "wheels").iterdir()
    return wheel


def check_files(wheel: Path) -> None:
    """The wheel holds the programs and what they read, and nothing else."""
    with zipfile.ZipFile(wheel) as package:
        held = {name for name in package.namelist() if ".dist-info/" not in name}
    wanted = {f"guantong/{path.relative_to(CLONE).as_posix()}" for name in PACKAGES for path in (CLONE / name).rglob("*") if belongs(path)}
    if held != wanted:
        raise Wrong(f"missing in the wheel: {sorted(wanted - held)}; not to be in it: {sorted(held - wanted)}")


def belongs(path: Path) -> bool:
    """Whether a file of the packages' folders is one that a wheel holds."""
    own = path.suffix in (".py", ".sql", ".csv", ".yaml") or path.parent.name == "templates"
    return path.is_file() and own and ROSTERS not in path.parents


def check_commands(installed: Installed) -> None:
    """Every command of the contract, with nothing but the wheel."""
    run, folder = installed.run, installed.folder
    (folder / "诚信.csv").write_text("姓名,身份证号,单位名称,诚信情况,处理决定,决定文号,决定日期\n", encoding="utf-8")
    (folder / "关系.csv").write_text("专业,职业（工种）,关系,来源\n机械制造,车工,相关,示例\n", encoding="utf-8")
    with _serving(installed):
        run(0, "--help", says="audit")
        run(0, "policies", says="liaoning-2019-2")
        run(0, "policies", "liaoning-2019-2", says="二（三）")
        run(0, "sample", "made", "--persons", 40, "--files", 2, writes=("made/**/*.xlsx",))
        run(0, "template", "样表.xlsx", writes=("样表.xlsx",))
        run(1, "check", "样表.xlsx")  # nobody is in it
        run(1, "check", *sorted(ROSTERS.glob("00?_*")))
        run(1, "audit", CLONE / "sample_data", "--as-of", "2025-12-31", writes=tuple(f"audit-out/{name}" for name in OUTPUT))
        again = ("--integrity", "诚信.csv", "--relations", "关系.csv", "--publish", "--no-cache", "--out", "again")
        run(
            1,
            "audit",
            CLONE / "sample_data",
            "--as-of",
            "2026-12-31",
            *again,
            writes=("again/data/integrity.parquet", "again/bureau/publish/*"),
        )
        run(0, "audit", "made", "--as-of-column", "职称取得时间", "--out", "awards", writes=("awards/run.json",))
        run(0, "explain", "audit-out", f"rosters/{ROSTER}", 12, says="二（")
        change = ("--set", "s2t-engineer.years=2", "--out", "simulated.xlsx", "--csv", "simulated.csv")
        run(0, "simulate", "audit-out", *change, writes=("simulated.xlsx", "simulated.csv"))
        run(0, "simulate", "audit-out", "--settings")
        run(0, "compare", "audit-out", "again", "--out", "compared.xlsx", writes=("compared.xlsx",))
        run(1, "serve", "--inbox", CLONE / "sample_data", "--once", writes=("audit-runs/latest.json", "audit-runs/*/run.json"))
        wanting = "pip install 'guantong[cluster]'"
        run(2, "audit", "made", "--cluster", "tcp://127.0.0.1:8786", "--out", "none", says=wanting)
        run(2, "audit", "s3://bucket/prefix", "--out", "none", says=wanting)
        run(2, "audit", "made", "--out", "s3://bucket/prefix", says=wanting)
        run(2, "cache", "--delete", says=wanting, GUANTONG_CACHE="s3://bucket/prefix")
    run(0, "cache", says="缓存")
    run(0, "cache", "--check", says="没有损坏")
    run(0, "cache", "--delete")


@contextmanager
def _serving(installed: Installed) -> Iterator[None]:
    """`guantong serve --cron`, which has to have audited in the end, and to end when it is asked to."""
    running = installed.start(
        "guantong", "serve", "--inbox", CLONE / "sample_data", "--cron", "* * * * *", "--runs", "scheduled", TZ="Asia/Shanghai"
    )
    try:
        yield
        end = time.monotonic() + PATIENCE
        while not (installed.folder / "scheduled" / "latest.json").exists() and running.poll() is None and time.monotonic() < end:
            time.sleep(0.5)
    finally:
        ended = running.poll() is not None
        running.terminate()
        said, _ = running.communicate(timeout=60)
    if ended or not (installed.folder / "scheduled" / "latest.json").exists():
        raise Wrong(f"guantong serve --cron ended with {running.returncode} or audited nothing\n{said}")
    print("  guantong serve --cron: as it should be", flush=True)


def check_cluster(installed: Installed) -> None:
    """An audit on a cluster of one worker gives this machine's tables; a store is asked."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = installed.start("dask", "scheduler", "--host", address, "--no-dashboard")
    worker = installed.start("dask", "worker", address, "--nthreads", 2, "--no-dashboard", "--no-nanny")
    try:
        _wait_for(port)
        spread = ("--cluster", address, "--out", "spread")
        installed.run(1, "audit", CLONE / "sample_data", "--as-of", "2025-12-31", *spread, writes=("spread/run.json",))
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.communicate(timeout=60)
    for name in TABLES:
        one, other = ((installed.folder / out / "data" / f"{name}.parquet").read_bytes() for out in ("audit-out", "spread"))
        if one != other:
            raise Wrong(f"the cluster's {name}.parquet is not this machine's")
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"}
    installed.run(2, "audit", "s3://bucket/prefix", "--out", "none", says="无法访问", **nobody)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="guantong-wheel-") as folder:
        try:
            installed = Installed(Path(folder))
            wheel = build(installed.pip, Path(folder))
            check_files(wheel)
            print(f"{wheel.name} alone:", flush=True)
            installed.install(wheel)
            check_commands(installed)
            print(f"{wheel.name}[cluster]:", flush=True)
            installed.install(wheel, "[cluster]")
            check_cluster(installed)
        except Wrong as wrong:
            print(f"The wheel is not as it should be: {wrong}", file=sys.stderr, flush=True)
            return 1
    print("The wheel works in a bare environment, and with [cluster] on a cluster", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
