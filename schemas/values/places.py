"""Places as rosters write them: the prefecture-level names of GB/T 2260, and the province in which each lies. They are data: schemas/data/places.csv."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from guantong.schemas import catalogue
from guantong.schemas.text import norm

HOME_PROVINCE = "辽宁省"  # whose honours and enterprises the regulation is about
_KIND = re.compile(r"(市|盟|地区)$")
_PROVINCE = re.compile(r"(省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)$")
_BETWEEN = r"[/\\>·,、:\-—_|]*"
# What may follow a place: a district or county of it with an address behind, or that the unit is the city's own.
_DISTRICT = re.compile(r"\(?[一-鿿]{1,11}?(区|县|旗|市|镇|乡|街道|新城)[^,、;/和与及]*")
_SHORT_DISTRICT = re.compile(r"\(?[一-鿿]{1,10}(区|县|旗|市)\)?")
_ITS_OWN = re.compile(r"\(?市?(本级|直|直属|属|辖区|市区|城区|区|内)(单位|企业)?\)?")
# Words that make of a district's name another matter: 沈阳市以外地区, 大连市等地区.
_NOT_THERE = re.compile(r"以外|除外|外[省市地]|其他|其它|^\(?(非|驻|原|拟|曾|不|待|等|及|与|或|各|和(?!平)|调|迁)")


def find_place(cell: object) -> tuple[str, str | None] | None:
    """The (place, province) that a cell names, with or without 市, a province before it or a district behind it; None where it names none or several."""
    shown = norm(cell).strip("\"'“”‘’。;").removeprefix("中国")
    if (place := _within(shown)) is not None:
        return place, provinces()[place]
    for form, province in _province_forms().items():
        if shown.startswith(form):
            rest = re.sub(f"^{_BETWEEN}", "", shown[len(form) :])
            place = _within(rest)
            if place is not None and provinces()[place] == province:
                return place, province
    return None


def place_of_code(unit_code: str) -> str | None:
    """The place of the authority with which a unit is registered, by digits 3 to 8 of its credit code; None where these name a whole province."""
    division = unit_code[2:8]
    return next(filter(None, map(_divisions().get, (division, f"{division[:4]}00", f"{division[:2]}0000"))), None)


@cache
def _divisions() -> dict[str, str]:
    """Code of GB/T 2260 → place."""
    return {row["code"]: row["place"] for row in catalogue.rows("places") if row["code"]}


@cache
def provinces() -> dict[str, str | None]:
    """Place → its province; None of 省直, which every province has."""
    return {row["place"]: row["province"] or None for row in catalogue.rows("places")}


@lru_cache(4096)
def _within(shown: str) -> str | None:
    """The place that a text is, or begins with where the rest is a part of it."""
    if (place := _forms().get(shown)) is not None:
        return place
    for size in range(min(len(shown) - 1, max(map(len, _forms()))), 1, -1):
        form = shown[:size]
        if (place := _forms().get(form)) is None:
            continue
        rest = re.sub(f"^{_BETWEEN}", "", shown[size:])
        whole = form.endswith(("市", "州", "盟", "地区"))
        told = (_DISTRICT if whole else _SHORT_DISTRICT).fullmatch(rest) or (whole and _ITS_OWN.fullmatch(rest))
        return place if told and not _NOT_THERE.search(rest) and not _names_place(rest) else None
    return None


def _names_place(rest: str) -> bool:
    return any(place in rest for place in provinces() if place not in ("省直",))


@cache
def _forms() -> dict[str, str]:
    """Normalised spelling → place."""
    rows = catalogue.rows("places")
    whole = {norm(name): row["place"] for row in rows for name in (row["place"], *row["also"].split("|")) if name}
    short = {_KIND.sub("", name): place for name, place in whole.items()} | {
        name.removesuffix("州"): place for name, place in whole.items() if name.endswith("州") and not name.endswith("自治州")
    }
    named = {
        form: place for form, place in short.items() if len(form) > 1 and form not in _province_forms().keys() - {"吉林"} - _municipal()
    }
    return named | whole | catalogue.vocabulary("city")


@cache
def _municipal() -> set[str]:
    return {_KIND.sub("", place) for place, province in provinces().items() if place == province}


@cache
def _province_forms() -> dict[str, str]:
    """Spelling → province, the longer first: 辽宁省, 辽宁; 内蒙古自治区, 内蒙古."""
    names = dict.fromkeys(filter(None, provinces().values()))
    forms = {name: name for name in names} | {_PROVINCE.sub("", name): name for name in names}
    return dict(sorted(forms.items(), key=lambda item: -len(item[0])))


def foreign_to(province: str, text: str) -> bool:
    """Whether a text names another province, or a place in one."""
    return any(name in text for name in _foreign_names(province))


@cache
def _foreign_names(province: str) -> tuple[str, ...]:
    """The names of other provinces and of the places in them, of two characters or more."""
    others = [form for form, name in _province_forms().items() if name != province]
    places = [form for form, place in _forms().items() if provinces()[place] not in (province, None)]
    return tuple(dict.fromkeys([*others, *places]))
