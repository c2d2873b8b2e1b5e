"""Identifiers: checksums by the standards' own arithmetic, and the keyed hash that joins people."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # a command starts without it
    import pandas as pd

Flags = npt.NDArray[np.bool_]  # one for each row
KEY_VARIABLE = "GUANTONG_KEY"
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECK = np.array(list("10X98765432"))
_LAST_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # of the months, from 1
_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = np.array([3**i % 31 for i in range(17)])


def are_id_numbers(numbers: pd.Series) -> Flags:
    """Whether each 18-character text is an ID number by GB 11643: check character and a real birth date.

    The region is not looked up: genuine numbers carry counties that have since been renamed.
    """
    characters = _characters(numbers, 18)
    digits = characters[:, :17].view(np.int32).reshape(-1, 17) - ord("0")
    numeric: Flags = np.asarray(((digits >= 0) & (digits <= 9)).all(axis=1))
    check = _ID_CHECK[np.where(numeric, (digits * _ID_WEIGHTS).sum(axis=1) % 11, 0)]
    checked: Flags = characters[:, 17] == check
    return numeric & checked & _are_days(digits[:, 6:14])


def _are_days(digits: npt.NDArray[np.int32]) -> Flags:
    """Whether each row of eight digits is a day of the calendar."""
    year, month, day = digits[:, :4] @ [1000, 100, 10, 1], digits[:, 4:6] @ [10, 1], digits[:, 6:] @ [10, 1]
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    known = (month >= 1) & (month <= 12)
    last = _LAST_DAYS[np.where(known, month, 0)] + (is_leap & (month == 2))
    found: Flags = known & (day >= 1) & (day <= last)
    return found


def are_unit_codes(codes: pd.Series) -> Flags:
    """Whether each text is an 18-character 统一社会信用代码 by GB 32100."""
    values = np.full((len(codes), 18), -1)
    characters = _characters(codes, 18)
    for value, character in enumerate(_CODE_CHARACTERS):
        values[characters == character] = value
    known: Flags = (values >= 0).all(axis=1) & (codes.str.len() == 18).to_numpy(bool)
    check = (31 - (values[:, :17] * _CODE_WEIGHTS).sum(axis=1) % 31) % 31
    checked: Flags = values[:, 17] == check
    return known & checked


def birth_of(number: str | None) -> dt.date | None:
    """The birth date in an ID number, or None where it holds none."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14])) if number else None
    except ValueError:
        return None


def _characters(texts: pd.Series, length: int) -> npt.NDArray[np.str_]:
    """An array (n, length) of single characters; short texts are padded with ''."""
    fixed = np.array([text[:length] for text in texts.to_numpy(object)], dtype=f"<U{length}")
    return fixed.view("<U1").reshape(-1, length) if len(fixed) else np.empty((0, length), dtype="<U1")


def load_key(state: Path) -> bytes:
    """The secret of the keyed hash: ``GUANTONG_KEY``, else ``state/key``, made once, owner-only."""
    if given := os.environ.get(KEY_VARIABLE):
        return given.encode()
    path = state / "key"
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = state / f"key.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(fresh, path)  # the first of two processes wins; the other reads its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip().encode()


def keyed_hash(text: str, key: bytes) -> str:
    """16 bytes of keyed BLAKE2b in hex: joins the same number, tells nothing to who lacks the key."""
    return hashlib.blake2b(text.encode(), key=_secret(key), digest_size=16).hexdigest()


@lru_cache(4)
def _secret(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=32).digest()
