"""A folder and a zip with all that a machine without a network needs but Python: wheels, start files, README. Run by `python dev.py bundle`.

pip downloads for a platform that is not this one, but reads the markers of requirements (``; sys_platform == 'win32'``) as this one; so what is
needed is found here, wheel by wheel, with the markers read as the platform's, and the versions are those of constraints.txt.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.support.installed import CLONE, build

PYTHONS = ("3.11", "3.12", "3.13")
START_FILES = ("开始.bat", "开始.command", "开始.sh", "start.py")
SYSTEMS = {  # what markers ask of the system that a platform tag begins with
    "win": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    "macosx": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "manylinux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
}
MACHINES = {"win_amd64": "AMD64", "win_arm64": "ARM64"}  # as Windows calls them; elsewhere the tag says it
OLDEST_MANYLINUX = 5
PLATFORM = re.compile(r"win_(amd64|arm64)|macosx_\d+_\d+_(arm64|x86_64)|manylinux_2_\d+_(x86_64|aarch64)")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
UNIX, RUNNABLE = 3, 0o100755  # in a zip: the system that made it, the mode of a file
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body {{ max-width: 52em; margin: 2em auto; padding: 0 1em; font: 16px/1.7 sans-serif }} img {{ max-width: 100% }}
td, th {{ border: 1px solid #ccc; padding: .3em .6em; text-align: left }} table {{ border-collapse: collapse }} pre {{ overflow: auto }}</style>
{body}</html>
"""


class Wanting(Exception):
    """What can't be bundled, and why."""


@dataclass(frozen=True)
class Target:
    """A platform, as wheels name it (win_amd64, macosx_12_0_arm64, manylinux_2_28_x86_64), and a version of Python."""

    platform: str
    python: str

    @property
    def markers(self) -> dict[str, str]:
        """The environment that markers of requirements are read in; of the versions that are one, the oldest needs most."""
        (system,) = (words for start, words in SYSTEMS.items() if self.platform.startswith(start))
        machine = MACHINES.get(self.platform) or re.search(r"(x86_64|arm64|aarch64)$", self.platform)[0]
        versions = {"python_version": self.python, "python_full_version": f"{self.python}.0", "implementation_version": f"{self.python}.0"}
        names = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
        return {**system, **versions, **names, "platform_machine": machine, "platform_release": "", "platform_version": ""}

    @property
    def tags(self) -> list[str]:
        """The platform tags that such a machine takes; pip itself knows the older ones of macOS."""
        of_linux = re.fullmatch(r"manylinux_2_(\d+)_(\w+)", self.platform)
        if of_linux is None:
            return [self.platform]
        glibc, machine = int(of_linux[1]), of_linux[2]
        named = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        numbers = range(glibc, OLDEST_MANYLINUX - 1, -1)
        return [f"manylinux_2_{number}_{machine}" for number in numbers] + [f"{named[n]}_{machine}" for n in numbers if n in named]


@dataclass
class Gathering:
    """The wheels of one target, found from requirement to requirement, in a folder of their own."""

    target: Target
    folder: Path
    pins: dict[str, str]
    wanting: list[str] = field(default_factory=list)

    def gather(self, first: Path) -> None:
        """Download whatever ``first`` needs, directly or not. Raises Wanting with the names of all that has no wheel for the target."""
        shutil.copy(first, self.folder)
        todo, done = {(name_of(first), "")}, set()
        while todo:
            self._download({name for name, _ in todo} - self._found().keys())
            found = self._found()
            done |= todo
            todo = {need for name, extra in todo if name in found for need in self._needs(found[name], extra)} - done
        if self.wanting:
            raise Wanting(f"no wheel for {self.target.platform}, Python {self.target.python}: {', '.join(sorted(self.wanting))}")

    def _found(self) -> dict[str, Path]:
        return {name_of(wheel): wheel for wheel in self.folder.iterdir()}

    def _needs(self, wheel: Path, extra: str) -> Iterator[tuple[str, str]]:
        """(name, extra) of what a wheel with one of its extras, or with '' none, requires on the target."""
        environment = {**self.target.markers, "extra": extra}
        for wanted in map(Requirement, requirements_of(wheel)):
            if wanted.marker is None or wanted.marker.evaluate(environment):
                yield from ((canonicalize_name(wanted.name), own) for own in ("", *wanted.extras))

    def _download(self, names: set[str]) -> None:
        """Download the pinned wheels of ``names`` and nothing else: all in one go, or one by one where one has none."""
        unpinned = sorted(names - self.pins.keys())
        if unpinned:
            raise Wanting(f"needed on {self.target.platform}, but not pinned in constraints.txt: {', '.join(unpinned)}")
        pinned = [f"{name}=={self.pins[name]}" for name in sorted(names)]
        if pinned and not self._has_wheels(pinned):
            self.wanting += [requirement for requirement in pinned if not self._has_wheels([requirement])]

    def _has_wheels(self, requirements: list[str]) -> bool:
        """Whether pip finds and downloads a wheel of each. Raises Wanting where it can't look."""
        where = ["--python-version", self.target.python, "--implementation", "cp", *(f"--platform={tag}" for tag in self.target.tags)]
        command = [*PIP, "download", "--no-deps", "--only-binary=:all:", "--dest", self.folder, *where, *requirements]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and ("No matching distribution" not in done.stderr or "Retrying" in done.stderr):
            raise Wanting(f"pip could not look for {', '.join(requirements)}:\n{done.stderr}")
        return done.returncode == 0


def name_of(wheel: Path) -> str:
    return parse_wheel_filename(wheel.name)[0]


def requirements_of(wheel: Path) -> list[str]:
    """What a wheel says that it requires, with markers."""
    with zipfile.ZipFile(wheel) as package:
        (metadata,) = (name for name in package.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return email.message_from_bytes(package.read(metadata)).get_all("Requires-Dist", [])


def longest_name(wheels: Path) -> int:
    """Of all files in the wheels, for Windows refuses paths that are too long."""
    return max(len(name) for wheel in wheels.iterdir() for name in zipfile.ZipFile(wheel).namelist())


def pins() -> dict[str, str]:
    """Name and version of what constraints.txt pins."""
    lines = (CLONE / "constraints.txt").read_text(encoding="utf-8").split()
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def write_documents(folder: Path) -> None:
    """README.zh.md and what it links to, each as a web page too: whoever has no network has no reader of .md either."""
    shutil.copy(CLONE / "README.zh.md", folder)
    shutil.copytree(CLONE / "docs" / "pictures", folder / "docs" / "pictures", ignore=shutil.ignore_patterns("*.py"))
    for document in sorted((CLONE / "docs").glob("*.zh.md")):
        shutil.copy(document, folder / "docs")
    for document in (folder / "README.zh.md", *(folder / "docs").glob("*.zh.md")):
        text = re.sub(r"(?<=\.zh)\.md(?=[)#])", ".html", document.read_text(encoding="utf-8"))
        page = PAGE.format(body=MarkdownIt("commonmark").enable("table").render(text))
        document.with_suffix(".html").write_text(page, encoding="utf-8")


def write_bundle(folder: Path, platform: str, pythons: tuple[str, ...]) -> None:
    """Fill ``folder``. Raises Wanting."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        first = build(pip, Path(work))
        for python in pythons:
            own = Path(work) / python
            own.mkdir()
            Gathering(Target(platform, python), own, pins()).gather(first)
            for wheel in own.iterdir():
                shutil.copy(wheel, wheels)
            print(f"Python {python}: {len(list(own.iterdir()))} wheels", flush=True)
    write_documents(folder)
    seal(folder, platform, pythons)


def seal(folder: Path, platform: str, pythons: tuple[str, ...]) -> None:
    """Add the start files, what they ask of the machine, and a hash of every file."""
    for name in START_FILES:
        copy = Path(shutil.copy(CLONE / "start" / name, folder))
        if copy.suffix != ".py":
            copy.write_bytes(naming(pythons, copy.read_bytes().decode()).encode())
    about = {"platform": platform, "pythons": pythons, "longest_name": longest_name(folder / "wheels")}
    (folder / "bundle.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")


def naming(pythons: tuple[str, ...], text: str) -> str:
    """A start file that asks for the versions of Python that the bundle is for, where it finds none."""
    asked = re.sub("3.11 至 3.13", "、".join(pythons), text)
    return re.sub(r"(?<=[选载] )3.13", pythons[-1], asked)


def write_zip(folder: Path, path: Path) -> None:
    """The folder as a zip, in which what is to be run on macOS and Linux may be run whatever machine made it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:  # wheels are packed already
        for file in sorted(folder.rglob("*")):
            entry = zipfile.ZipInfo.from_file(file, file.relative_to(folder.parent))
            if file.suffix in (".sh", ".command"):
                entry.create_system, entry.external_attr = UNIX, RUNNABLE << 16
            package.writestr(entry, b"" if file.is_dir() else file.read_bytes())


def pip(*words: object) -> None:
    """Run pip, quietly."""
    subprocess.run([*PIP, *map(str, words)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python dev.py bundle", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--platform", required=True, metavar="TAG", help="as wheels name it: win_amd64, macosx_12_0_arm64, manylinux_2_28_x86_64"
    )
    parser.add_argument("--python", action="append", choices=PYTHONS, help="a version of Python; may stand several times [all]")
    parser.add_argument(
        "--try",
        dest="tried",
        action="store_true",
        help="unpack the zip (of this platform) and check a roster with it, cut off from all networks",
    )
    parser.add_argument("--out", type=Path, default=CLONE / "dist", metavar="DIR", help="where folder and zip are written [dist]")
    asked = parser.parse_args()
    if not PLATFORM.fullmatch(asked.platform):
        parser.error(f"{asked.platform} is no platform that wheels are made for here: {PLATFORM.pattern}")
    folder = asked.out / f"贯通-{asked.platform}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        write_bundle(folder, asked.platform, tuple(asked.python or PYTHONS))
    except Wanting as wanting:
        shutil.rmtree(folder)
        print(f"not bundled: {wanting}", file=sys.stderr)
        return 1
    write_zip(folder, folder.with_name(f"{folder.name}.zip"))
    print(f"{folder} and {folder.name}.zip: {sum(path.stat().st_size for path in folder.rglob('*')) / 1e6:.0f} MB")
    return try_out(folder.with_name(f"{folder.name}.zip")) if asked.tried else 0


def try_out(package: Path) -> int:
    """Use a bundle of this platform as on a machine without a network: unpack it, and drop a roster on its start file. Linux only."""
    with tempfile.TemporaryDirectory(prefix="试用 (1) & ") as name:
        subprocess.run(["unzip", "-q", package, "-d", name], check=True)
        roster = shutil.copy(next((CLONE / "sample_data" / "rosters").glob("001_*.xlsx")), name)
        (start,) = Path(name).glob("*/开始.sh")
        home = {variable: f"{name}/home" for variable in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
        subprocess.run(
            ["unshare", "--map-root-user", "--net", start, roster], env={"PATH": os.environ["PATH"], **home}, stdin=subprocess.DEVNULL
        )
        came_of_it = [path.name for path in Path(name).glob("*检查结果*.xlsx")]
    print(f"without a network: {came_of_it or 'nothing came of it'}")
    return 0 if came_of_it else 1


if __name__ == "__main__":
    sys.exit(main())
