"""What the start files run, with nothing but Python itself: set guantong up beside them, once, then hand what was dropped to `guantong start`.

In a bundle (`python dev.py bundle`) it installs the bundle's wheels, and needs no network; in a clone, the clone, by pip as it is set up there.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import traceback
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLONE, WHEELS, SUMS, ABOUT = HERE.parent, HERE / "wheels", HERE / "SHA256SUMS", HERE / "bundle.json"
ENVIRONMENT, LOG = HERE / ".venv", HERE / "安装记录.txt"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PYTHONS = ["3.11", "3.12", "3.13"]  # in a clone; a bundle says its own
LONGEST_PATH = 259  # characters, on Windows


class Refusal(Exception):
    """Why it can't be set up, and what to do, in Chinese."""


def is_bundle() -> bool:
    return ABOUT.exists()


def about() -> dict:
    """For which machine and which versions of Python this is."""
    return json.loads(ABOUT.read_text(encoding="utf-8")) if is_bundle() else {"platform": sysconfig.get_platform(), "pythons": PYTHONS}


def fits() -> bool:
    """Whether this Python is one that guantong can be set up with: of a version that is there for, and of 64 bits."""
    return sysconfig.get_python_version() in about()["pythons"] and sys.maxsize > 2**32


def check_sums() -> None:
    """Raises Refusal where a file of the bundle is missing or is not as it was packed."""
    for line in SUMS.read_text(encoding="utf-8").splitlines():
        wanted, name = line.split("  ", 1)
        path = HERE / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            raise Refusal(f"“{name}”缺失或已损坏，请重新复制整个文件夹")


def check_length() -> None:
    """Raises Refusal where Windows could not write the longest path of the wheels' files."""
    longest = len(str(ENVIRONMENT / "Lib/site-packages")) + 1 + about()["longest_name"]
    if os.name == "nt" and longest > LONGEST_PATH:
        raise Refusal(f"文件夹放得太深（“{HERE}”），请移到短一些的路径，如 D:\\贯通")


def set_up() -> None:
    """Make .venv with guantong in it, where it is not there yet or was made of something else. Raises Refusal."""
    made_of = [SUMS] if is_bundle() else [CLONE / "pyproject.toml", CLONE / "constraints.txt"]
    parts = [sys.version, sys.base_prefix, str(HERE), *(path.read_text(encoding="utf-8") for path in made_of)]
    wanted, stamp = hashlib.sha256("\n".join(parts).encode()).hexdigest(), ENVIRONMENT / "installed"
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    print("第一次使用，正在安装（约一两分钟，" + ("不需要联网" if is_bundle() else "需要联网") + "），请不要关闭这个窗口……", flush=True)
    if is_bundle():
        check_sums()
        check_length()
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except subprocess.CalledProcessError as error:
        raise Refusal("这个 Python 缺少 ensurepip，不能建立环境。Debian、Ubuntu 请先安装 python3-venv") from error
    except OSError as error:
        raise Refusal(f"不能写入“{HERE}”（{error.strerror}）。请把整个文件夹复制到本机硬盘上再双击") from error
    install()
    stamp.write_text(wanted)
    print("安装好了。", flush=True)


def install() -> None:
    """Install guantong into .venv; what pip says goes into a file. Raises Refusal."""
    pip, environment = [PYTHON, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"], dict(os.environ)
    if is_bundle():
        pip += ["--isolated", "--no-index", "--find-links", WHEELS, "guantong"]
        environment["PIP_CONFIG_FILE"] = os.devnull  # no setting of this machine leads elsewhere
    else:
        pip += ["--constraint", CLONE / "constraints.txt", "--editable", CLONE]
    with LOG.open("wb") as log:
        if subprocess.run(pip, stdout=log, stderr=subprocess.STDOUT, env=environment).returncode == 0:
            return
    if is_bundle():
        here = f"{sysconfig.get_platform()}、Python {sysconfig.get_python_version()}"
        raise Refusal(f"没有装好。这个文件夹是为 {about()['platform']} 准备的，这台电脑是 {here}。请把“{LOG.name}”发给给您文件夹的人")
    raise Refusal(f"没有装好，可能是没有联网。请看“{LOG}”；不能联网的电脑请用离线包（python dev.py bundle）")


def main() -> int:
    """Set up, start, and keep the window open."""
    if sys.argv[1:] == ["--fits"]:
        return 0 if fits() else 1
    paths = [os.path.abspath(word) for word in sys.argv[1:]]
    status = 2
    try:
        set_up()
        status = subprocess.run([PYTHON, "-I", "-m", "guantong.flows", "start", "--", *paths], cwd=HERE).returncode
    except Refusal as refusal:
        print(refusal, flush=True)
    except Exception:
        traceback.print_exc()
        print("程序内部错误，请把以上文字告知维护者。", flush=True)
    if sys.stdin.isatty():
        input("按回车键关闭这个窗口")
    return status


if __name__ == "__main__":
    sys.exit(main())
