"""Damaged workbooks and strange cells, made by Hypothesis: each file ends read or refused with a code, and costs no other anything."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.flows.audit.read_rosters import PoolReader
from guantong.flows.records import Input, ReadResult
from guantong.flows.workers.pool import make_pool
from guantong.sample_data.rosters import write_rosters
from guantong.schemas.catalogue import finding_kinds
from tests.support.inprocess import audited_file
from tests.support.workbooks import CLEAN, people

FORMATS = ("xlsx", "xls", "ods")
NUMBERS = ["", "-1", "0", "1", "16385", "1048577", "4294967296", "9" * 40, "1e308", "NaN", "&#0;", "XFD1048576", "s", "../../x", "true"]


@pytest.fixture(scope="module")
def rosters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A made-up roster in each format."""
    folder = tmp_path_factory.mktemp("whole")
    for suffix in FORMATS:
        write_rosters(folder / suffix, 12, 1, seed=5, formats=(suffix,))
    return {suffix: next((folder / suffix).rglob(f"*.{suffix}")).read_bytes() for suffix in FORMATS}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bytes, str], ReadResult]]:
    """Read a file's bytes as an audit would, in a guarded worker that lives on from example to example."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with make_pool(1) as pool:

        def command(content: bytes, suffix: str) -> ReadResult:
            path = folder / f"花名册.{suffix}"
            path.write_bytes(content)
            return PoolReader(pool, b"key", folder).read([Input(0, path, path.name)])

        yield command


def settled(found: ReadResult) -> None:
    """The file is read, or refused by its reader, or was the end of its worker: never for a fault of ours."""
    assert len(found.packed) + len(found.refused) == 1
    codes = {refusal.code for _, refusal in found.refused}
    assert codes <= set(finding_kinds()) - {"reader_failed"}, found.refused


@given(st.sampled_from(FORMATS), st.integers(0, 2**32), st.integers(1, 30))
@settings(max_examples=30)
def test_flipped_bytes_end_read_or_refused(
    rosters: dict[str, bytes], read: Callable[..., ReadResult], suffix: str, seed: int, count: int
) -> None:
    rng = random.Random(seed)
    content = bytearray(rosters[suffix])
    for _ in range(count):
        content[rng.randrange(len(content))] = rng.randrange(256)
    if rng.random() < 0.3:
        del content[rng.randrange(len(content)) :]
    settled(read(bytes(content), suffix))


def edited(part: bytes, rng: random.Random) -> bytes:
    """A part of a package with one thing wrong in it."""
    spans = [found.span(1) for found in re.finditer(rb'="([^"]{0,60})"', part)] or [(0, 0)]
    start, end = rng.choice(spans)
    cut = sorted(rng.randrange(len(part) + 1) for _ in range(2))
    return rng.choice(
        [
            part[:start] + rng.choice(NUMBERS).encode() + part[end:],
            part[: cut[0]] + part[cut[1] :],
            part[: cut[1]] + part[cut[0] :],
            part.replace(b"<", b"&lt;", 1),
            part.replace(b"UTF-8", b"UTF-16", 1),
            b"",
        ]
    )


@given(st.sampled_from(("xlsx", "ods")), st.integers(0, 2**32))
@settings(max_examples=30)
def test_edited_parts_end_read_or_refused(rosters: dict[str, bytes], read: Callable[..., ReadResult], suffix: str, seed: int) -> None:
    rng = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(rosters[suffix])) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for _ in range(rng.randrange(1, 4)):
        one, two = rng.choices(sorted(parts), k=2)
        if rng.random() < 0.25:
            parts[one], parts[two] = parts[two], parts[one]
        else:
            parts[one] = edited(parts[one], rng)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as book:
        for name in rng.sample(sorted(parts), len(parts)):
            book.writestr(name, parts[name])
    settled(read(made.getvalue(), suffix))


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("0123456789年月日./-年 级技师无工程高副正、(（）)%:：#=", max_size=30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.dates(),
)


OF_A_PERSON = st.dictionaries(st.sampled_from([header for header in CLEAN if header not in ("姓名", "身份证号")]), CELLS, max_size=6)


@given(st.lists(OF_A_PERSON, min_size=1, max_size=5), st.data())
@settings(max_examples=12)
def test_whatever_its_cells_hold_a_named_person_is_evaluated(
    tmp_path_factory: pytest.TempPathFactory, persons: list[dict[str, object]], data: st.DataObject
) -> None:
    header = data.draw(st.sampled_from(["", "备注", "技能等级", "2025年度考核"]) | st.text(max_size=20))
    path = tmp_path_factory.mktemp("cells") / "甲.xlsx"
    more = {header: data.draw(CELLS)} if header not in CLEAN and not re.search(r"[\ud800-\udfff]", header) else {}
    named = [CLEAN | {"姓名": f"李示例{number}", "身份证号": ""} | cells | more for number, cells in enumerate(persons)]
    found = audited_file(people(path, CLEAN, *named))
    assert found.people["bucket"].tolist() == ["evaluated"] * (1 + len(persons))
    assert found.named()["张示例"]["s2t-engineer"][0] in ("eligible", "unverified", "ineligible", "not_yet", "held")
