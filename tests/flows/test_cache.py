"""The cache, whatever happens to its files: only what was kept under this key is taken, and what was not costs a reading, no more."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.flows.storage import result_cache
from guantong.flows.storage.result_cache import LIST, Cache, delete_item
from guantong.schemas import PACK_TABLES
from guantong.schemas.reading.batch import read_batches, write_batch
from tests.conftest import Audit, Ran
from tests.flows.test_rerun import alone, bytes_of
from tests.support.workbooks import CLEAN, people

KEY = b"the key of the one whose cache it is"
REPORTS = {f"{at:040x}": f"report {at} ".encode() * 40 for at in range(4)}


def tables_of(pack: Path) -> dict[str, bytes]:
    return {name: (pack / f"{name}.parquet").read_bytes() for name in PACK_TABLES}


class Filled:
    """A filled cache; ``right``: of each content its number and its pack's tables."""

    def __init__(self, folder: Path, right: dict[tuple[str, str], tuple[int, dict[str, bytes]]]) -> None:
        self.folder, self.right = folder, right

    def copy(self, folder: Path) -> Cache:
        shutil.copytree(self.folder, folder)
        return Cache(folder, KEY)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Packs of two files each, and reports."""
    folder = tmp_path_factory.mktemp("cache")
    paths = [people(folder / f"{at}.xlsx", CLEAN | {"单位名称": f"第{at}示例厂", "备注": f"第{at}份"}) for at in range(4)]
    kept, right = Cache(folder / "kept", KEY), {}
    for number, some in enumerate((paths[:2], paths[2:])):
        ((_, batch),) = read_batches(some, KEY, None, lambda *_: None)
        pack = write_batch(batch, folder / f"{number:016x}") or folder / f"{number:016x}"
        contents = {(sha256, suffix): at for sha256, suffix, at in batch.files[["sha256", "suffix", "file_no"]].itertuples(index=False)}
        kept.keep_pack(pack, contents)
        right |= {content: (at, tables_of(pack)) for content, at in contents.items()}
    for name, content in REPORTS.items():
        (folder / "made").unlink(missing_ok=True)
        assert not kept.take_or_make_report(name, folder / "made", lambda content=content: (folder / "made").write_bytes(content))
    assert kept.trouble is None
    return Filled(folder / "kept", right)


def took(kept: Cache, filled: Filled) -> tuple[int, int]:
    """How many contents and reports are taken from a cache, none of them another than was kept."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        found = kept.find_packs(filled.right, work)
        for content, place in found.items():
            assert (place.number, tables_of(place.pack)) == filled.right[content]
        count = 0
        for name, content in REPORTS.items():
            count += kept.take_or_make_report(name, work / "report", lambda content=content: (work / "report").write_bytes(content))
            assert (work / "report").read_bytes() == content
        kept.delete_old()
        return len(found), count


def bit(path: Path, rng: random.Random, _: list[Path]) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def swap(path: Path, rng: random.Random, files: list[Path]) -> None:
    other = rng.choice(files)
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)


def a_folder_of_another(path: Path, rng: random.Random, files: list[Path]) -> None:
    other = rng.choice(files).parent
    for content in [file for file in files if file.parent == other != path.parent]:
        if os.path.lexists(there := path.parent / content.name):
            delete_item(there)
        there.write_bytes(content.read_bytes())


def folder_instead(path: Path, _: random.Random, __: list[Path]) -> None:
    path.unlink()
    (path / path.name).mkdir(parents=True)


def link_instead(path: Path, rng: random.Random, files: list[Path]) -> None:
    target = rng.choice([*files, Path("nowhere"), Path("/dev/zero")])
    path.unlink()
    path.symlink_to(target)


def pipe_instead(path: Path, _: random.Random, __: list[Path]) -> None:
    path.unlink()
    os.mkfifo(path)


def file_instead_of_its_folder(path: Path, *_: object) -> None:
    if path.parent.name not in ("packs", "reports"):  # in place of these it is somebody else's, see below
        shutil.rmtree(path.parent)
        path.parent.write_bytes(b"no folder")


def huge(path: Path, _: random.Random, __: list[Path]) -> None:
    with path.open("r+b") as file:
        file.truncate(10**12)  # takes no room on the disk


HARM: list[Callable[[Path, random.Random, list[Path]], object]] = [
    bit, swap, a_folder_of_another, folder_instead, link_instead, pipe_instead, file_instead_of_its_folder, huge,
    lambda path, rng, _: path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)]),
    lambda path, rng, _: path.write_bytes(path.read_bytes() + rng.randbytes(9)),
    lambda path, rng, _: path.write_bytes(rng.randbytes(rng.randrange(200))),
    lambda path, *_: path.write_text("[" * 100_000),
    lambda path, *_: path.unlink(),
    lambda path, rng, _: path.parent.rename(path.parent.with_name(rng.randbytes(len(path.parent.name)).hex()[::2])),
]  # fmt: skip


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), harms=st.lists(st.sampled_from(HARM), min_size=1, max_size=3))
def test_whatever_happens_to_a_file_of_the_cache_costs_a_reading_no_more(filled: Filled, seed: int, harms: list) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        kept = filled.copy(Path(scratch) / "cache")
        for harm in harms:
            files = sorted(
                path for path in kept.folder.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_size < 10**6
            )
            if files:
                harm(rng.choice(files), rng, files)
        took(kept, filled)
        took(Cache(kept.folder, KEY), filled)
        assert took(last := Cache(kept.folder, KEY), filled)[1] == len(REPORTS), "what was made anew is not kept"
        assert last.trouble is None, "damage is told without end"


def of_a_pack(kept: Cache) -> Path:
    return sorted(kept.packs.iterdir())[0]


def numbers_swapped(kept: Cache) -> None:
    path = of_a_pack(kept) / LIST
    listed = json.loads(path.read_bytes())
    listed["files"][0][2], listed["files"][1][2] = listed["files"][1][2], listed["files"][0][2]
    path.write_text(json.dumps(listed))


def kept_by_another_key(kept: Cache) -> None:
    """All that an attacker can make who has the program, the place and the rosters, but not the key."""
    foreign = Cache(kept.folder.parent / "foreign", b"another key")
    pack = of_a_pack(kept)
    contents = {(sha256, suffix): 1 - number for sha256, suffix, number in json.loads((pack / LIST).read_bytes())["files"]}
    foreign.keep_pack(pack, contents)
    shutil.rmtree(pack)
    shutil.copytree(foreign.packs / pack.name, pack)


def one_file_of_a_pack_in_another(kept: Cache) -> None:
    one, two = sorted(kept.packs.iterdir())
    shutil.copy(one / "rows.parquet", two)


def a_pack_under_the_name_of_another_program(kept: Cache) -> None:
    """What an earlier version read otherwise must not be passed off as this version's."""
    pack = of_a_pack(kept)
    earlier = Cache(kept.folder.parent / "earlier", KEY)
    earlier.packs = earlier.packs.with_name("0" * 24 + earlier.packs.name[24:])
    earlier.keep_pack(pack, {(sha256, suffix): number for sha256, suffix, number in json.loads((pack / LIST).read_bytes())["files"]})
    shutil.rmtree(pack)
    shutil.copytree(earlier.packs / pack.name, pack)


def digests_not_of_its_files(kept: Cache) -> None:
    """A list that is sealed, but names contents which its own table of files does not have there."""
    pack = of_a_pack(kept)
    contents = {(sha256, suffix): 1 - number for sha256, suffix, number in json.loads((pack / LIST).read_bytes())["files"]}
    pack = pack.rename(kept.folder / pack.name)
    kept.keep_pack(pack, contents)


@pytest.mark.parametrize(
    "harm",
    [
        numbers_swapped,
        kept_by_another_key,
        one_file_of_a_pack_in_another,
        a_pack_under_the_name_of_another_program,
        digests_not_of_its_files,
    ],
)
def test_a_pack_that_is_not_as_it_was_kept_is_not_taken_but_dropped_and_told(
    filled: Filled, tmp_path: Path, harm: Callable[[Cache], None]
) -> None:
    kept = filled.copy(tmp_path / "cache")
    harm(kept)
    assert took(kept, filled) == (2, len(REPORTS))
    assert "损坏" in kept.trouble
    again = Cache(kept.folder, KEY)
    assert took(again, filled) == (2, len(REPORTS)) and again.trouble is None


@pytest.mark.parametrize("by", ["another key", "another name"])
def test_a_planted_report_is_not_taken(filled: Filled, tmp_path: Path, by: str) -> None:
    kept = filled.copy(tmp_path / "cache")
    one, other = sorted(kept.reports.iterdir())[:2]
    if by == "another key":
        foreign = Cache(tmp_path / "foreign", b"")
        foreign.take_or_make_report(one.name, tmp_path / "made", lambda: (tmp_path / "made").write_bytes(b"planted"))
        shutil.copy(foreign.reports / one.name, one)
    else:
        shutil.copy(other, one)
    assert took(kept, filled) == (4, len(REPORTS) - 1)
    assert "损坏" in kept.trouble


def test_a_link_in_the_cache_leads_to_nothing_that_is_deleted(filled: Filled, tmp_path: Path) -> None:
    kept = filled.copy(tmp_path / "cache")
    (papers := tmp_path / "papers" / ("0" * 16)).mkdir(parents=True)
    (papers / "of mine.txt").write_text("keep me", encoding="utf-8")
    for folder in (kept.packs, kept.reports):
        shutil.rmtree(folder)
        folder.symlink_to(papers.parent, target_is_directory=True)
    (kept.folder / "packs" / "2019").mkdir()
    (kept.folder / "packs" / "2019" / "of mine.txt").write_text("keep me", encoding="utf-8")
    os.utime(kept.folder / "packs" / "2019" / "of mine.txt", (0, 0))
    took(kept, filled)
    kept.check_all()
    assert (papers / "of mine.txt").exists() and (kept.folder / "packs" / "2019" / "of mine.txt").exists()


def test_a_cache_that_can_only_be_read_is_used_all_the_same(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    kept = filled.copy(tmp_path / "cache")
    monkeypatch.setattr(os, "utime", refused)
    assert took(kept, filled) == (4, len(REPORTS))
    assert "无法使用" in kept.trouble


def test_a_cache_that_cannot_be_used_is_told_and_costs_nothing_else(filled: Filled, tmp_path: Path) -> None:
    for name in ("packs", "reports"):
        (tmp_path / name).write_text("of somebody else", encoding="utf-8")
    kept = Cache(tmp_path, KEY)
    kept.keep_pack(of_a_pack(Cache(filled.folder, KEY)), dict.fromkeys(filled.right, 0))
    assert took(kept, filled) == (0, 0) and "无法使用" in kept.trouble
    assert kept.check_all() == (0, 0, 0) and (tmp_path / "packs").read_text(encoding="utf-8") == "of somebody else"


def test_a_cache_that_cannot_be_looked_at_is_not_called_sound(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    kept = filled.copy(tmp_path / "cache")
    assert kept.check_all() == (2, len(REPORTS), 0) and kept.trouble is None
    monkeypatch.setattr(os, "listdir", refused)
    assert kept.check_all() == (0, 0, 0) and "无法使用" in kept.trouble


def test_what_is_too_large_to_be_taken_is_not_kept(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = of_a_pack(Cache(filled.folder, KEY))
    monkeypatch.setattr(result_cache, "MOST_BYTES", 300)
    kept = Cache(tmp_path, KEY)
    kept.keep_pack(pack, dict.fromkeys(filled.right, 0))
    kept.take_or_make_report("0" * 40, tmp_path / "made", lambda: (tmp_path / "made").write_bytes(b"x" * 300))
    assert not kept.packs.exists() and not kept.reports.exists() and kept.trouble is None


def test_the_key_is_nowhere_in_the_cache(filled: Filled) -> None:
    for path in filled.folder.rglob("*"):
        assert path.is_dir() or KEY not in path.read_bytes()


@pytest.fixture
def audited(audit: Callable[..., Audit], environment: dict, tmp_path: Path) -> Iterator[tuple[Callable[[], Audit], dict[str, str]]]:
    """An audit of two rosters with a cache of its own, to be repeated."""
    own = alone(environment, tmp_path / "cache")
    for at in range(2):
        people(tmp_path / "in" / f"{at}.xlsx", CLEAN | {"单位名称": f"第{at}示例厂", "职称": "中级"})
    yield lambda **options: audit(tmp_path / "in", environment=own, **options), own


def test_damage_of_the_cache_is_checked_told_and_mended(audited: tuple, guantong: Callable[..., Ran], tmp_path: Path) -> None:
    audit, own = audited
    plain = audit(no_cache=True)
    first = audit()
    assert first.run["counts"]["files_kept"] == 0
    sound = guantong("cache", "--check", environment=own)
    assert sound.status == 0 and "没有损坏" in sound.stdout and "读取结果 1 份" in sound.stdout
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file() and path.name in (LIST, *os.listdir(next((tmp_path / "cache" / "reports").iterdir()))[:1]):
            path.write_bytes(path.read_bytes()[:-1] + b"x")
    damaged = shutil.copytree(tmp_path / "cache", tmp_path / "damaged")
    again = audit()
    assert again.run["counts"]["files_kept"] == 0 and bytes_of(again.out) == bytes_of(plain.out)
    assert again.stderr.count("损坏") == 1 and "提醒：缓存中有损坏的内容" in again.stderr
    assert "损坏" not in (third := audit()).stderr and third.run["counts"]["files_kept"] == 2
    for status, told in ((1, "已损坏　2 份"), (0, "没有损坏")):
        ran = guantong("cache", "--check", environment=alone(own, damaged))
        assert ran.status == status and told in ran.stdout
    other = guantong("cache", "--check", environment=own | {"GUANTONG_KEY": "of somebody else, as long as a key should be"})
    assert other.status == 0 and "未核对" in other.stdout
    assert guantong("cache", "--check", "--delete", environment=own).status == 2
    (tmp_path / "cache" / "reports" / "of mine.txt").write_text("keep me", encoding="utf-8")
    assert guantong("cache", "--delete", environment=own).status == 0
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["of mine.txt"]
