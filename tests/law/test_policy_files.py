"""Whatever stands in a policy file, it is loaded, or refused with the file's name; nothing of it is carried out."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guantong.rules.evaluation.stored_audit import evaluate_again, open_audits, open_tables
from guantong.rules.policy import yaml_text
from guantong.rules.policy.load import Policy, PolicyError, known_policies, load, parse
from guantong.rules.rulebook import as_text, rulebook
from guantong.rules.sensitivity import weights
from guantong.rules.what_if import edit_policy
from tests.support.inprocess import AS_OF, store_audit
from tests.support.workbooks import CLEAN, people

TEXT = known_policies()["liaoning-2019-2"].read_text(encoding="utf-8")
LAUGHS = "a0: &a0 [哈, 哈]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
HEAD, LINES = "# a policy\n", TEXT.count("\n")
# What is written, behind the policy or in its place, and the line that the refusal names (None: none).
REFUSED = {
    "a bomb of aliases": (HEAD + LAUGHS, 2),
    "maps that hold themselves": (HEAD + "a: &a\n  b: *a\n", 2),
    "merges that hold themselves": (HEAD + "a: &a\n  <<: *a\n", 2),
    "a merge": (TEXT + "<<: {title: 甲}\n", LINES + 1),
    "a tag": (TEXT + "code: !!python/object/apply:os.system ['true']\n", LINES + 1),
    "a tag of its own": (TEXT + "code: !甲 乙\n", LINES + 1),
    "a version of YAML": ("%YAML 1.1\n---\n" + TEXT, 2),
    "a version of many digits": (f"%YAML {'9' * 5000}.1\n---\n" + TEXT, 1),
    "two policies": (TEXT + "---\n" + TEXT, LINES + 1),
    "a number of 5,000 digits": (TEXT.replace("years: 4\n", f"years: {'4' * 5000}\n", 1), "years: 4\n"),
    "a number in eights": (TEXT.replace("years: 4\n", "years: 010\n", 1), "years: 4\n"),
    "a day that is none": (TEXT.replace("issued: 2019-08-21", "issued: 2019-02-30"), "issued:"),
    "a day in one number": (TEXT.replace("issued: 2019-08-21", "issued: 20190821"), "issued:"),
    "a day without end": (TEXT.replace("issued: 2019-08-21", "issued: 9999-99-99"), "issued:"),
    "a day of another world": (TEXT.replace("issued: 2019-08-21", "issued: 0001-01-01"), "issued:"),
    "a time of day": (TEXT.replace("issued: 2019-08-21", "issued: 2019-08-21T00:00:00+08:00"), "issued:"),
    "deep brackets": (HEAD + "a: " + "[" * 100_000, 2),
    "deep braces": (HEAD + "a: " + "{" * 100_000, 2),
    "deep dashes": (HEAD + "- " * 100_000, 2),
    "deep lines": (HEAD + "".join(f"{' ' * n}a:\n" for n in range(500)), 12),
    "many words": (HEAD + "".join(f"a{n}: b\n" for n in range(20_000)), 3001),
    "a key that is a list": (TEXT + "[1, 2]: 3\n", LINES + 1),
    "a key that is a map": (TEXT + "{a: b}: 3\n", LINES + 1),
    "an endless number of years": (TEXT.replace("years: 4\n", "years: .inf\n", 1), "years: 4\n"),
    "yes for a bool": (TEXT.replace("exactly: true", "exactly: yes"), "exactly: true"),
    "true for a word": (TEXT.replace("status: 试行", "status: true"), "status: 试行"),
    "a character that is none": (TEXT.replace("status: 试行", 'status: "\\U11111111"'), "status: 试行"),
    "half a character": (TEXT.replace("status: 试行", 'status: "\\ud800"'), "status: 试行"),
    "an escape of terminals": (TEXT.replace("status: 试行", 'status: "\\e[31m"'), "status: 试行"),
    "words turned round": (TEXT.replace("status: 试行", "status: 试\u202e行"), "status: 试行"),
    "a NUL": (TEXT.replace("status: 试行", "status: 试\0行"), "status: 试行"),
    "two lines for one": (TEXT.replace("status: 试行", 'status: "试\\n行"'), "status: 试行"),
    "a formula": (TEXT.replace("status: 试行", "status: '=1+1'"), "status: 试行"),
    "a formula in full width": (TEXT.replace("status: 试行", "status: ＝1+1"), "status: 试行"),
    "a status without end": (TEXT.replace("status: 试行", f"status: {'试' * 50_000}"), "status: 试行"),
    "an id that leaves its folder": (TEXT.replace("id: liaoning-2019-2", "id: ../../x"), "id: liaoning"),
    "a route's id with a quote": (TEXT.replace("id: s2t-senior\n", "id: s2t'senior\n"), "id: s2t-senior\n"),
    "a route's id with a line's end": (TEXT.replace("id: s2t-senior\n", 'id: "s2t\\n"\n'), "id: s2t-senior\n"),
    "a level that none has": (TEXT.replace("of: {高级工: 助理工程师", "of: {\"高级工' OR 1\": 助理工程师"), "of: {高级工: 助"),
    "a title of SQL": (TEXT.replace("of: {高级工: 助理工程师", "of: {高级工: \"' || (SELECT 1) || '\""), "of: {高级工: 助"),
    "a class that none has": (TEXT.replace("of: {中级工班:", "of: {中级工班的:"), "of: {中级工班:"),
    "a degree that none has": (TEXT.replace("中级工班: 中专", "中级工班: 大仙"), "of: {中级工班:"),
    "a list of honours too many": (TEXT.replace("honours:\n  1:", "honours:\n  64: [中华技能大奖]\n  1:"), "  1: [中华"),
    "honours for a level": (TEXT.replace("needs: {title: 助理工程师}\n    years: 0", "needs: {title: 助理工程师, honours: 1}\n    years: 0"), "needs: {title: 助理工程师}\n    years: 0"),
    "no title for skilled workers": (TEXT.replace("needs: {skill: 技师}", "needs: {skill: 技师, or_no_title: true}"), "direction: skill-to-title\n    needs: {skill: 技师}"),
    "what is not checked, by a clause that is none": (TEXT.replace("生产操作规程, clause: 三（一）}", "生产操作规程, clause: 三（九）}"), "    - {what: 遵守单位"),
    "a relation for skilled workers": (TEXT.replace("years: 4\n", "years: 4\n    relation: true\n", 1), "direction: skill-to-title\n    needs: {skill: 高级技师}"),
    "no route": (TEXT[: TEXT.index("routes:\n")] + "routes: []\n", TEXT[: TEXT.index("routes:\n")].count("\n") + 1),
    "nothing": ("", None), "null": ("null\n", None), "a list": ("- a\n- b\n", None), "a word": ("policy", None),
    "too much": ("#" * 300_000, None),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_policy_needs_is_refused_with_its_line(what: str, tmp_path: Path) -> None:
    text, where = REFUSED[what]
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load(str(path))
    line = TEXT[: TEXT.index(where)].count("\n") + 1 if isinstance(where, str) else where
    assert "mine.yaml" in str(refused.value)
    assert line is None or f"第{line}行" in str(refused.value), (line, str(refused.value))
    assert len(str(refused.value)) < 4000


BYTES = {
    "another code": TEXT.encode("gb18030"),
    "UTF-16": TEXT.encode("utf-16"),
    "a picture": b"\x89PNG\r\n\x1a\n\0\0",
    "NULs": b"\0" * 999,
}


@pytest.mark.parametrize("what", BYTES)
def test_what_is_no_text_is_refused(what: str) -> None:
    with pytest.raises(PolicyError, match="mine.yaml"):
        parse(BYTES[what], "mine.yaml")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "huge.yaml").touch()
    os.truncate(tmp_path / "huge.yaml", 200_000_000)
    for path in (tmp_path / "pipe.yaml", tmp_path / "huge.yaml", tmp_path, Path("/dev/zero"), "a\0b", "x" * 5000):
        with pytest.raises(PolicyError):
            load(str(path))


def test_a_text_of_a_windows_editor_is_a_policy() -> None:
    assert parse(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(), "mine.yaml").document == load("liaoning-2019-2").document


@pytest.mark.parametrize("policy", known_policies())
def test_data_written_is_read_as_the_same(policy: str) -> None:
    data = yaml_text.read(load(policy).raw)
    assert yaml_text.read_text(yaml_text.as_yaml(data)) == data


@pytest.mark.parametrize(
    "change",
    [
        f"s2t-engineer.years={'2' * 5000}", "s2t-engineer.years=2'; DROP TABLE verdicts; --", "floor=技师' OR '1' = '1", "floor=" + "[" * 5000,
        "passing_grades=[\"优秀'] || (SELECT 1) || ['\"]", "s2t-engineer.refers_to=\x1b[31m红", "s2t-engineer.target=&a [*a]", "floor=2019-02-30",
        "s2t-engineer.conditions=!!python/name:os.system", "s2t-engineer'.years=2", "unknown.post={a: b}", "s2t-engineer.years=\0", "\x1b[31m=1",
    ],
)  # fmt: skip
def test_a_change_that_is_no_change_is_refused(change: str) -> None:
    with pytest.raises(PolicyError) as refused:
        edit_policy(load("liaoning-2019-2"), [change])
    assert "\x1b" not in str(refused.value) and len(str(refused.value)) < 4000


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audit of a few people, to judge again."""
    folder = tmp_path_factory.mktemp("done")
    (folder / "in").mkdir()
    levels = ("三级/高级工", "二级/技师", "一级/高级技师")
    people(
        folder / "in" / "甲.xlsx",
        *(CLEAN | {"技能等级": level, "荣誉称号": "全国技术能手"} for level in levels),
        CLEAN | {"职称": "工程师", "技能等级": ""},
    )
    store_audit(folder / "in", folder, load("liaoning-2019-2"))
    return folder


def used(policy: Policy, done: Path) -> None:
    """Use a policy for all that policies are used for."""
    as_text(policy)
    rulebook(policy, AS_OF)
    with open_audits(done) as con:
        open_tables(con, done)
        weights(con, policy, dt.date(2020, 2, 29))
        evaluate_again(con, policy, AS_OF)
        con.execute("SELECT * FROM verdict_words").fetchall()
    assert not Path("canary").exists()


TOKENS = [
    "'", '"', "\\", "{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!", "<<: ", "\n", "  ", "#", "|", ">", "%", "null", "true", "0", "-1", "99999999999",
    "2019-02-30", "'; COPY (SELECT 1) TO 'canary'; --", "{route_no}", "{in_play}", "$in_force", "next", "title-to-skill", "技师", "工程师", "honours: 1",
    "\0", "\x85", "\u2028", "\ud7ff", "é", "；", "一", "?", "~", "@", "`", "=", ".inf", "1e9", "0x10", "yes",
]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.dates() | st.text(max_size=8) | st.sampled_from(TOKENS)
TREES = st.recursive(
    LEAVES, lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=6) | st.integers(), some, max_size=4)
)


def loaded(raw: bytes) -> Policy | None:
    try:
        return parse(raw, "mine.yaml")
    except PolicyError as error:
        assert "mine.yaml" in str(error)
        return None


FEW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(FEW, max_examples=100)
@given(
    st.sampled_from(sorted(known_policies())),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS)), min_size=1, max_size=3),
)
def test_a_policy_with_anything_put_into_it_is_loaded_or_refused(done: Path, name: str, changes: list[tuple[float, int, str]]) -> None:
    text = known_policies()[name].read_text(encoding="utf-8")
    for at, gone, put in changes:
        begin = int(at * len(text))
        text = text[:begin] + put + text[begin + gone :]
    if policy := loaded(text.encode("utf-8", "surrogatepass")):
        used(policy, done)


def paths_of(data: object, path: tuple = ()) -> list[tuple]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in items for found in paths_of(value, (*path, key)))]


@settings(FEW, max_examples=100)
@given(st.data())
def test_a_policy_with_another_value_anywhere_is_loaded_or_refused(done: Path, data: st.DataObject) -> None:
    tree = yaml_text.read(load(data.draw(st.sampled_from(sorted(known_policies())))).raw)
    values = [at for at in paths_of(tree) if at]
    for *way, last in data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=3)):
        inner = tree
        for part in way:
            inner = inner[part] if isinstance(inner, dict | list) and not isinstance(inner, str) and _has(inner, part) else None
        if isinstance(inner, dict | list) and _has(inner, last):
            inner[last] = data.draw(
                TREES | st.sampled_from([0, 1, 60, True, False, None, [], {}, "next", "技师", "工程师", "title-to-skill"])
            )
    if policy := loaded(yaml_text.as_yaml(tree).encode("utf-8", "surrogatepass")):
        used(policy, done)


def _has(inner: dict | list, part: object) -> bool:
    return part in inner if isinstance(inner, dict) else isinstance(part, int) and part < len(inner)


@settings(FEW, max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_at_all_is_refused(raw: bytes) -> None:
    assert loaded(raw) is None


def test_what_is_changed_in_the_data_of_a_file_is_changed_for_nobody_else() -> None:
    raw = load("liaoning-2019-2").raw
    changed = yaml_text.read(raw)
    changed["routes"].clear()
    assert len(yaml_text.read(raw)["routes"]) == len(load("liaoning-2019-2").document.routes) > 0
