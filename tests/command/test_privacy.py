"""No ID number leaves the audit but in returned/, the enterprise's own file; and no text of a roster runs as a formula."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit
from tests.support.workbooks import CLEAN, id_number, people

SECRET = "张保密甲"
FORMULAS = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '=HYPERLINK("x","y")')
_ID = re.compile(r"(?=(\d{17}[\dX]))")


def careless(number: str) -> list[dict[str, object]]:
    """People whose ID number stands where it does not belong."""
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    wide = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    return [
        CLEAN | {"姓名": f"李样本{number}", "身份证号": ""},
        CLEAN | {"姓名": "王试填", "身份证号": number, "岗位名称": f"车工 {number.lower()}", "备注": number},
        CLEAN | {"姓名": "赵虚拟", "身份证号": "", "岗位名称": f"车工{spaced}"},
        CLEAN | {"姓名": "孙演示", "身份证号": "", "荣誉称号": f"辽宁工匠提名 {wide}"},
        CLEAN | {"姓名": "周假设", "身份证号": spaced, "岗位类别": number, "技能证书编号": number, "单位名称": f"示例厂（{number}）"},
        CLEAN | {"姓名": "吴模拟", "身份证号": "", "技能等级取得时间": number, "职称": wide, "2023年度考核": spaced},
    ]


@dataclass
class Done:
    """The audit, the ID numbers that its rosters hold, and the user's state and cache folders."""

    audit: Audit
    numbers: set[str]
    state: Path
    cache: Path

    def outputs(self) -> list[Path]:
        return [path for path in self.audit.out.rglob("*") if path.is_file() and path.relative_to(self.audit.out).parts[0] != "returned"]


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], own_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One audit that starts its own Prefect server, as for a user who has none."""
    folder = tmp_path_factory.mktemp("private")
    truths = write_rosters(folder / "made", 120, 4, seed=31, formats=("xlsx", "xls", "ods"))
    numbers = {truth["clean"]["身份证号"].upper() for truth in truths} | {id_number(1), id_number(3), CLEAN["身份证号"]}
    people(folder / "careless.xlsx", *careless(id_number(1)))
    people(folder / "secret.xlsx", CLEAN | {"姓名": SECRET, "身份证号": id_number(3), "技能等级": "六级"})
    injected = [CLEAN | {"姓名": text, "单位名称": text, "岗位名称": text, "岗位类别": text, "身份证号": ""} for text in FORMULAS]
    people(folder / "injected.xlsx", *injected)
    environment = own_environment | {"XDG_STATE_HOME": str(folder.parent / "state"), "GUANTONG_CACHE": str(folder.parent / "cache")}
    return Done(
        audit(folder, environment=environment),
        {number for number in numbers if len(number) == 18},
        Path(environment["XDG_STATE_HOME"]),
        Path(environment["GUANTONG_CACHE"]),
    )


def text_of(path: Path) -> str:
    """All the text of an output: a workbook's parts, a table's cells, a page as it is."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return path.read_text(encoding="utf-8")


def numbers_in(text: str) -> set[str]:
    """Whatever in a text may be read as an ID number: in any width and case, blanks in it or not."""
    return set(_ID.findall(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()))


def test_the_rosters_hold_id_numbers_and_the_audit_reads_them(done: Done) -> None:
    assert len(done.numbers) > 100
    assert done.audit.status == 0
    assert done.audit.persons["person_key"].nunique() > 90


def test_no_output_holds_an_id_number(done: Done) -> None:
    leaks = {path.name: found for path in done.outputs() if (found := numbers_in(text_of(path)) & done.numbers)}
    assert leaks == {}


def test_no_file_name_or_screen_shows_an_id_number_or_a_name(done: Done) -> None:
    names = "\n".join(str(path) for path in done.audit.out.rglob("*"))
    assert not numbers_in(names) & done.numbers
    screen = done.audit.stdout + done.audit.stderr
    assert not numbers_in(screen) & done.numbers
    assert SECRET not in screen


def test_prefect_keeps_neither_an_id_number_nor_a_name(done: Done) -> None:
    kept = [path for path in (done.state / "guantong" / "prefect").rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in kept)
    for path in kept:
        held = path.read_bytes()
        assert b"guantong-audit" in held or path.name != "prefect.db"
        assert not [number for number in done.numbers if number.encode() in held], path.name
        assert SECRET.encode() not in held and json.dumps(SECRET)[1:-1].encode() not in held, path.name


def test_a_person_key_is_no_plain_hash_of_the_number(done: Done) -> None:
    keys = set(done.audit.persons["person_key"].dropna())
    assert len(keys) > 90
    hashes = ("md5", "sha1", "sha256", "blake2b", "blake2s")
    assert not keys & {hashlib.new(name, number.encode()).hexdigest()[:32] for name in hashes for number in done.numbers}
    assert not keys & {hashlib.blake2b(number.encode(), digest_size=16).hexdigest() for number in done.numbers}


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")
def test_the_key_and_the_output_are_their_owners_alone(done: Done) -> None:
    kept = [done.state / "guantong" / "key", done.audit.out, *done.audit.out.rglob("*"), done.cache, *done.cache.rglob("*")]
    assert sum(path.suffix == ".parquet" for path in kept) > 10
    assert not [path.name for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_what_is_kept_for_the_next_audit_is_named_by_hashes_alone(done: Done) -> None:
    names = {path.relative_to(done.cache).as_posix() for path in done.cache.rglob("*") if path.is_file()}
    assert any(name.startswith("reports/") for name in names)
    own = re.compile(
        r"packs/[0-9a-f-]+/[0-9a-f]+/(rows|assessments|honours|columns|findings|files)\.parquet|packs/[0-9a-f-]+/[0-9a-f]+/pack\.json"
    )
    assert not [name for name in names if not own.fullmatch(name) and not re.fullmatch(r"reports/[0-9a-f]{16}/[0-9a-f]{40}", name)]


def test_no_text_of_a_roster_is_a_formula(done: Done) -> None:
    books = list(done.audit.out.rglob("*.xlsx"))
    assert {path.relative_to(done.audit.out).parts[0] for path in books} == {"units", "returned", "bureau"}
    shown = set()
    for path in books:
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (path.name, cell.coordinate)
                    shown.add(cell.value)
    assert set(FORMULAS) <= shown
    assert not [path.name for path in books if re.search(r"<f[ >]", text_of(path))]


def test_returned_copies_keep_the_enterprises_own_numbers(done: Done) -> None:
    (copy,) = [path for path in (done.audit.out / "returned").iterdir() if path.name.startswith("secret")]
    assert id_number(3) in {cell.value for row in openpyxl.load_workbook(copy)["花名册"] for cell in row}


def test_the_page_is_whole_in_itself(done: Done) -> None:
    page = (done.audit.out / "bureau" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
