"""The reading by which an audit's output was made, how the program takes cells and the law; and what is read otherwise since each."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from guantong.rules.policy.load import Policy, known_policies, load

READING = 2  # raised where the same roster, day and policy would be read otherwise; docs/CHANGING.md says when and how
# What is read otherwise since each, in the words of who compares two audits; an output that names none is of the first.
READINGS = {
    1: "每人每方向只看一个等级（职称）；未填的低等级取得时间按较高等级的取得时间计",
    2: "每人的各项证书逐一对照；未填的低等级取得时间为不明；已填而无法识别的为待核实；另一栏或备注与证书、在岗状态不符的为待核实；荣誉分所列、不能确定、不是三类；考核、所在地的读法有增改",
}
assert list(READINGS) == list(range(1, READING + 1))


def describe_reading(number: int) -> str:
    return f"第{number}版读法"


def describe_changes(one: int, other: int) -> str:
    """What is read otherwise between two readings."""
    first, last = sorted((one, other))
    return "；".join(f"{describe_reading(number)}：{READINGS[number]}" for number in range(first + 1, last + 1))


def is_of_the_program(one: Policy, other: Policy) -> bool:
    """Whether two policies are one and the same as the program has brought it at different times: what differs is how it reads the law."""
    name = one.id
    if name != other.id or name not in known_policies():
        return False
    brought = {load(name).sha256, *(sha256 for policy, sha256 in _earlier_policies() if policy == name)}
    return {one.sha256, other.sha256} <= brought


@cache
def _earlier_policies() -> list[tuple[str, str]]:
    """(policy, sha256) of each file that an earlier program has brought."""
    text = files("guantong.rules").joinpath("data", "earlier_policies.csv").read_text("utf-8")
    return [(row["policy"], row["sha256"]) for row in csv.DictReader(text.splitlines())]
