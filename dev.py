"""One entry for every chore, on a machine that has just Python 3.11 to 3.13.

python dev.py audit    set up, then audit the made-up rosters of sample_data/ into audit-out/
python dev.py test     set up, then run the tests (further words go to pytest); --quick leaves out those that are slow for the sake of being slow
python dev.py check    look whether the habits are kept: layout, types, layers, SQL, pins, files named in docs
python dev.py wheel    build the wheel, install it alone into a fresh environment, and use every command of it there
python dev.py bundle   everything for a machine without a network in one folder and zip: --platform win_amd64, macosx_12_0_arm64 …
python dev.py browser  install Chromium for the tests of the page (Debian, as root)
python dev.py setup    set up only: .venv with guantong and everything pinned in constraints.txt
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
SCRIPTS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PACKAGES = ("flows", "schemas", "rules", "reports", "sample_data")


def setup() -> None:
    """Make .venv and install guantong into it, with its tests' needs; nothing to do where nothing changed."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Python 3.11 to 3.13 is needed; this is {sys.version.split()[0]}")
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))).hexdigest()
    stamp = ENVIRONMENT / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("setting up .venv ...", flush=True)
    venv.create(ENVIRONMENT, with_pip=True)
    pip("install", "--constraint", "constraints.txt", "--editable", ".[test,check]")
    link_packages()
    stamp.write_text(wanted)


def link_packages() -> None:
    """Make .venv/links/guantong with a link to each package, where Python looks first: so a file's path leads type checkers and editors to it."""
    links = ENVIRONMENT / "links"
    shutil.rmtree(links, ignore_errors=True)
    (links / "guantong").mkdir(parents=True)
    for name in PACKAGES:
        if os.name == "nt":  # a junction needs no rights, a symbolic link does
            subprocess.run(["cmd", "/c", "mklink", "/J", links / "guantong" / name, HERE / name], check=True, stdout=subprocess.DEVNULL)
        else:
            (links / "guantong" / name).symlink_to(HERE / name, target_is_directory=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([SCRIPTS / "python", "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    (Path(packages) / "guantong-links.pth").write_text(f"{links}\n", encoding="utf-8")


def pip(*words: str) -> None:
    """Run pip in .venv, quietly."""
    subprocess.run([SCRIPTS / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", *words], cwd=HERE, check=True)


def audit(*words: str) -> int:
    """Audit sample_data; it holds files that must be refused, so the status 1 is the right one."""
    status = subprocess.run([SCRIPTS / "guantong", "audit", "sample_data", *words], cwd=HERE).returncode
    return 0 if status == 1 else status or 3


def browser() -> int:
    """Install Chromium and its driver for the tests of the page, where that can be done: Debian, as root. Elsewhere they are skipped."""
    if shutil.which("chromedriver") or not shutil.which("apt-get") or os.geteuid() != 0:
        return 0
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"]):
        done = subprocess.run(["apt-get", "-qq", *words], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True)
        if done.returncode != 0:
            print("Chromium could not be installed: the tests of the page will be skipped", flush=True)
            break
    return 0


def test(*words: str) -> int:
    """Run the tests on all cores, one more at a time than there are: each waits now and then for a command or a server of its own."""
    if "--quick" in words:
        words = ("-m", "not slow and not chance", *(word for word in words if word != "--quick"))
    return subprocess.run([SCRIPTS / "python", "-m", "pytest", "-n", str((os.cpu_count() or 1) + 1), *words], cwd=HERE).returncode


def check() -> int:
    """Run every check to its end, and say which found something."""
    checks = {
        "ruff check": ["ruff", "check", "--quiet", "."],
        "ruff format": ["ruff", "format", "--check", "--quiet", "."],
        "mypy": ["mypy"],
        "import-linter": ["lint-imports"],
        "SQL, pins, docs": ["python", "-m", "tests.support.house"],
    }
    failed = [name for name, command in checks.items() if subprocess.run([SCRIPTS / command[0], *command[1:]], cwd=HERE).returncode]
    print(f"not as it should be: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def wheel() -> int:
    """Use the wheel as a stranger does, in an environment of its own."""
    return subprocess.run([sys.executable, HERE / "tests" / "support" / "installed.py"]).returncode


def bundle(*words: str) -> int:
    """Gather wheels and start files for a platform."""
    return subprocess.run([SCRIPTS / "python", "-m", "start.bundle", *words], cwd=HERE).returncode


def main() -> int:
    """Set up, then do what the first word says."""
    chores = {"audit": audit, "test": test, "check": check, "wheel": wheel, "bundle": bundle, "browser": browser, "setup": lambda *_: 0}
    if len(sys.argv) < 2 or sys.argv[1] not in chores:
        sys.exit(__doc__)
    if sys.argv[1] != "wheel":
        setup()
    return chores[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
