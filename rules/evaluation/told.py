"""What a verdict tells beside its outcome and its day, kept as one number: DuckDB writes and joins forty columns at the price of all the rules together.

The view verdicts gives each its column and its name again: whoever reads verdicts knows no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guantong.rules.vocabulary import CONDITIONS, NOTES, RETROSPECTIVE, SETTINGS

# The settings that a verdict of a route rests on or not by what is so of the person; on the others of a route all its verdicts rest.
PERSONAL_SETTINGS = (
    "higher_level_serves", "earliest_credential_counts", "related_work_start_counts", "interruptions_added", "partial_dates",
    "professionals_without_title", "undated_lower_level", "last_year_ungraded", "short_service", "current_post_assessments",
    "out_of_service", "management_post_on_frontline", "promotion_without_title", "nothing_known_before", "award_day_credential_held",
)  # fmt: skip
assert set(PERSONAL_SETTINGS) <= {*SETTINGS, *RETROSPECTIVE}

_FLAGS = (*NOTES, *PERSONAL_SETTINGS)
# Where in the number each stands: of a condition whether it is not met and whether it is not known, of a note or setting whether it is so.
_NOT_MET = {name: 1 << 2 * place for place, name in enumerate(CONDITIONS)}
_SO = {name: 1 << 2 * len(CONDITIONS) + place for place, name in enumerate(_FLAGS)}
assert max(_SO.values()) < 1 << 63  # a BIGINT holds them


def kept_sql(columns: Mapping[str, str]) -> str:
    """The number that keeps columns: conditions that are true, false or null, and notes and settings that are true or not, each an expression."""
    parts = [_kept(name, text) for name, text in columns.items() if name in _NOT_MET or name in _SO]
    return " | ".join(["0::BIGINT", *(part for part in parts if part)])


def verdicts_view(columns: Iterable[str]) -> str:
    """The view verdicts on the table kept_verdicts, with ``columns`` of conditions, notes and settings beside the number that they are kept in."""
    return f"CREATE OR REPLACE VIEW verdicts AS SELECT *, {told_sql(columns)} FROM kept_verdicts"


def told_sql(columns: Iterable[str]) -> str:
    """Columns out of the number ``kept``, by their names."""
    return ", ".join(f"{_column(name)} AS {name}" for name in columns)


def _kept(name: str, text: str) -> str:
    """The share of a column in the number; nothing where it says what 0 says."""
    if name in _NOT_MET:
        bit = _NOT_MET[name]
        return "" if text == "true" else f"CASE WHEN {text} THEN 0 WHEN {text} IS NULL THEN {2 * bit} ELSE {bit} END"
    return "" if text == "false" else str(_SO[name]) if text == "true" else f"CASE WHEN {text} THEN {_SO[name]} ELSE 0 END"


def _column(name: str) -> str:
    if name in _SO:
        return f"kept & {_SO[name]} <> 0"
    return f"CASE kept & {3 * _NOT_MET[name]} WHEN 0 THEN true WHEN {_NOT_MET[name]} THEN false END"
