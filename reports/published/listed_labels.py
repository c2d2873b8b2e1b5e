"""The labels that a published table may bear: words of lists that anybody can look up (data/*.csv), never a roster's own.

cities: GB/T 2260, prefectures and what stands beside them. occupations: 职业分类大典 (2022), the occupations of groups 1 to 6, and 钳工 of the
national skill standards. industries: GB/T 4754-2017, sections and divisions. ``also`` has other names of the same: older ones, 工种.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from guantong.reports import wording
from guantong.schemas import catalogue
from guantong.schemas.text import norm, without_brackets

OTHERS = "其他"
FIXED = ("sex", "age_band", "education")  # columns of a few words of our own, each of which always has its row
_LISTS = {"city": "cities", "occupation": "occupations", "industry": "industries"}
_BEFORE = re.compile(r"^[A-Z]?[\d.\-]*(?=[^\d])")  # 6-18-01-01 车工, C34 通用设备制造业
_CITY = re.compile(r"(市|盟|地区)$")


def listed_label(column: str, text: str | None) -> str:
    """The listed word that a cell of this column of audit_data.COUNTED_PEOPLE is; wording.BLANK where it is empty, OTHERS where it is no such word."""
    if not text:
        return wording.BLANK
    known, said = _known(column), norm(text)
    forms = (said, without_brackets(said), _BEFORE.sub("", said), _BEFORE.sub("", without_brackets(said)))
    return next((known[form] for form in forms if form in known), OTHERS)


@cache
def label_order(column: str) -> tuple[str, ...]:
    """All labels of a column, in the order of its list; then wording.BLANK, OTHERS."""
    words = fixed_labels(column) if column in FIXED else dict.fromkeys(_known(column).values())
    return (*words, wording.BLANK, OTHERS)


def fixed_labels(column: str) -> tuple[str, ...]:
    """The words of a column of FIXED, in their order."""
    if column == "sex":
        return tuple(dict.fromkeys(catalogue.vocabulary("sex").values()))
    name, field = {"age_band": ("age_bands", "band"), "education": ("education_levels", "level")}[column]
    return tuple(dict.fromkeys(row[field] for row in catalogue.rows(name)))


@cache
def _known(column: str) -> dict[str, str]:
    """{the form in which a word is looked up: the word as it is printed}."""
    if column in FIXED:
        return {norm(word): word for word in fixed_labels(column)}
    listed = [(row["name"], row["also"].split("|")) for row in _rows(_LISTS[column])]
    if column == "city":
        # also 省直, 沈抚示范区, which no standard has
        listed += [(city, []) for city in dict.fromkeys(catalogue.vocabulary("city").values())]
        listed = [(name, [*also, _CITY.sub("", name)]) for name, also in listed]
    words = {norm(other): name for name, others in listed for other in others if other}
    return {norm(name): name for name, _ in listed} | words | {norm(name): name for name, _ in listed}


def _rows(name: str) -> list[dict[str, str]]:
    with files("guantong.reports.published").joinpath("data", f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
