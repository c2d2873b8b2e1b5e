"""Numbers with a right form and checksum that belong to nobody.

ID numbers carry a whole city's region code (210100 and the like): under GB/T 2260 it is a region,
but an ID card is issued by a county, so no such number is a real person's.
Credit codes carry an organisation code that begins with FAKE.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random

CITIES = {
    "沈阳市": "210100",
    "大连市": "210200",
    "鞍山市": "210300",
    "抚顺市": "210400",
    "本溪市": "210500",
    "丹东市": "210600",
    "锦州市": "210700",
    "营口市": "210800",
    "阜新市": "210900",
    "辽阳市": "211000",
    "盘锦市": "211100",
    "铁岭市": "211200",
    "朝阳市": "211300",
    "葫芦岛市": "211400",
}
PRINTED_LEVEL = {"初级工": 5, "中级工": 4, "高级工": 3, "技师": 2, "高级技师": 1}
NEW_CERTIFICATES_FROM = 2020  # 职业技能等级证书 from this year, 职业资格证书 before it

SEQUENCES = 500  # ID numbers of a region, birthday and sex

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_check(first17: str) -> str:
    """The 18th character of an ID number (GB 11643: ISO 7064 MOD 11-2)."""
    return _ID_CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS)) % 11]


@dataclass
class Numbers:
    """A share of all ID numbers, that people may be made from beside others: every ``step``-th from the ``first``; ``taken`` grows."""

    first: int = 0
    step: int = 1
    taken: set[str] = field(default_factory=set)


def id_number(region: str, born: date, male: bool, rng: Random, numbers: Numbers) -> str:
    """An 18-character ID number of a region and birthday, one of ``numbers``; the 17th digit is odd for men."""
    sequence = rng.randrange(numbers.first, SEQUENCES, numbers.step) * 2 + (1 if male else 0)
    first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first17 + id_check(first17)


def credit_check(first17: str) -> str:
    """The 18th character of a 统一社会信用代码 (GB 32100)."""
    total = sum(_CREDIT_ALPHABET.index(char) * weight for char, weight in zip(first17, _CREDIT_WEIGHTS))
    return _CREDIT_ALPHABET[-total % 31]


def credit_code(region: str, rng: Random) -> str:
    """An 18-character 统一社会信用代码 of an enterprise, its organisation code FAKE and four digits."""
    organisation = f"FAKE{rng.randrange(10000):04d}"
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(organisation, _ORGANISATION_WEIGHTS))
    first17 = f"91{region}{organisation}{'0X987654321'[total % 11]}"
    return first17 + credit_check(first17)


def skill_certificate(level: str, obtained: date, rng: Random) -> str:
    """A certificate number that agrees with level and year, or '' for levels above 高级技师.

    From 2020: S or Y and 21 digits, characters 14-15 the year, 16 the printed level.
    Before: 16 digits, 1-2 the year, 11 the printed level.
    """
    printed = PRINTED_LEVEL.get(level)
    if printed is None:
        return ""
    year = obtained.year % 100
    if obtained.year >= NEW_CERTIFICATES_FROM:
        return f"{rng.choice('SY')}000021{rng.randrange(10**6):06d}{year:02d}{printed}{rng.randrange(10**6):06d}"
    return f"{year:02d}0600{rng.randrange(5)}{rng.randrange(1000):03d}{printed}{rng.randrange(10**5):05d}"


def title_certificate(obtained: date, rng: Random) -> str:
    """A title certificate number; the province prints several forms, none with a check digit."""
    return rng.choice(
        (
            f"{obtained.year}21{rng.randrange(10**6):06d}",
            f"辽职{obtained.year}{rng.randrange(10**5):05d}",
            f"2100{obtained.year}{rng.randrange(10**5):05d}A",
        )
    )
