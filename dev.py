"""One entry for every chore, on a machine that has just Python 3.11 to 3.13.

python dev.py audit    set up, then audit the made-up rosters of sample_data/ into audit-out/
python dev.py test     set up, then run the tests (further words go to pytest)
python dev.py wheel    build the wheel, install it alone into a fresh environment, and use every command of it there
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
    pip("install", "--constraint", "constraints.txt", "--editable", ".[test]")
    stamp.write_text(wanted)


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
    """Run the tests on all cores."""
    return subprocess.run([SCRIPTS / "python", "-m", "pytest", "-n", "auto", *words], cwd=HERE).returncode


def wheel() -> int:
    """Use the wheel as a stranger does, in an environment of its own."""
    return subprocess.run([sys.executable, HERE / "tests" / "support" / "installed.py"]).returncode


def main() -> int:
    """Set up, then do what the first word says."""
    chores = {"audit": audit, "test": test, "wheel": wheel, "browser": browser, "setup": lambda *_: 0}
    if len(sys.argv) < 2 or sys.argv[1] not in chores:
        sys.exit(__doc__)
    if sys.argv[1] != "wheel":
        setup()
    return chores[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
