"""What somebody may have meant who has mistyped a name: a file, a person, a policy, a setting."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from guantong.schemas.text import norm, shown_name

_ALIKE = 0.6
_MOST_KNOWN, _LONGEST = 20_000, 200  # names that are looked through, and characters of one


def describe_nearest(word: str, known: Iterable[str]) -> str:
    """Of the ``known`` names the one nearest to a mistyped ``word``, to end a message with; '' where none comes near."""
    forms = {norm(name)[:_LONGEST]: name for name, _ in zip(known, range(_MOST_KNOWN))}
    found = difflib.get_close_matches(norm(word)[:_LONGEST], list(forms), 1, _ALIKE)
    return f"，是不是“{shown_name(forms[found[0]])}”？" if found else ""


def describe_nearest_path(path: Path) -> str:
    """The same of a file or folder, by what lies where it should; '' where it exists."""
    try:
        if path.exists():
            return ""
        return describe_nearest(path.name, (entry.name for entry in path.parent.iterdir()))
    except OSError:
        return ""
