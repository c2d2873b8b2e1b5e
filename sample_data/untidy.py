"""One officer's hand: how clean values are written in cells without a change of meaning, and damage, which changes it.

A cell is str, int, float, datetime.date (a real Excel date) or None. The spellings are data, in spellings.py.
"""

import re
from collections.abc import Callable
from datetime import date
from random import Random

from guantong.sample_data import spellings

UNKNOWN = "<unknown>"  # the truth of a cell that is filled and unreadable
Cell = str | int | float | date | None

_WIDE = str.maketrans("0123456789X.-/", "０１２３４５６７８９Ｘ．－／")
_CHINESE = "〇一二三四五六七八九"
_EPOCH = date(1899, 12, 30)
_SMUDGES = ("{} ", " {}", "{}　", "{}\u200b", "\ufeff{}", "{}\xa0", "{}\n", "　{}", "{}  ", "\u200e{}")


def _small(number: int) -> str:
    """1-31 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _CHINESE[tens] + "十") + (_CHINESE[ones] if ones else "")


def _chinese_year(y: int, zero: str = "〇") -> str:
    return "".join(_CHINESE[int(digit)] for digit in str(y)).replace("〇", zero)


DAY_FORMS: tuple[Callable[[int, int, int], Cell], ...] = (
    lambda y, m, d: f"{y}-{m:02d}-{d:02d}",
    lambda y, m, d: f"{y}.{m:02d}.{d:02d}",
    lambda y, m, d: f"{y}年{m}月{d}日",
    lambda y, m, d: f"{y}{m:02d}{d:02d}",
    lambda y, m, d: y * 10000 + m * 100 + d,
    lambda y, m, d: f"{y}/{m}/{d}",
    lambda y, m, d: date(y, m, d),
    lambda y, m, d: date(y, m, d),
    lambda y, m, d: (date(y, m, d) - _EPOCH).days,
    lambda y, m, d: f"{y}-{m:02d}-{d:02d} 00:00:00",
    lambda y, m, d: f"{_chinese_year(y)}年{_small(m)}月{_small(d)}日",
    lambda y, m, d: f"{y}.{m}.{d}",
    lambda y, m, d: f"{y}-{m}-{d}",
    lambda y, m, d: f"{y}年{m:02d}月{d:02d}日",
    lambda y, m, d: f"{y}.{m:02d}.{d:02d}".translate(_WIDE),
    lambda y, m, d: f"{y} 年 {m} 月 {d} 日",
    lambda y, m, d: f"{y}、{m}、{d}",
    lambda y, m, d: f"{y}/{m:02d}/{d:02d} 0:00",
)
MONTH_FORMS: tuple[Callable[[int, int], Cell], ...] = (
    lambda y, m: f"{y}-{m:02d}",
    lambda y, m: f"{y}.{m:02d}",
    lambda y, m: f"{y}.{m:02d}",
    lambda y, m: f"{y}年{m}月",
    lambda y, m: f"{y}{m:02d}",
    lambda y, m: y * 100 + m,
    lambda y, m: f"{y}/{m}",
    # As a number, October would become 2019.1: then the officer has typed text.
    lambda y, m: float(f"{y}.{m:02d}") if m != 10 else f"{y}.10",
    lambda y, m: f"{_chinese_year(y)}年{_small(m)}月",
    lambda y, m: f"{y}年{m:02d}月",
    lambda y, m: f"{y}.{m}" if m != 1 else f"{y}.01",
    lambda y, m: f"{y}年{m}月份",
    lambda y, m: f"{y}.{m:02d}".translate(_WIDE),
    lambda y, m: f"{_chinese_year(y, '○')}年{_small(m)}月",
    lambda y, m: f"{_chinese_year(y, '零')}年{_small(m)}月",
    lambda y, m: f"{y} 年 {m} 月",
)
YEAR_FORMS: tuple[Callable[[int], Cell], ...] = (
    lambda y: f"{y}",
    lambda y: f"{y}年",
    lambda y: y,
    lambda y: f"{_chinese_year(y)}年",
    lambda y: f"{y}".translate(_WIDE),
)


class Hand:
    """The habits of one officer: a favourite form for each kind of value, and now and then another."""

    def __init__(self, rng: Random, shared_drop_down: bool = False):
        """shared_drop_down: title and skill level are picked from one list (中级/二级)."""
        self._random, self._choice, self._rng = rng.random, rng.choice, rng
        self._shared = shared_drop_down
        self._day, self._month, self._year = rng.choice(DAY_FORMS), rng.choice(MONTH_FORMS), rng.choice(YEAR_FORMS)
        self._constancy = rng.choice((1.0, 0.95, 0.85, 0.6))  # how often a habit is kept
        self._smudging = rng.choice((0.0, 0.01, 0.05))
        self._gap, self._dot = rng.choice(("", "", " ", "　")), rng.choice("··•・．‧")
        self._separator = rng.choice(spellings.HONOUR_SEPARATORS)
        self._numbered = rng.random() < 0.15

    def writer(self, field: str) -> Callable[[str], Cell]:
        """The function that writes a field's clean values."""
        if field == "姓名":
            return self._name
        if field == "身份证号":
            return self._identity
        if field == "荣誉称号":
            return self._honours
        if field == "所在市":
            return self._city
        if is_date(field):
            return self._date
        if field in spellings.SPELLINGS:
            return self._words(field, spellings.SPELLINGS[field])
        return self._text

    def _smudge(self, text: str) -> str:
        """Stray spaces and invisible characters, sometimes."""
        return self._choice(_SMUDGES).format(text) if self._random() < self._smudging else text

    def _text(self, value: str) -> Cell:
        return self._smudge(value) if value else None

    def _words(self, field: str, table: dict) -> Callable[[str], Cell]:
        """A writer for values with listed spellings; its habit is one place in each list."""
        shared = spellings.SHARED_DROP_DOWN.get(field, {}) if self._shared else {}
        plain = self._random() < 0.3
        habit = {value: forms[0] if plain else self._choice(forms) for value, forms in table.items()}
        habit.update(shared)

        def write(value: str) -> Cell:
            if value in shared:
                return shared[value]
            if value not in table:
                return value or None
            cell = habit[value] if value and self._random() < self._constancy else self._choice(table[value])
            return self._smudge(cell) if isinstance(cell, str) and cell else cell

        return write

    def _date(self, value: str) -> Cell:
        if not value:
            return self._choice(spellings.DATE_BLANK)
        keep = self._random() < self._constancy
        if len(value) == 10:
            form = self._day if keep else self._choice(DAY_FORMS)
            cell = form(int(value[:4]), int(value[5:7]), int(value[8:]))
        elif len(value) == 7:
            form = self._month if keep else self._choice(MONTH_FORMS)
            cell = form(int(value[:4]), int(value[5:]))
        else:
            cell = (self._year if keep else self._choice(YEAR_FORMS))(int(value))
        return self._smudge(cell) if isinstance(cell, str) else cell

    def _name(self, value: str) -> Cell:
        if "·" in value:
            return value.replace("·", self._dot)
        return self._smudge(self._gap.join(value) if len(value) == 2 else value)

    def _identity(self, value: str) -> Cell:
        if not value:
            return None
        chance = self._random()
        if chance < 0.95:
            return value
        return self._choice(
            (
                value.lower(),
                f"{value[:6]} {value[6:14]} {value[14:]}",
                value.translate(_WIDE),
                f"'{value}",
                f" {value}",
                f"{value}\t",
                f"{value}\u200b",
                f"{value[:6]} {value[6:]}",
            )
        )

    def _city(self, value: str) -> Cell:
        return self._choice((value, value, value[:-1], f"辽宁省{value}", f"辽宁{value}")) if value else None

    def _honours(self, value: str) -> Cell:
        if not value:
            return self._choice((None, None, None, None, "无", "/", " "))
        written = [self._honour(honour) for honour in value.split("、")]
        if self._numbered and len(written) > 1:
            return "\n".join(f"{place}.{honour}" for place, honour in enumerate(written, 1))
        return self._smudge(self._separator.join(written) + ("。" if self._separator == "。" else ""))

    def _honour(self, honour: str) -> str:
        names = spellings.HONOURS.get(honour, ())
        if names and self._random() < 0.4:
            honour = self._choice(names)
        wrapping = self._choice(spellings.HONOUR_WRAPPINGS)
        if self._separator == " " or " " in honour:
            wrapping, honour = wrapping.replace(" ", ""), honour.replace(" ", "") if self._separator == " " else honour
        return wrapping.format(honour, y=self._rng.randint(2008, 2024))

    def damage(self, field: str, value: str) -> tuple[Cell, str] | None:
        """An unreadable cell and its truth, or None where this field's damage is not simulated or there is nothing to spoil.

        A blank level or title can be spoilt too: 不详 is not 'none'.
        """
        if not value and field not in ("技能等级", "职称"):
            return None
        if field == "身份证号":
            return self._spoilt_identity(value), UNKNOWN
        if field in ("技能证书编号", "职称证书编号") and value.isdigit() and len(value) > 15:
            return float(value[:15] + "0" * (len(value) - 15)), UNKNOWN  # typed as a number: Excel keeps 15 digits
        if field in spellings.DAMAGE:
            return self._choice(spellings.DAMAGE[field]), UNKNOWN
        if is_date(field):
            form = self._choice(spellings.DATE_DAMAGE)
            if form.endswith("#"):  # October typed as the number 2019.10, or January as 2019.1
                return float(f"{value[:4]}.1"), UNKNOWN
            return form.format(y=value[:4]), UNKNOWN
        return None

    def _spoilt_identity(self, value: str) -> Cell:
        if value.isdigit() and self._random() < 0.6:
            return float(value[:15] + "000")
        wrong_check = value[:17] + ("0" if value[17] != "0" else "1")
        return self._choice((value[:17], wrong_check, "不详", value[:6] + "********" + value[14:]))


_DATE_FIELD = re.compile(r"取得时间$|起始时间$|^出生年月$")


def is_date(field: str) -> bool:
    """Whether a canonical field holds a date."""
    return bool(_DATE_FIELD.search(field))


def coarsen(value: str) -> str:
    """A date known to the day, told to the month only; anything else unchanged."""
    return value[:7] if len(value) == 10 else value
