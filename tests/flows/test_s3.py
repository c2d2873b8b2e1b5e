"""Rosters from and results to an S3-compatible store: a real server process, moto's, on the loopback interface."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.storage import s3, s3_cache
from guantong.flows.storage.result_cache import Cache
from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit, Ran
from tests.flows.test_rerun import bytes_of
from tests.support.workbooks import CLEAN, people


class Server:
    """An object store in a process of its own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self.process.poll() is None
            time.sleep(0.1)
        raise AssertionError("the store did not start within a minute")

    @contextmanager
    def bucket(self) -> Iterator[object]:
        """A bucket, made where it is not there; the connection to it is closed in the end."""
        service = boto3.resource("s3", endpoint_url=self.address, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        yield service.create_bucket(Bucket="rosters")
        service.meta.client.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(30)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A store for the tests of this file."""
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def bucket(server: Server) -> Iterator[object]:
    """An empty bucket."""
    with server.bucket() as made:
        yield made
        made.objects.all().delete()
        made.delete()


@pytest.fixture
def at_store(environment: dict[str, str], server: Server, tmp_path: Path) -> dict[str, str]:
    """The environment of a user of the store."""
    own = {"AWS_ENDPOINT_URL": server.address, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    return environment | own | {"GUANTONG_WORK": str(tmp_path / "work"), "GUANTONG_CACHE": str(tmp_path / "cache")}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rosters, and what lies beside rosters."""
    folder = tmp_path_factory.mktemp("inbox") / "in"
    write_rosters(folder, 40, 4, 3)
    people(folder / "区县" / "花名册 +%.xlsx", CLEAN)
    (folder / "区县" / "说明.docx").write_bytes(b"words")
    (folder / "~$锁.xlsx").write_bytes(b"lock")
    (folder / "坏.xlsx").write_bytes(b"no workbook")
    people(folder / "old" / "units" / "a.xlsx", CLEAN)
    (folder / "old" / "run.json").write_text('{"tool": "guantong"}', encoding="utf-8")
    return folder


def upload(folder: Path, bucket: object, prefix: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), f"{prefix}/{path.relative_to(folder).as_posix()}")


def download(bucket: object, prefix: str, folder: Path) -> Path:
    for item in bucket.objects.filter(Prefix=prefix):
        path = folder / item.key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        bucket.download_file(item.key, str(path))
    return folder


def current(bucket: object, prefix: str) -> dict:
    return json.loads(bucket.Object(f"{prefix}/current.json").get()["Body"].read())


def run(environment: dict[str, str], guantong: Callable[..., Ran], *arguments: object) -> Ran:
    return guantong("audit", *arguments, "--as-of", "2025-12-31", environment=environment)


def test_an_audit_from_store_to_store_is_that_of_folders(
    audit: Callable[..., Audit], guantong: Callable[..., Ran], at_store: dict, bucket: object, inbox: Path, tmp_path: Path
) -> None:
    plain = audit(inbox, environment=at_store, no_cache=True)
    assert plain.run["counts"]["files"] == 6
    upload(inbox, bucket, "收件/in")
    first = run(at_store, guantong, "s3://rosters/收件/in", "--out", "s3://rosters/结果")
    assert first.status == 1, first.stderr
    named = current(bucket, "结果")
    assert re.search(named["run"], first.stdout)
    got = download(bucket, f"结果/{named['path']}", tmp_path / "got")
    assert bytes_of(got) == bytes_of(plain.out)
    for part in ("units", "returned"):
        assert {path.name: path.read_bytes() for path in (got / part).iterdir()} == {
            path.name: path.read_bytes() for path in (plain.out / part).iterdir()
        }
    told = json.loads((got / "run.json").read_text(encoding="utf-8"))
    assert told["counts"]["passed_over"] == plain.run["counts"]["passed_over"]
    assert {item["path"].partition("收件")[0] for item in told["inputs"]} == {"s3://rosters/"}
    assert sum(1 for path in got.rglob("*") if path.is_file()) == named["files"]
    assert not list((tmp_path / "work").iterdir()), "what was uploaded lies about"
    given_up = "20200101T000000Z-00000000"
    bucket.put_object(Key=f"结果/{given_up}/run.json", Body=b"{}")
    second = run(at_store, guantong, "s3://rosters/收件/in", "--out", "s3://rosters/结果")
    assert second.status == 1 and current(bucket, "结果")["run"] != named["run"]
    runs = {item.key.split("/")[1] for item in bucket.objects.filter(Prefix="结果/")}
    assert runs == {"current.json", named["run"], current(bucket, "结果")["run"]}


def test_a_store_that_fails_at_the_end_is_told_and_the_result_is_kept(
    at_store: dict, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Server()
    with failing.bucket():
        pass
    for name, value in (at_store | {"AWS_ENDPOINT_URL": failing.address, "AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    s3.check_out("s3://rosters/out")
    folder = shutil.copytree(inbox / "old", tmp_path / "result")
    monkeypatch.setattr(s3, "_current_run_id", lambda *_: failing.stop())  # between the first request and the rest
    with pytest.raises(CannotRun, match="仍是上一次的结果.*result"):
        s3.upload(folder, "s3://rosters/out")
    assert (folder / "run.json").exists() and (folder / "units" / "a.xlsx").exists()


def test_a_result_of_others_stays_the_current_one_and_work_in_old_ones_is_kept(
    guantong: Callable[..., Ran], at_store: dict, bucket: object, inbox: Path, tmp_path: Path
) -> None:
    assert run(at_store, guantong, inbox, "--out", "s3://rosters/out").status == 1
    first = current(bucket, "out")["run"]
    other = run(at_store, guantong, people(tmp_path / "甲.xlsx", CLEAN), "--out", "s3://rosters/out")
    assert other.status == 2 and str(inbox) in other.stderr and current(bucket, "out")["run"] == first
    names = [item.key.removeprefix(f"out/{first}/") for item in bucket.objects.filter(Prefix=f"out/{first}/")]
    as_written, with_a_note, with_one_less, changed = (f"20200101T000000Z-0000000{number}" for number in range(4))
    for old in (as_written, with_a_note, with_one_less, changed):
        for name in sorted(names, key=lambda name: name == "data/outputs.json"):
            bucket.copy({"Bucket": "rosters", "Key": f"out/{first}/{name}"}, f"out/{old}/{name}")
    time.sleep(1.1)  # a store tells seconds
    bucket.put_object(Key=f"out/{with_a_note}/units/note.txt", Body=b"mine")
    bucket.Object(f"out/{with_one_less}/bureau/report.html").delete()
    bucket.put_object(Key=f"out/{changed}/bureau/report.html", Body=b"mine")
    assert run(at_store, guantong, inbox, "--out", "s3://rosters/out").status == 1
    kept = {item.key.split("/")[1] for item in bucket.objects.filter(Prefix="out/")}
    assert kept == {"current.json", first, current(bucket, "out")["run"], with_a_note, with_one_less, changed}


@pytest.mark.parametrize(
    ("paths", "out", "words"),
    [
        (["s3://rosters/none"], "s3://rosters/out", "找不到"),
        (["s3://nobucket/in"], "s3://rosters/out", "nobucket"),
        (["s3://rosters/none"], "s3://nobucket/out", "nobucket"),
        (["gs://rosters/in"], "s3://rosters/out", "s3://"),
    ],
)
def test_what_cannot_be_reached_is_told_and_nothing_is_written(
    at_store: dict, bucket: object, guantong: Callable[..., Ran], paths: list[str], out: str, words: str, tmp_path: Path
) -> None:
    ran = run(at_store, guantong, *paths, "--out", out)
    assert ran.status == 2 and words in ran.stderr and "Traceback" not in ran.stderr, ran.stderr
    assert not list(bucket.objects.all())
    assert not (tmp_path / "work").exists() or not list((tmp_path / "work").iterdir())


def test_a_store_that_does_not_answer_is_told(at_store: dict, guantong: Callable[..., Ran]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    ran = run(at_store | {"AWS_ENDPOINT_URL": nobody, "AWS_MAX_ATTEMPTS": "1"}, guantong, "s3://rosters/in", "--out", "s3://rosters/out")
    assert ran.status == 2 and "无法访问" in ran.stderr, ran.stderr


@pytest.mark.parametrize("address", ["gs://rosters/cache", "s3://"])
def test_an_address_of_the_cache_that_can_be_none_is_told(
    at_store: dict, guantong: Callable[..., Ran], inbox: Path, tmp_path: Path, address: str
) -> None:
    ran = run(at_store | {"GUANTONG_CACHE": address}, guantong, inbox, "--out", tmp_path / "out")
    assert ran.status == 2 and "GUANTONG_CACHE" in ran.stderr
    assert not (tmp_path / "out").exists()


def away(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment of another machine with the same key: it shares the cache in the store alone."""
    return environment | {
        "GUANTONG_WORK": str(folder),
        "GUANTONG_CACHE": "s3://rosters/缓存/a",
        "GUANTONG_KEY": "一把共用的密钥，足够长，各机器相同 0123456789",
    }


def audited(environment: dict[str, str], guantong: Callable[..., Ran], inbox: Path, out: Path) -> dict:
    ran = run(environment, guantong, inbox, "--out", out, "--workers", 2)  # so that there are several packs
    assert ran.status == 1, ran.stderr
    return json.loads((out / "run.json").read_text(encoding="utf-8")) | {"said": ran.stderr}


def test_what_one_machine_has_read_another_takes_from_the_cache_in_the_store(
    at_store: dict, bucket: object, guantong: Callable[..., Ran], inbox: Path, tmp_path: Path
) -> None:
    bucket.put_object(Key="缓存/a/readme.txt", Body=b"of somebody else")
    first = audited(away(at_store, tmp_path / "one"), guantong, inbox, tmp_path / "a")
    assert first["counts"]["files_kept"] == 0 and "提醒" not in first["said"]
    kept = {item.key for item in bucket.objects.filter(Prefix="缓存/a/")}
    assert all(re.fullmatch(r"缓存/a/(packs/[\w-]+/[0-9a-f]+/\w+\.\w+|reports/[0-9a-f]+/[0-9a-f]+|readme\.txt)", key) for key in kept), kept
    other = away(at_store, tmp_path / "two")
    second = audited(other, guantong, inbox, tmp_path / "b")
    assert second["counts"]["files_kept"] == second["counts"]["files_read"] + 1  # what is no workbook is known to be none
    assert second["counts"]["reports_kept"] > 0
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert {item.key for item in bucket.objects.filter(Prefix="缓存/a/")} == kept, "what was there was sent again under another name"
    packs = sorted({key.rpartition("/")[0] for key in kept if "/packs/" in key})
    assert len(packs) > 1
    bucket.Object(f"{packs[0]}/pack.json").delete()  # as where a machine stops while it sends
    for pack in packs[1:]:
        bucket.put_object(Key=f"{pack}/rows.parquet", Body=b"damaged")
    third = audited(away(at_store, tmp_path / "three"), guantong, inbox, tmp_path / "c")
    assert third["counts"]["files_kept"] == 0 and bytes_of(tmp_path / "a") == bytes_of(tmp_path / "c")
    assert third["said"].count("损坏") == 1 and "对象存储中的缓存中有损坏的内容" in third["said"]
    assert not {item.key for item in bucket.objects.all() if item.key.startswith(tuple(packs[1:]))}, "damage is brought again each time"
    assert guantong("cache", "--delete", environment=other).status == 0
    assert {item.key for item in bucket.objects.all()} == {"缓存/a/readme.txt"}


def test_what_is_old_in_the_store_is_deleted_and_what_is_used_again_is_sent_anew(
    at_store: dict, bucket: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in at_store.items():
        monkeypatch.setenv(name, value)
    url, folder = "s3://rosters/缓存", tmp_path / "cache"
    old, used, young = (f"reports/{digit * 2}/{digit * 40}" for digit in "abc")
    for name in (old, used, young):
        bucket.put_object(Key=f"缓存/{name}", Body=b"before")
    days, listed = {old: 46, used: 46, young: 1}, s3_cache._list_objects

    def aged(store: object, url: str) -> dict[str, dict]:
        objects = listed(store, url).items()
        return {name: about | {"LastModified": about["LastModified"] - dt.timedelta(days=days[name])} for name, about in objects}

    monkeypatch.setattr(s3_cache, "_list_objects", aged)
    for name in (used, young):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(b"now")
    s3_cache.upload(url, folder, time.time())
    assert {item.key: item.get()["Body"].read() for item in bucket.objects.all()} == {f"缓存/{used}": b"now", f"缓存/{young}": b"before"}


def test_what_is_planted_in_the_store_is_not_brought_but_deleted_there(
    at_store: dict, bucket: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in at_store.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(s3_cache, "MOST_BYTES", 200)
    good, planted, large, foreign = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
    own, other = Cache(tmp_path / "own", b"key"), Cache(tmp_path / "other", b"another key")
    for name, by, size in ((good, own, 9), (planted, other, 9), (large, own, 999), (foreign, other, 9)):
        by.take_or_make_report(name, tmp_path / "made", lambda size=size: (tmp_path / "made").write_bytes(b"x" * size))
        owner = (other if name == foreign else own).reports.name
        bucket.put_object(Key=f"缓存/reports/{owner}/{name}", Body=(by.reports / name).read_bytes())
    fresh = Cache(tmp_path / "fresh", b"key")
    s3_cache.download("s3://rosters/缓存", fresh)
    assert [path.name for path in fresh.reports.iterdir()] == [good] and "损坏" in fresh.trouble
    assert {item.key.rpartition("/")[2] for item in bucket.objects.all()} == {good, foreign}


def test_no_file_that_a_link_in_the_cache_names_is_sent(
    at_store: dict, bucket: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in at_store.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "of mine.txt").write_text("my own", encoding="utf-8")
    folder = Cache(tmp_path / "cache", b"key").reports
    folder.mkdir(parents=True)
    (folder / ("a" * 40)).symlink_to(tmp_path / "of mine.txt")
    s3_cache.upload("s3://rosters/缓存", tmp_path / "cache", 0)
    assert not list(bucket.objects.all())


def test_what_another_audit_brings_meanwhile_stays_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    item = f"packs/a/{'0' * 16}"

    class Store:
        def cat_file(self, _: str) -> bytes:
            (tmp_path / item).mkdir(exist_ok=True)
            (tmp_path / item / "pack.json").write_bytes(b"theirs")
            return b"ours"

    s3_cache._download_item(Store(), "s3://rosters/cache", tmp_path, item, [f"{item}/rows.parquet", f"{item}/pack.json"])
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {"pack.json": b"theirs"}
    assert [path.name for path in (tmp_path / item).parent.iterdir()] == ["0" * 16]


def test_a_store_that_fails_costs_the_cache_alone(at_store: dict, guantong: Callable[..., Ran], inbox: Path, tmp_path: Path) -> None:
    told = audited(at_store | {"GUANTONG_CACHE": "s3://nobucket/cache"}, guantong, inbox, tmp_path / "out")
    assert "对象存储中的缓存无法使用" in told["said"] and told["fingerprint"]
