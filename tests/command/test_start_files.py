"""The start files for a double click, and the bundle for machines without a network: with small wheels in place of ours and of a hundred others.

That the real bundle works, `python dev.py bundle --platform manylinux_2_28_x86_64 --try` shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from start import bundle
from tests.support.installed import CLONE

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
SAYS_ITS_WORDS = {"guantong/flows/__main__.py": "import sys\nprint(*sys.argv[1:], sep='|')\n"}


def small_wheel(folder: Path, name: str, *requirements: str, tag: str = "py3-none-any", files: dict[str, str] | None = None) -> Path:
    """A wheel of version 1."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-1.dist-info"
    metadata = "".join(
        f"{line}\n"
        for line in ("Metadata-Version: 2.1", f"Name: {name}", "Version: 1", *(f"Requires-Dist: {wanted}" for wanted in requirements))
    )
    held = {**(files or {}), f"{about}/METADATA": metadata, f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"}
    path = folder / f"{name}-1-{tag}.whl"
    with zipfile.ZipFile(path, "w") as package:
        for file, text in held.items():
            package.writestr(file, text)
        package.writestr(f"{about}/RECORD", "".join(f"{file},,\n" for file in (*held, f"{about}/RECORD")))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle for this Python whose guantong says its words."""
    made = tmp_path / "贯通 (1) & 离线包"
    small_wheel(made / "wheels", "guantong", files=SAYS_ITS_WORDS)
    bundle.seal(made, "any", (THIS,))
    return made


def double_click(start: Path, *words: str) -> subprocess.CompletedProcess:
    """Run a start file, with nothing that leads to an index."""
    environment = {"PATH": os.pathsep.join((str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin")), "PIP_INDEX_URL": "http://127.0.0.1:9"}
    return subprocess.run([start, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=start.parents[1])


def test_a_bundle_sets_itself_up_once_and_hands_over_what_was_dropped(folder: Path) -> None:
    (folder.parent / "甲 & (乙).xlsx").touch()
    first = double_click(folder / "开始.command", "甲 & (乙).xlsx", "/别处/$x `丙`.xlsx")
    again = double_click(folder / "开始.sh")
    assert first.stdout.splitlines()[-1] == f"start|--|{folder.parent}/甲 & (乙).xlsx|/别处/$x `丙`.xlsx"
    assert ("正在安装" in first.stdout, again.stdout.splitlines()) == (True, ["start|--"])


def test_a_bundle_of_which_a_file_is_damaged_or_missing_names_it(folder: Path) -> None:
    (wheel,) = (folder / "wheels").iterdir()
    wheel.write_bytes(wheel.read_bytes()[:-1])
    done = double_click(folder / "开始.sh")
    assert (done.returncode, f"wheels/{wheel.name}”缺失或已损坏" in done.stdout) == (2, True)


def test_where_no_python_fits_it_is_said_which_and_where_to_get_one(folder: Path) -> None:
    bundle.seal(folder, "any", ("3.10",))
    done = double_click(folder / "开始.sh")
    assert done.returncode == 2 and not (folder / ".venv").exists()
    assert "没有找到 Python 3.10，" in done.stdout and "在 www.python.org 的 Downloads 下载 3.10 " in done.stdout


def test_a_start_file_opened_inside_the_zip_asks_to_unpack_it(tmp_path: Path) -> None:
    alone = tmp_path / "临时" / "开始.sh"
    alone.parent.mkdir()
    alone.write_bytes((CLONE / "start" / "开始.sh").read_bytes())
    alone.chmod(0o755)
    done = double_click(alone)
    assert done.returncode == 2 and "解压" in done.stdout


def test_cmd_can_read_the_start_file_of_windows_whatever_its_code_page() -> None:
    lines = (CLONE / "start" / "开始.bat").read_bytes().split(b"\r\n")
    before = next(number for number, line in enumerate(lines) if line.strip() == b"chcp 65001 >nul")
    assert not [line for line in lines if b"\n" in line], "with a bare LF goto may miss its label"
    assert all(line.isascii() for line in lines[:before])
    assert all(line.isascii() or line.endswith(b" ") for line in lines), "a line's end could be read as half of a character"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip looks for wheels in, and nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path / "index"


def gathered(first: Path, folder: Path, platform: str, pins: dict[str, str]) -> set[str]:
    folder.mkdir()
    bundle.Gathering(bundle.Target(platform, "3.12"), folder, pins).gather(first)
    return {wheel.name for wheel in folder.iterdir()}


def test_what_another_platform_needs_is_gathered_by_that_platforms_markers(index: Path, tmp_path: Path) -> None:
    first = small_wheel(tmp_path, "ours", 'windows; sys_platform == "win32"', 'linux; sys_platform == "linux"', "rich[extra]")
    small_wheel(index, "windows", 'deep; python_version < "3.13"', tag="cp312-cp312-win_amd64")
    small_wheel(index, "rich", 'more; extra == "extra"', 'never; extra == "other"')
    for name in ("deep", "more", "linux"):
        small_wheel(index, name)
    found = gathered(first, tmp_path / "own", "win_amd64", dict.fromkeys(("windows", "deep", "rich", "more", "linux"), "1"))
    assert {name.split("-")[0] for name in found} == {"ours", "windows", "deep", "rich", "more"}


def test_what_has_no_wheel_for_the_platform_or_no_pin_is_refused_by_name(index: Path, tmp_path: Path) -> None:
    first = small_wheel(tmp_path, "ours", "bad", "worse")
    small_wheel(index, "bad", tag="cp312-cp312-win_amd64")
    with pytest.raises(bundle.Wanting, match="macosx_12_0_arm64, Python 3.12: bad==1, worse==1$"):
        gathered(first, tmp_path / "own", "macosx_12_0_arm64", dict.fromkeys(("bad", "worse"), "1"))
    with pytest.raises(bundle.Wanting, match="not pinned in constraints.txt: worse$"):
        gathered(first, tmp_path / "other", "macosx_12_0_arm64", {"bad": "1"})
