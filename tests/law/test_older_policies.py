"""A policy file that a bureau wrote for an older program is no unclear one: what it lacks is as the program has it, and is told."""

from __future__ import annotations

import json

import pytest

from guantong.rules.policy import yaml_text
from guantong.rules.policy.defaults import BY_DEFAULT
from guantong.rules.policy.load import Policy, PolicyError, known_policies, load, parse
from guantong.rules.rulebook import as_text, by_default_in_words, rulebook, settings
from guantong.rules.what_if import alternatives, differences, edit_policy
from tests.support.inprocess import AS_OF

LATER = (
    "undated_lower_level", "year_counting", "last_year_ungraded", "short_service", "current_post_assessments", "out_of_service",
    "management_post_on_frontline", "higher_honour_serves", "promotion_without_title", "nothing_known_before",
)  # fmt: skip
LATER_CONDITIONS = ("credential", "honour", "area")


def written_before(name: str = "liaoning-2019-2") -> dict:
    """The data of a policy file as it was before there were these settings and conditions."""
    data = yaml_text.read(load(name).raw)
    for setting in LATER:
        del data["settings"][setting]
    for condition in LATER_CONDITIONS:
        del data["conditions"][condition]
    for route in data["routes"]:
        route["conditions"] = [one for one in route["conditions"] if one not in LATER_CONDITIONS]
    data.pop("area", None)
    return data


def loaded(data: dict) -> Policy:
    return parse(yaml_text.as_yaml(data).encode(), "本市.yaml")


@pytest.mark.parametrize("name", known_policies())
def test_a_file_written_before_is_read_with_the_readings_of_the_program(name: str) -> None:
    policy, shipped = loaded(written_before(name)), load(name)
    for setting in LATER:
        own, later = shipped.document.settings[setting], policy.document.settings[setting]
        assert (later.default, later.alternatives) == (own.default, own.alternatives) and later.clause == BY_DEFAULT
    for condition in LATER_CONDITIONS:
        assert policy.document.conditions[condition].unknown == shipped.document.conditions[condition].unknown
    assert policy.by_default == (*LATER, *(f"unknown.{condition}" for condition in LATER_CONDITIONS))
    assert shipped.by_default == () and by_default_in_words(shipped) is None


def test_no_file_does_without_certainty_of_what_puts_a_route_in_play() -> None:
    for route in loaded(written_before()).document.routes:
        assert route.conditions[0] == ("honour" if route.needs.honours else "credential") and "area" not in route.conditions


def test_what_a_file_does_not_say_is_told_by_name_and_value() -> None:
    policy = loaded(written_before())
    told = by_default_in_words(policy)
    assert told is not None and "本市.yaml" in told and "13 项" in told and "满N年的算法＝满对应日" in told
    assert told in as_text(policy)
    assert rulebook(policy, AS_OF)["settings_by_default"] == list(policy.by_default)
    assert {item["clause"] for item in settings(policy) if item["name"] in policy.by_default} == {BY_DEFAULT}


def test_a_reading_that_stood_among_those_of_awards_counts_for_both_kinds_of_audit() -> None:
    data = written_before()
    data["retrospective"]["nothing_known_before"] = {
        "default": "unknown",
        "value": "none",
        "alternatives": ["none"],
        "clause": "四（一）",
        "reason": "本市从严",
    }
    policy = loaded(data)
    assert policy.choice("nothing_known_before") == "none" and "nothing_known_before" not in policy.by_default
    assert policy.document.settings["nothing_known_before"].clause == "四（一）"


def test_a_wrong_value_is_told_with_its_line_wherever_it_stood() -> None:
    text = load("liaoning-2019-2").raw.decode()
    moved = "  nothing_known_before:\n    default: perhaps\n    clause: 四（一）\n    reason: 无\n"
    begin = text.index("  nothing_known_before:\n")
    without = text[:begin] + text[text.index("\n# Only a retrospective audit", begin) :]
    text = without.replace("retrospective:\n", "retrospective:\n" + moved)
    line = text[: text.index("default: perhaps")].count("\n") + 1
    with pytest.raises(PolicyError, match=f"第{line}行.*perhaps"):
        parse(text.encode(), "本市.yaml")


@pytest.mark.parametrize("setting", ["assessment_years", "partial_dates", "higher_level_serves"])
def test_a_setting_that_every_file_has_had_is_not_supplied(setting: str) -> None:
    data = written_before()
    del data["settings"][setting]
    with pytest.raises(PolicyError, match=setting):
        loaded(data)


@pytest.mark.parametrize("condition", ["post", "tenure"])
def test_a_condition_that_every_file_has_had_is_not_supplied(condition: str) -> None:
    data = written_before()
    del data["conditions"][condition]
    with pytest.raises(PolicyError, match=condition):
        loaded(data)


def test_what_such_a_file_does_not_say_may_be_said_for_a_trial() -> None:
    policy = loaded(written_before())
    tried = edit_policy(policy, ["year_counting=calendar_year", "unknown.credential=review"])
    assert tried.choice("year_counting") == "calendar_year" and tried.document.conditions["credential"].unknown == "review"
    assert set(policy.by_default) - set(tried.by_default) == {"year_counting", "unknown.credential"}
    changed = {what for what, *_ in differences(policy, tried)}
    assert changed == {"口径 满N年的算法（year_counting）", "口径 “达到所需等级（职称）”不明时（unknown.credential）"}
    assert edit_policy(tried, ["floor=技师"]).by_default == tried.by_default


def test_every_alternative_of_what_a_file_does_not_say_is_weighed_too() -> None:
    assert {name for name, _ in alternatives(loaded(written_before()))} == {name for name, _ in alternatives(load("liaoning-2019-2"))}


def test_the_mark_of_a_default_is_no_clause_for_what_every_file_has_to_say() -> None:
    data = yaml_text.read(load("liaoning-2019-2").raw)
    data["settings"]["assessment_years"]["clause"] = BY_DEFAULT
    with pytest.raises(PolicyError, match=BY_DEFAULT):
        loaded(data)


def test_of_several_policies_each_names_what_it_does_not_say() -> None:
    from guantong.rules.policy.by_day import succession

    old = loaded(written_before("mohrss-2018-74"))
    both = succession([load("liaoning-2019-2"), old])
    book = json.loads(json.dumps(rulebook(both, None, {"column": "取得时间", "first": None, "last": None})))
    assert book["settings_by_default"] == [f"mohrss-2018-74/{name}" for name in old.by_default]
