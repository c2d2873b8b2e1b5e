"""The output folder is replaced whole or not at all: when the process is killed, the disk is full, or two run at once."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from guantong.flows import publishing
from guantong.flows.publishing import CannotRun, check_out, folder_for

FILES = 30
WORKER = """
import errno, os, random, signal, sys, time
from pathlib import Path
from guantong.flows import publishing

def no_exchange(one, other):
    raise OSError(errno.EINVAL, "no exchange here")

def publish(out, generation, files):
    with publishing.folder_for(out) as staging:
        for number in range(files):
            (staging.path / "data" / f"{number}.txt").write_text(str(generation))
        staging.publish()

def kill_before(step):
    "Kill this process before the step-th time it makes, opens, renames or removes something."
    left = [step]
    def hook(event, arguments):
        if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
"""
# Forks a child for each line it is told, says the child's pid, and how the child ended.
FORKING = (
    WORKER
    + """
if sys.argv[1] == "renames":
    publishing._exchange = no_exchange
for line in sys.stdin:
    out, generation, files, step = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        if int(step):
            kill_before(int(step))
            publish(Path(out), int(generation), int(files))
            os._exit(0)
        while True:
            publish(Path(out), generation := int(generation) + 1, int(files))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
)
HOLDING = (
    WORKER
    + """
with publishing.folder_for(Path(sys.argv[1])) as staging:
    (staging.path / "data" / "half.txt").write_text("half")
    print(staging.path, flush=True)
    sys.stdin.read()
"""
)
# Holds the folder as often as it can; another holder at the same time makes it fail.
CONTENDING = (
    WORKER
    + """
publishing._PATIENCE = 0
unlink = Path.unlink

def unlink_slowly(path):
    time.sleep(random.random() / 100)
    unlink(path)
    time.sleep(random.random() / 100)

Path.unlink = unlink_slowly
out, inside, until, held = Path(sys.argv[1]), sys.argv[2], time.monotonic() + 1.5, 0
while time.monotonic() < until:
    try:
        with publishing.folder_for(out):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            held += 1
            time.sleep(random.random() / 100)
            os.remove(inside)
    except publishing.CannotRun:
        pass
print(held)
"""
)
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked and killed")
ways = pytest.mark.parametrize("way", ["exchange", "renames"])


def write(out: Path, generation: int, files: int = FILES) -> None:
    """Publish a folder in which every file names its generation."""
    with folder_for(out) as staging:
        fill(staging.path, generation, files)
        staging.publish()


def fill(folder: Path, generation: int, files: int = FILES) -> None:
    for number in range(files):
        (folder / "data" / f"{number}.txt").write_text(str(generation))


def generation(out: Path, files: int = FILES) -> int | None:
    """The generation of an output, which must be whole and of one; None where there is no output."""
    if not out.exists():
        return None
    assert [path.name for path in out.iterdir()] == ["data"]
    texts = {path.name: path.read_text() for path in (out / "data").iterdir()}
    assert texts.keys() == {f"{number}.txt" for number in range(files)}
    assert len(set(texts.values())) == 1
    return int(texts["0.txt"])


def beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The path of an output folder, in a folder that holds nothing else."""
    (tmp_path / "parent").mkdir()
    return tmp_path / "parent" / "结果"


@pytest.fixture(params=["exchange", "renames"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to put a folder in the place of another."""
    if request.param == "renames":
        forbid_exchange(monkeypatch)
    return request.param


def forbid_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    def exchange(one: Path, other: Path) -> None:
        raise OSError(errno.EINVAL, "no exchange here")

    monkeypatch.setattr(publishing, "_exchange", exchange)


def refuse_renames(monkeypatch: pytest.MonkeyPatch, code: int, when: Callable[[Path, Path], bool]) -> None:
    """Have some renames fail with an error number, and nothing wait for them to succeed."""
    rename = os.rename

    def refused(path: Path, to: Path) -> None:
        if when(Path(path), Path(to)):
            raise OSError(code, os.strerror(code), str(path))
        rename(path, to)

    monkeypatch.setattr(os, "rename", refused)
    monkeypatch.setattr(publishing, "_RENAME_AGAIN", (0,))


class Children:
    """Processes that publish and are killed, forked quickly out of one."""

    def __init__(self, way: str) -> None:
        self.parent = subprocess.Popen(
            [sys.executable, "-c", FORKING, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def start(self, out: Path, generation: int, files: int, step: int) -> int:
        self.parent.stdin.write(f"{out}\t{generation}\t{files}\t{step}\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def status(self) -> int:
        return int(self.parent.stdout.readline())

    def stop(self) -> None:
        self.parent.communicate(timeout=30)
        assert self.parent.returncode == 0


@pytest.fixture
def children(way: str) -> Iterator[Children]:
    made = Children(way)
    yield made
    made.stop()


@pytest.fixture
def holder(out: Path) -> Iterator[subprocess.Popen]:
    """Another process that is at work on the output folder."""
    running = subprocess.Popen(
        [sys.executable, "-c", HOLDING, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    running.staging = Path(running.stdout.readline().rstrip("\n"))
    yield running
    if running.returncode is None:
        running.communicate(timeout=30)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None:
        pytest.skip("no tmpfs can be mounted here")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_first_output_is_put_in_place(out: Path) -> None:
    write(out, 1)
    assert generation(out) == 1
    assert beside(out) == ["结果"]


def test_an_output_is_replaced_whole_and_nothing_is_left_beside_it(out: Path, either: str) -> None:
    write(out, 1, files=40)
    write(out, 2)
    assert generation(out) == 2
    assert beside(out) == ["结果"]


def test_an_empty_folder_is_replaced(out: Path, either: str) -> None:
    out.mkdir()
    (out / ".DS_Store").touch()
    write(out, 1)
    assert generation(out) == 1


def test_folders_above_the_output_are_made(out: Path) -> None:
    write(out / "年" / "月", 1)
    assert generation(out / "年" / "月") == 1


def test_what_is_not_published_leaves_nothing(out: Path) -> None:
    write(out, 1)
    with folder_for(out) as staging:
        fill(staging.path, 2)
    assert generation(out) == 1
    with pytest.raises(ZeroDivisionError), folder_for(out) as staging:
        fill(staging.path, 2)
        raise ZeroDivisionError
    assert generation(out) == 1
    assert beside(out) == ["结果"]


@pytest.mark.skipif(os.name != "posix", reason="modes are of Unix")
def test_what_is_being_written_is_its_owners_alone(out: Path) -> None:
    with folder_for(out) as staging:
        assert staging.path.stat().st_mode & 0o777 == 0o700
        assert staging.path.parent == out.parent
        assert sorted(path.name for path in staging.path.iterdir()) == ["data", "work"]


def test_files_are_on_the_disk_before_they_are_in_place(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_call", lambda name, *arguments: errno.ENOSYS)  # a C library that knows neither call
    synced, in_place, fsync = set(), set(), os.fsync

    def note(fd: int) -> None:
        fsync(fd)
        (in_place if out.exists() else synced).add(os.fstat(fd).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    write(out, 1)
    assert generation(out) == 1
    assert {path.stat().st_ino for path in [out, *out.rglob("*")]} <= synced
    assert in_place == {out.parent.stat().st_ino}


def test_foreign_files_are_refused_and_stay(out: Path) -> None:
    out.mkdir()
    (out / "论文.docx").touch()
    for use in (check_out, write_nothing):
        with pytest.raises(CannotRun, match="论文.docx"):
            use(out)
    assert [path.name for path in out.iterdir()] == ["论文.docx"]
    assert beside(out) == ["结果"]


def write_nothing(out: Path) -> None:
    with folder_for(out):
        raise AssertionError("not to be reached")


def test_a_file_put_into_the_output_during_the_run_stays_and_the_result_is_kept_beside(out: Path) -> None:
    write(out, 1)
    with pytest.raises(CannotRun, match="论文.docx.*结果-新"), folder_for(out) as staging:
        fill(staging.path, 2)
        (out / "论文.docx").touch()
        staging.publish()
    assert sorted(path.name for path in out.iterdir()) == ["data", "论文.docx"]
    assert generation(out.with_name("结果-新")) == 2
    assert beside(out) == ["结果", "结果-新"]


def test_a_file_in_the_place_of_the_output_is_refused(out: Path) -> None:
    out.write_text("mine")
    with pytest.raises(CannotRun, match="是文件"):
        write(out, 1)
    with pytest.raises(CannotRun, match="是文件"):
        write(out / "sub", 1)
    assert out.read_text() == "mine"


def test_a_mount_point_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == out)
    with pytest.raises(CannotRun, match="挂载点.*下面的一个文件夹"):
        write(out, 1)


def test_the_root_of_a_real_disk_is_refused_and_a_folder_on_it_taken(small_disk: Path) -> None:
    with pytest.raises(CannotRun, match="挂载点"):
        write(small_disk, 1)
    write(small_disk / "out", 1)
    assert generation(small_disk / "out") == 1


def test_the_current_folder_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "data").mkdir(parents=True)
    for where in (out, out / "data"):
        monkeypatch.chdir(where)
        with pytest.raises(CannotRun, match="当前所在"):
            write(out, 1)
    monkeypatch.chdir(out)
    with pytest.raises(CannotRun, match="当前所在"):
        write(Path("."), 1)


def test_a_link_stays_and_the_folder_it_leads_to_is_replaced(out: Path, tmp_path: Path, either: str) -> None:
    write(out, 1)
    link = tmp_path / "link"
    link.symlink_to(out, target_is_directory=True)
    with folder_for(link) as staging:
        assert staging.path.parent == out.parent
        fill(staging.path, 2)
        staging.publish()
    assert link.is_symlink()
    assert generation(out) == 2
    assert beside(out) == ["结果"]


def test_a_link_that_leads_nowhere_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(out)
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for name in ("link", "ring"):
        with pytest.raises(CannotRun, match="失效的链接"):
            write(tmp_path / name, 1)
    with pytest.raises(CannotRun, match="无法写入"):
        write(tmp_path / "ring" / "out", 1)
    assert beside(out) == []


def test_a_second_audit_is_told_at_once_who_is_at_work(out: Path, holder: subprocess.Popen, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(out.parent)
    for path in (out, tmp_path / "link" / "结果"):
        begun = time.monotonic()
        with pytest.raises(CannotRun, match=rf"进程号 {holder.pid}，20\d\d-\d\d-\d\d \d\d:\d\d:\d\d 开始"):
            write(path, 1)
        assert time.monotonic() - begun < 5
    assert holder.staging.exists()
    write(out.with_name("其他"), 1)  # another folder is free


def test_an_audit_that_has_ended_lets_go(out: Path, holder: subprocess.Popen) -> None:
    holder.communicate()
    assert beside(out) == []
    write(out, 1)


def test_a_killed_audit_lets_go_and_what_it_left_is_deleted(out: Path, holder: subprocess.Popen) -> None:
    holder.kill()
    holder.communicate()
    assert (holder.staging / "data" / "half.txt").exists()
    with folder_for(out) as staging:
        assert beside(out) == sorted([".结果.lock", staging.path.name])
    assert beside(out) == []


def test_never_two_at_once_however_often_the_lock_changes_hands(out: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", CONTENDING, out, tmp_path / "inside"]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [one.communicate(timeout=60) for one in running]
    assert not "".join(error for _, error in told)
    assert sum(int(held) for held, _ in told) > 20
    assert beside(out) == []


@pytest.mark.skipif(os.name != "posix", reason="flock is of Unix")
@pytest.mark.parametrize("fate", ["deleted", "moved"])
def test_a_lock_on_a_file_that_lost_its_name_is_none(out: Path, monkeypatch: pytest.MonkeyPatch, fate: str) -> None:
    path, flock, seen = out.with_name(".结果.lock"), fcntl.flock, []

    def late(fd: int, operation: int) -> None:
        if not seen:  # the file is opened; now another process ends, and a third begins
            path.rename(out.parent / "moved") if fate == "moved" else path.unlink()
            path.write_text(" 4321 2030-01-01 00:00:00")
        seen.append(os.fstat(fd).st_ino)
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    if fate == "moved":  # as NFS does with a file that is deleted while it is open
        with pytest.raises(CannotRun, match="4321"):
            write(out, 1)
    else:
        with folder_for(out):
            assert path.stat().st_ino == seen[1] != seen[0]


def test_who_began_before_the_disk_was_full_is_not_named_for_who_holds_it_now(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    out.with_name(".结果.lock").write_text(" 4321 2030-01-01 00:00:00\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with folder_for(out), pytest.raises(CannotRun, match="刚开始"):
            write(out, 1)


def test_only_folders_of_the_same_output_are_cleared(out: Path) -> None:
    stale = [out.with_name(f".结果.deadbeef.{kind}") for kind in ("partial", "old")]
    others = [
        out.with_name(name) for name in (".结果2.deadbeef.partial", ".结果.mine.partial", ".结果.deadbeef.partial.bak", "结果.deadbeef.old")
    ]
    for folder in (*stale, *others):
        (folder / "data").mkdir(parents=True)
    write(out, 1)
    assert not [folder for folder in stale if folder.exists()]
    assert not [folder for folder in others if not folder.exists()]


def test_a_half_written_folder_is_never_taken_for_an_output(out: Path) -> None:
    fill_bare(out.with_name(".结果.deadbeef.partial"), 1)
    with folder_for(out):
        assert not out.exists()
    assert beside(out) == []


def fill_bare(folder: Path, generation: int, files: int = FILES) -> None:
    (folder / "data").mkdir(parents=True)
    fill(folder, generation, files)


@pytest.mark.parametrize("there", ["nothing", "an empty folder"])
def test_an_output_moved_away_by_a_killed_run_is_put_back_first(out: Path, there: str) -> None:
    fill_bare(out.with_name(".结果.deadbeef.old"), 1)
    fill_bare(out.with_name(".结果.deadbeef.partial"), 2)
    if there == "an empty folder":
        out.mkdir()
    with folder_for(out):
        assert generation(out) == 1
    assert beside(out) == ["结果"]


def test_the_only_output_is_not_deleted_where_it_cannot_be_put_back(out: Path) -> None:
    fill_bare(out.with_name(".结果.deadbeef.old"), 1)
    out.mkdir()
    (out / ".DS_Store").touch()
    with folder_for(out):
        pass
    assert generation(out.with_name(".结果.deadbeef.old")) == 1
    write(out, 2)
    write(out, 3)
    assert (generation(out), beside(out)) == (3, ["结果"])


def test_what_cannot_be_deleted_is_told_and_stops_nothing(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_bare(out.with_name(".结果.deadbeef.partial"), 1)
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: "deadbeef" in path.name)
    with folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()
    assert generation(out) == 2
    assert "未能删除" in staging.warning
    monkeypatch.undo()
    write(out, 3)
    assert beside(out) == ["结果"]


def test_what_a_failed_run_cannot_delete_is_noted_on_its_error(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path.suffix == ".partial")
    with pytest.raises(ZeroDivisionError) as raised, folder_for(out):
        raise ZeroDivisionError
    assert "未能删除" in raised.value.__notes__[0]


@needs_fork
@ways
def test_an_output_is_whole_whenever_the_process_is_killed(children: Children, out: Path, way: str) -> None:
    chance, last = random.Random(1), 0
    write(out, last)
    for _ in range(40):
        child = children.start(out, last, FILES, 0)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        assert children.status() == -signal.SIGKILL
        found = generation(out)
        assert found is not None or way == "renames"
        with folder_for(out):
            last, before = generation(out), last
        assert last is not None and last >= before and found in (None, last)
        assert beside(out) == ["结果"]
    assert last > 0


@needs_fork
@ways
@pytest.mark.parametrize("first", [False, True], ids=["replaced", "first"])
def test_an_output_is_whole_at_whichever_step_the_process_is_killed(children: Children, out: Path, way: str, first: bool) -> None:
    missing = set()
    for step in count(1):
        if first:
            shutil.rmtree(out, ignore_errors=True)
        else:
            write(out, 0, files=3)
        children.start(out, 1, 3, step)
        status = children.status()
        found = generation(out, files=3)
        with folder_for(out):
            now = generation(out, files=3)
        assert found in (None, now)
        assert now in ((None, 1) if first else (0, 1))
        assert beside(out) == (["结果"] if now is not None else [])
        missing |= {step} if found is None else set()
        if status == 0:
            break
    assert now == 1
    assert step > 15
    if not first:
        assert len(missing) == (1 if way == "renames" else 0)  # the one step between the two renames


@needs_fork
@ways
@pytest.mark.parametrize("place", ["empty", "taken"])
def test_an_output_is_whole_though_putting_right_is_killed_too(children: Children, out: Path, way: str, place: str) -> None:
    for step in count(1):
        shutil.rmtree(out, ignore_errors=True)
        fill_bare(out.with_name(".结果.deadbeef.old"), 0, files=3)
        fill_bare(out.with_name(".结果.deadbeef.partial"), 9, files=1)
        if place == "taken":
            fill_bare(out, 1, files=3)
        children.start(out, 2, 3, step)
        status = children.status()
        found = generation(out, files=3)
        with folder_for(out):
            now = generation(out, files=3)
        assert found in (None, now)
        assert now in ((0, 2) if place == "empty" else (1, 2))
        assert beside(out) == ["结果"]
        if status == 0:
            break
    assert now == 2


@ways
def test_a_full_disk_leaves_the_last_output_whole(small_disk: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "renames":
        forbid_exchange(monkeypatch)
    out = small_disk / "out"
    write(out, 1)
    with pytest.raises(OSError) as raised, folder_for(out) as staging:
        fill(staging.path, 2)
        for number in range(10):
            (staging.path / "data" / f"big-{number}").write_bytes(bytes(200_000))
    assert raised.value.errno == errno.ENOSPC
    assert generation(out) == 1
    assert beside(out) == ["out"]


def fill_up(disk: Path) -> Path:
    """Leave no room on a disk; gives the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return ballast


@ways
def test_a_finished_result_is_put_in_place_though_the_disk_is_full(small_disk: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "renames":
        forbid_exchange(monkeypatch)
    out = small_disk / "out"
    write(out, 1)
    with folder_for(out) as staging:
        fill(staging.path, 2)
        fill_up(small_disk)
        staging.publish()
    assert generation(out) == 2
    assert beside(out) == ["ballast", "out"]


def test_what_a_killed_run_left_makes_room_on_a_full_disk(small_disk: Path) -> None:
    out = small_disk / "out"
    write(out, 1)
    left = out.with_name(".out.deadbeef.partial")
    left.mkdir()
    fill_up(small_disk).rename(left / "ballast")
    write(out, 2)
    assert generation(out) == 2
    assert beside(out) == ["out"]


def test_a_disk_that_has_no_room_at_all_is_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    write(out, 1)
    with monkeypatch.context() as patched, pytest.raises(CannotRun, match="磁盘已满"):
        patched.setattr(Path, "mkdir", full)
        write(out, 2)
    with monkeypatch.context() as patched, pytest.raises(CannotRun, match="磁盘已满"):
        patched.setattr(publishing, "_staging", full)
        write(out, 2)
    assert (generation(out), beside(out)) == (1, ["结果"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("failing", ["first", "second"])
def test_a_result_that_cannot_be_put_in_place_is_kept_beside(out: Path, monkeypatch: pytest.MonkeyPatch, code: int, failing: str) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    fill_bare(out.with_name("结果-新"), 0)
    refuse_renames(monkeypatch, code, lambda path, to: path == out if failing == "first" else to == out and path.suffix == ".partial")
    with pytest.raises(CannotRun, match="结果-新2"), folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()
    assert generation(out) == 1
    assert generation(out.with_name("结果-新")) == 0
    assert generation(out.with_name("结果-新2")) == 2
    assert beside(out) == ["结果", "结果-新", "结果-新2"]


def test_a_report_open_in_excel_is_told_as_that(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path == out)
    with pytest.raises(CannotRun, match="Excel.*关闭.*完整保存在.*结果-新"), folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()


def test_a_rename_that_is_refused_for_a_moment_is_tried_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    refusals = iter([True, False])
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path == out and next(refusals))
    write(out, 2)
    assert (generation(out), beside(out)) == (2, ["结果"])


def test_a_result_that_can_be_kept_nowhere_leaves_the_last_output_whole(out: Path, monkeypatch: pytest.MonkeyPatch, either: str) -> None:
    write(out, 1)

    def exchange(one: Path, other: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    if either == "exchange":
        monkeypatch.setattr(publishing, "_exchange", exchange)
    refuse_renames(monkeypatch, errno.ENOSPC, lambda path, to: not to.name.startswith(".") and path.suffix == ".partial")
    with pytest.raises(OSError) as raised, folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()
    assert raised.value.errno == errno.ENOSPC
    assert (generation(out), beside(out)) == (1, ["结果"])


def test_a_run_interrupted_between_the_renames_puts_the_output_back(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    rename = os.rename

    def interrupted(path: Path, to: Path) -> None:
        rename(path, to)
        if path == out:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()
    assert (generation(out), beside(out)) == (1, ["结果"])


@pytest.mark.skipif(os.name != "posix", reason="flock is of Unix")
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_without_locks_the_run_goes_on_and_says_so(out: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def flock(fd: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", flock)
    other = out.with_name(".结果.deadbeef.partial")
    fill_bare(other, 1)
    with folder_for(out) as staging:
        fill(staging.path, 2)
        staging.publish()
    assert "不支持加锁" in staging.warning
    assert generation(out) == 2
    assert beside(out) == [other.name, "结果"]  # it may be another run's, still at work


def test_there_is_nothing_to_warn_of_as_a_rule(out: Path) -> None:
    with folder_for(out) as staging:
        assert staging.warning is None
