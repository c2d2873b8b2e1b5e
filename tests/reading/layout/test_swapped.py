"""What is read is what was looked at: a file of the folder given, the bytes of its digest, whatever is swapped meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest

from guantong.flows.audit import read_rosters
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.write_reports import CHANGED, write_returned_copies
from guantong.flows.records import Input, ReadResult
from guantong.flows.storage.result_cache import Cache
from guantong.flows.workers import limits
from guantong.reports.audit_data import RULEBOOK_PARTS
from guantong.schemas.files.open_file import read_bytes
from guantong.schemas.files.workbook import Refusal
from tests.support import inprocess
from tests.support.workbooks import CLEAN, people

pytestmark = pytest.mark.skipif(not hasattr(os, "symlink"), reason="links are POSIX's")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with one roster twice, and another beside the folder that is nobody's to read."""
    people(tmp_path / "inbox" / "甲" / "一.xlsx", CLEAN)
    shutil.copy(tmp_path / "inbox" / "甲" / "一.xlsx", tmp_path / "inbox" / "二.xlsx")
    people(tmp_path / "别人" / "一.xlsx", CLEAN | {"姓名": "王他人"})
    return tmp_path / "inbox"


def swap(path: Path, target: Path) -> None:
    """Put a link in the place of a file or folder."""
    path.rename(path.parent.parent / f"was-{path.name}")
    path.symlink_to(target, target_is_directory=target.is_dir())


SWAPS: dict[str, Callable[[Path], None]] = {
    "the file": lambda inbox: swap(inbox / "甲" / "一.xlsx", inbox.parent / "别人" / "一.xlsx"),
    "its folder": lambda inbox: swap(inbox / "甲", inbox.parent / "别人"),
}


@pytest.mark.parametrize("what", SWAPS)
def test_what_became_a_link_out_of_the_folder_since_it_was_listed_is_refused(inbox: Path, what: str) -> None:
    inputs = discover([inbox], inbox.parent / "out").inputs
    SWAPS[what](inbox)
    take_digests(inputs, 1)
    assert {item.source_file: item.refusal and item.refusal.code for item in inputs} == {"二.xlsx": None, "甲/一.xlsx": "outside_link"}
    assert {item.source_file: item.sha256 is None for item in inputs} == {"二.xlsx": False, "甲/一.xlsx": True}


def test_a_link_within_the_folder_and_one_given_by_name_are_read(inbox: Path) -> None:
    (inbox / "三.xlsx").symlink_to(inbox.parent / "别人" / "一.xlsx")
    (inbox / "四.xlsx").symlink_to("五")
    shutil.move(inbox / "二.xlsx", inbox / "五")
    given = discover([inbox / "三.xlsx"], inbox.parent / "out").inputs
    found = discover([inbox], inbox.parent / "out").inputs
    take_digests(given + found, 1)
    refused = {item.source_file: item.refusal.code for item in given + found if item.refusal}
    assert refused == {"三.xlsx": "outside_link"} and given[0].sha256


def test_the_folder_given_may_itself_be_reached_by_a_link(inbox: Path) -> None:
    (inbox.parent / "到").symlink_to(inbox, target_is_directory=True)
    inputs = discover([inbox.parent / "到"], inbox.parent / "out").inputs
    take_digests(inputs, 1)
    assert len(inputs) == 2 and not any(item.refusal for item in inputs)


def test_without_the_systems_word_a_file_is_looked_for_by_its_path(inbox: Path) -> None:
    with patch("guantong.schemas.files.open_file.sys.platform", "another"):
        assert read_bytes(inbox / "二.xlsx", inbox)
        swap(inbox / "甲", inbox.parent / "别人")
        with pytest.raises(Refusal, match="outside_link"):
            read_bytes(inbox / "甲" / "一.xlsx", inbox)


@pytest.fixture
def here() -> Iterator[None]:
    """Guards that end this process are out of the way."""
    with patch.multiple(limits, start_clock=lambda *_: None, stop_clock=lambda: None):
        yield


def read_after(inbox: Path, work: Path, change: Callable[[], None]) -> tuple[list[Input], ReadResult, pd.DataFrame]:
    """Inputs, what came of reading, and the packs' files, where ``change`` happens between the digests and the reading."""
    inputs = discover([inbox], work / "out").inputs
    take_digests(inputs, 1)
    change()
    read = read_rosters.read_inputs(read_rosters.PoolReader(inprocess.Here(), b"key", work, work / "cache").read, inputs)
    told = [(item.source_file, pd.read_parquet(place.pack / "files.parquet").iloc[place.number]) for item, place in read.packed]
    return inputs, read, pd.DataFrame([{**one, "name": name} for name, one in told]).set_index("name")


def test_bytes_that_are_not_those_of_the_digest_are_not_read_and_the_same_bytes_elsewhere_are(
    inbox: Path, tmp_path: Path, here: None
) -> None:
    """The first of two equal files is swapped: it is refused as changed, the second is read itself, and nothing of the swap is kept."""
    with tempfile.TemporaryDirectory() as folder:
        first = discover([inbox], inbox).inputs[0]
        inputs, read, files = read_after(inbox, Path(folder), lambda: swap(first.path, inbox.parent / "别人" / "一.xlsx"))
        assert files.loc[first.source_file, "reason"] == "changed"
        assert [name for name in files.index if files.loc[name, "status"] == "read"] == [inputs[1].source_file]
        assert {item.sha256 for item in inputs} == set(files["sha256"]) and len(set(files["sha256"])) == 1
        assert [item.source_file for item in read.transient] == [first.source_file]
        ((_, place),) = Cache(Path(folder, "cache"), b"key").find_packs({inputs[0].content}, tmp_path).items()
        assert pd.read_parquet(place.pack / "files.parquet").loc[place.number, "status"] == "read"


def test_a_copy_is_made_of_the_bytes_that_were_audited_alone(inbox: Path, tmp_path: Path, here: None) -> None:
    path = inbox / "二.xlsx"
    inputs = discover([inbox], tmp_path / "out").inputs
    take_digests(inputs, 1)
    data, target = tmp_path / "data", tmp_path / "returned"
    data.mkdir(), target.mkdir()
    columns = ["source_file", "sheet", "row", "column", "header", "field", "code", "severity", "value", "message", "expected", "action"]
    finding = dict.fromkeys(columns, "x") | {"source_file": "二.xlsx", "sheet": "花名册", "column": "A", "row": 2}
    column = {"source_file": "二.xlsx", "sheet": "花名册", "name": "name", "letter": "A", "header": "姓名", "others": None}
    for name, row in {"findings": finding, "columns": column}.items():
        pd.DataFrame([row]).to_parquet(data / f"{name}.parquet")
    (data / "rulebook.json").write_text(json.dumps(dict.fromkeys(RULEBOOK_PARTS)))
    swap(path, inbox.parent / "别人" / "一.xlsx")
    (item,) = [item for item in inputs if item.source_file == "二.xlsx"]
    written = write_returned_copies(data, target, None, False, [Input(0, path, "二.xlsx", sha256=item.sha256)])
    assert [why for _, why in written.missing] == [CHANGED] and not list(target.iterdir())
