"""The two tracks, skill levels and titles: which fields tell what is held on each; and what a credential is as a column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Track:
    """A track: the field of its highest level or title, the field of the date of that, and the fields of dates of single ranks.

    ``number``: of a further credential, whose columns are skill#2, skill_date#2, occupation#2.
    """

    field: str
    date: str
    of_rank: dict[int, str]
    number: int = 1

    def column(self, name: str) -> str:
        return name if self.number == 1 else f"{name}#{self.number}"

    @property
    def occupation(self) -> str:
        """The column of the occupation that stands beside the level, where several credentials have columns of their own."""
        return f"occupation_key#{self.number}"

    @property
    def dates(self) -> tuple[str, ...]:
        return (self.date, *self.of_rank.values())


SKILL = Track("skill", "skill_date", {3: "skill_3_date", 4: "skill_4_date", 5: "skill_5_date"})
TITLE = Track("title", "title_date", {2: "title_2_date", 3: "title_3_date", 4: "title_4_date"})
TRACKS = (SKILL, TITLE)

# The columns of a credential as DuckDB calls their types. ``sheet`` and ``row`` are null where it stands in the person's own row.
CREDENTIAL = {
    "track": "VARCHAR", "rank_lo": "TINYINT", "rank_hi": "TINYINT", "day_lo": "DATE", "day_hi": "DATE", "occupation": "VARCHAR",
    "series": "VARCHAR", "word": "VARCHAR", "level_name": "VARCHAR", "date_name": "VARCHAR", "sheet": "VARCHAR", "row": "INTEGER",
}  # fmt: skip
SQL_TYPE = "STRUCT(" + ", ".join(f"{name} {kind}" for name, kind in CREDENTIAL.items()).replace("row ", '"row" ') + ")"
