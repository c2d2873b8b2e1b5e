"""What people hold, as SQL: surely, possibly, and since when; rules/evaluation/sql/2_*.sql and 3_*.sql filled with what the routes ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from guantong.rules.evaluation.compile_policy import RouteRule
from guantong.rules.evaluation.scripts import template
from guantong.rules.evaluation.types import SKILL_LADDER, TITLE_LADDER, level
from guantong.schemas.sql_text import fill_template

BEFORE_ALL = "DATE '-infinity'"
ENDS = ("hi", "lo")  # of the days that a date may mean
_MOST_ROWS = 30_000  # of the worlds of a person: the things held, in every way that they may be, for each trade
Track = Literal["skill", "title"]
LADDERS: dict[Track, tuple[str, ...]] = {"skill": SKILL_LADDER, "title": TITLE_LADDER}


class Needed(NamedTuple):
    """A level that routes need: it or above it, or with ``own`` it alone."""

    track: Track
    word: str
    own: bool

    @property
    def name(self) -> str:
        """What the columns of the worlds are called by."""
        return f"own_{self.word}" if self.own else self.word

    @property
    def typed(self) -> str:
        """The level as a constant."""
        return typed(self.track, self.word)


class Years(NamedTuple):
    """Since when the years of a route run, and how its policy reads that. ``of``: a needed level; of what is held now the highest
    (``present``); or the highest certificate of the present occupation."""

    track: Track
    of: Literal["level", "present", "certificate"]
    needed: Needed | None
    partial_dates: str
    undated_lower_level: str
    nothing_known_before: str

    @property
    def name(self) -> str:
        """The columns are called this, with _first, _last (the days between which the years begin) and _untold."""
        parts = {
            "level": f"since_{self.needed.name if self.needed else ''}",
            "present": f"present_{self.needed.name if self.needed else ''}",
        }
        readings = (self.partial_dates, self.undated_lower_level, self.nothing_known_before)
        return "_".join([parts.get(self.of, "certificate"), *(one for one in readings if one not in ("interval", "unknown"))])

    @property
    def ends(self) -> tuple[str, str]:
        """Of a date that is known in part, the end that the first and the last day are reckoned from."""
        return {"interval": ("lo", "hi"), "earliest": ("lo", "lo"), "latest": ("hi", "hi")}[self.partial_dates]


def typed(track: Track, word: str) -> str:
    """A level of a track as a constant."""
    return level(f"{track}_level", word)


def track_of(rule: RouteRule) -> Track:
    """The track that a route starts from."""
    return "skill" if rule.to_title else "title"


def needed(rule: RouteRule) -> Needed | None:
    """The level that a route needs; None where it needs an honour."""
    return None if rule.needs is None else Needed(track_of(rule), rule.needs, not rule.setting("higher_level_serves"))


def years_of(rule: RouteRule) -> Years | None:
    """Since when the years of a route run; None where it has none, or nothing to run from."""
    readings = [str(rule.setting(name)) for name in ("partial_dates", "undated_lower_level", "nothing_known_before")]
    if not rule.years:
        return None
    if rule.since == "skill_certificate":
        return Years("skill", "certificate", None, readings[0], "unknown", readings[2])
    if rule.needs is None:
        return None
    return Years(track_of(rule), "level" if rule.setting("earliest_credential_counts") else "present", needed(rule), *readings)


def credential_scripts() -> Iterator[str]:
    """The scripts that make credentials, and the worlds of who holds something in doubt, in order."""
    yield template("2_credentials.sql")
    yield fill_template(template("2_worlds.sql"), {"most": str(_MOST_ROWS)})


def held_scripts(rules: Sequence[RouteRule], has_rows: Callable[[str], bool]) -> Iterator[str]:
    """The scripts that make the views held_skill, held_title and held, in order, with what ``rules`` ask.

    ``has_rows``: whether a query finds anything, with credentials made. Where a roster has nobody of a kind, what would be asked of them is left
    out: parsed and planned, it takes longer than the answers of a small roster.
    """
    asked = list(dict.fromkeys(years for rule in rules if (years := years_of(rule)) is not None))
    for track in LADDERS:
        own = [years for years in asked if years.track == track]
        levels = [one for one in dict.fromkeys(map(needed, rules)) if one is not None and one.track == track]
        found = [people for people in (_CERTAIN, _DOUBTFUL) if has_rows(people.source.format(track=track))]
        several = [_held_by(people, track, rules, own, levels) for people in found]
        if has_rows(f"(FROM too_open WHERE track = '{track}')"):
            several.append(_of_the_too_open(track, list(_columns(track, rules, own, _DOUBTFUL))))
        held = [_held_by(_ALONE, track, rules, own, levels)]
        if several:
            yield f"CREATE OR REPLACE TABLE held_{track}_of_several AS ({') UNION ALL ('.join(several)})"
            held.append(f"FROM held_{track}_of_several")
        yield f"CREATE OR REPLACE VIEW held_{track} AS ({') UNION ALL ('.join(held)})"
    yield "CREATE OR REPLACE VIEW held AS FROM held_skill FULL JOIN held_title USING (pid)"


def _held_by(people: _People, track: Track, rules: Sequence[RouteRule], asked: Sequence[Years], levels: Sequence[Needed]) -> str:
    """The query of what some people hold on a track, with what ``rules`` ask of it."""
    words = {
        "key": people.key,
        "rank": people.rank,
        "serving": people.serving,
        "source": people.source.format(track=track),
        "max": people.most,
        "any": people.any_of,
        "beside": "".join(_beside(one, people) for one in levels if one.own),
        "of_levels": "".join(_of_level(one, asked, people) for one in levels),
        "together": people.together,
    }
    held = fill_template(template(f"3_held_{track}.sql"), words)
    present = {} if people is _ALONE else {_present_table(years): years for years in asked if years.of != "level"}
    ctes = [f"told AS ({held})"] + [f"{name} AS ({_present(years, people)})" for name, years in present.items()]
    joins = "".join(f" LEFT JOIN {name} ON {name}.pid = w.pid{people.same_world.format(name=name)}" for name in present)
    values = ",\n    ".join(f"{people.over(column)} AS {column.name}" for column in _columns(track, rules, asked, people))
    return f"WITH {', '.join(ctes)} SELECT w.pid,\n    {values}\nFROM told AS w{joins}{people.group}"


class _Column(NamedTuple):
    """A column of a person: in each world ``value``; of all of them the least, the most, whether in any, in all, or the latest day if each has one."""

    name: str
    value: str
    over: Literal["min", "max", "any", "all", "last"]
    reading: str = "unknown"
    where: str = "true"


_SHARED: dict[Track, list[_Column]] = {
    "skill": [
        _Column("sure_skill", "skill", "min"),
        _Column("sure_certificate", "certificate", "min"),
        _Column("skill_dated_later", "dated_later", "any"),
    ],
    "title": [
        _Column("sure_title", "title", "min"),
        _Column("sure_engineering", "engineering", "min"),
        _Column("title_dated_later", "dated_later", "any"),
    ],
}
# Of each track what may be held at most, and of what counts where one of the present occupation, one of 工程系列, is asked for.
POSSIBLE: dict[Track, tuple[str, ...]] = {"skill": ("skill", "certificate"), "title": ("title", "engineering")}


def reading_name(name: str, reading: str) -> str:
    """A column's name, by what was held before a credential of a later date (nothing_known_before)."""
    return name if reading == "unknown" else f"{name}_told"


def standing_columns(rules: Sequence[RouteRule]) -> list[str]:
    """The columns of what is held on their own track that ``rules``, all of one direction, read."""
    if not rules:
        return []
    track = track_of(rules[0])
    named = [f"sure_{track}", f"{track}_dated_later"]
    for rule in rules:
        reading = str(rule.setting("nothing_known_before"))
        named.append(reading_name(f"possible_{track}", reading))
        if (one := needed(rule)) is not None:
            named += [column.name for column in _of_needed(one, rule.exactly, reading)]
        if (years := years_of(rule)) is not None and years.track == track:
            named += [f"{years.name}_first", f"{years.name}_last", f"{years.name}_untold", f"{years.name}_partial"]
    return list(dict.fromkeys(named))


def certificate_columns(rules: Sequence[RouteRule]) -> list[str]:
    """The columns of the certificates of the present occupation that ``rules``, all to a skill level, read."""
    named = ["sure_certificate", "skill_dated_later"]
    for rule in rules:
        named.append(reading_name("possible_certificate", str(rule.setting("nothing_known_before"))))
        if (years := years_of(rule)) is not None and years.of == "certificate":
            named += [f"{years.name}_first", f"{years.name}_last", f"{years.name}_partial"]
    return list(dict.fromkeys(named))


def engineering_columns(rules: Sequence[RouteRule]) -> list[str]:
    """The columns of the engineering titles that ``rules``, all to a title, read."""
    possible = [reading_name("possible_engineering", str(rule.setting("nothing_known_before"))) for rule in rules]
    return list(dict.fromkeys(["sure_engineering", *possible, "title_dated_later"]))


def _columns(track: Track, rules: Sequence[RouteRule], asked: Sequence[Years], people: _People) -> Iterator[_Column]:
    """The columns of a track; by each reading of what was held before a later date that a rule has."""
    yield from _SHARED[track]
    readings = list(dict.fromkeys(["unknown", *(str(rule.setting("nothing_known_before")) for rule in rules)]))
    levels = list(dict.fromkeys((one, rule.exactly) for rule in rules if (one := needed(rule)) is not None and one.track == track))
    for reading in readings:
        for what in POSSIBLE[track]:
            yield _Column(reading_name(f"possible_{what}", reading), what, "max", reading)
        for one, exactly in levels:
            yield from _of_needed(one, exactly, reading)
    for years in asked:
        first, last, untold = _days(years, people)
        yield _Column(f"{years.name}_first", first, "min", years.nothing_known_before)
        where = f"certificate > {typed('skill', '无')}" if years.of == "certificate" else "true"
        yield _Column(f"{years.name}_last", last, "last", years.nothing_known_before, where)
        yield _Column(f"{years.name}_untold", untold, "any", years.nothing_known_before)
        yield _Column(f"{years.name}_partial", _rest_on_partial_dates(years, people), "any", years.nothing_known_before)


def _of_needed(one: Needed, exactly: bool, reading: str) -> Iterator[_Column]:
    """Whether what is held is the very level, where that is asked, in any world and in all; and of a title whether that is of 工程系列."""
    serves, of_series, name = f"{one.track} >= {one.typed}", f"engineering >= {one.typed}", one.word
    if exactly:
        # the highest that is held; a title of another series is none beside one of 工程系列
        highest: str = one.track
        if one.track == "title":
            highest = f"CASE WHEN engineering > {typed('title', '无')} THEN engineering ELSE title END"
        serves, of_series, name = f"{highest} = {one.typed}", f"engineering = {one.typed}", f"exactly_{one.word}"
        or_none = f"{highest} IN ({one.typed}, {typed(one.track, '无')})"
        yield _Column(reading_name(f"all_{name}_or_none", reading), or_none, "all", reading)
    elif one.own:
        serves, of_series, name = f"{one.name}_own", f"{one.name}_engineering", one.name
    if exactly or one.own:
        yield _Column(reading_name(f"any_{name}", reading), serves, "any", reading)
        yield _Column(reading_name(f"all_{name}", reading), serves, "all", reading)
    if one.track == "title":
        yield _Column(reading_name(f"any_series_{name}", reading), of_series, "any", reading, serves)
        yield _Column(reading_name(f"all_series_{name}", reading), of_series, "all", reading, serves)


def serving_name(rule: RouteRule) -> str:
    """What the columns of `_of_needed` that a route reads are called by."""
    one = needed(rule)
    assert one is not None
    return f"exactly_{one.word}" if rule.exactly else one.name


def _of_level(one: Needed, asked: Sequence[Years], people: _People) -> str:
    """What is asked of one needed level, in a world where there are several: the days of the credentials that serve; whether one is of the level
    itself; whether the years may have begun before any day that is told, with a credential of the trade looked at (opens) or of any (open): where
    that of the level has no day, or there is none of it; the days of each level below.
    """
    has_years = any(each.needed == one for each in asked)
    counts = ""
    if one.track == "title":
        counts = f" AND NOT beside_{one.name}" if one.own else f" AND serving < {one.typed}"
    serves, of_level = f"level = {one.typed}{counts}" if one.own else f"level >= {one.typed}{counts}", f"level = {one.typed}{counts}"
    any_of = people.any_of
    trade, trade_or_none = (" AND of_trade", " AND of_trade_or_none") if people is _DOUBTFUL else ("", "")
    columns = {f"{one.name}_own": f"coalesce({any_of}({of_level}), false)"} if has_years or one.own else {}
    if one.track == "title" and one.own:
        columns[f"{one.name}_engineering"] = f"coalesce({any_of}(level = {one.typed} AND engineering), false)"
    if has_years:
        opened = f"{any_of}({of_level} AND untold{{trade}}) OR (NOT {any_of}({of_level}) AND {any_of}({serves}{{trade}}))"
        columns |= {f"{one.name}_{end}": people.least(f"day_{end}", serves) for end in ENDS}
        columns[f"{one.name}_opens"] = f"coalesce({opened.format(trade=trade)}, false)"
        columns[f"{one.name}_open"] = f"coalesce({opened.format(trade='')}, false)"
        for word in _below(one, people):
            below = f"level = {typed(one.track, word)}{counts}{trade_or_none}"
            columns |= {f"{one.name}_after_{word}_{end}": people.least(f"day_{end}", below) for end in ENDS}
    return "".join(f",\n    {text} AS {name}" for name, text in columns.items())


def _beside(one: Needed, people: _People) -> str:
    """Whether a title is one of another series beside one of 工程系列 that is of the very level needed."""
    of_level = f"engineering AND title_of_rank({people.rank}) = {one.typed}"
    beside = "false" if people is _ALONE else f"NOT engineering AND bool_or({of_level}) OVER (PARTITION BY {people.key})"
    return f", {beside} AS beside_{one.name}"


def _below(one: Needed, people: _People) -> Sequence[str]:
    """The levels below a needed one that may be held beside it, the highest first."""
    ladder = LADDERS[one.track]
    return () if people is _ALONE else ladder[ladder.index(one.word) - 1 : 0 : -1]


def _days(years: Years, people: _People) -> tuple[str, str, str]:
    """In a world: the first and the last day on which the years may begin, and whether nothing tells the first but what is below."""
    first_end, last_end = years.ends
    if years.of == "certificate":
        present = _present_days(years, people)
        return f"CASE WHEN {present['untold']} THEN {BEFORE_ALL} ELSE {present[first_end]} END", present[last_end], "false"
    one = years.needed
    assert one is not None
    if years.of == "present":
        present = _present_days(years, people)
        told, last, opens, is_open = present[first_end], present[last_end], present["untold"], present["untold"]
    else:
        told, last, opens, is_open = f"{one.name}_{first_end}", f"{one.name}_{last_end}", f"{one.name}_opens", f"{one.name}_open"
    if years.undated_lower_level == "from_higher":
        return told, last, "false"
    days = [f"{one.name}_after_{word}_{first_end}" for word in _below(one, people)]
    after = f"coalesce({', '.join(days)})" if days else "NULL::DATE"
    # levels are reached in order: not before what is below, or on any day; of another trade's world the years are not looked at here
    from_below = f"CASE WHEN {after} IS NULL THEN {BEFORE_ALL} ELSE least({after}, {last}) END" if days else BEFORE_ALL
    return f"CASE WHEN {opens} THEN {from_below} WHEN NOT coalesce({is_open}, false) THEN {told} END", last, opens


def _rest_on_partial_dates(years: Years, people: _People) -> str:
    """Whether, in a world, the years begin on other days where a date that is known in part is taken as its first day than where as its last."""
    earliest, latest = (_days(years._replace(partial_dates=reading), people) for reading in ("earliest", "latest"))
    return " OR ".join(f"({one}) IS DISTINCT FROM ({other})" for one, other in zip(earliest[:2], latest[:2]))


def _present_table(years: Years) -> str:
    return "highest_certificate" if years.of == "certificate" else f"highest_{years.needed.name if years.needed else ''}"


def _present_days(years: Years, people: _People) -> dict[str, str]:
    """Of the highest that is held (`Years.of`) the days, and whether one is untold."""
    if people is _ALONE:  # it is the only one
        untold = "certificate_untold" if years.of == "certificate" else "untold"
        days = {"lo": "day_lo", "hi": "day_hi", "untold": untold}
        return {name: f"CASE WHEN {_is_present(years, people)} THEN {text} END" for name, text in days.items()}
    return {name: f"{_present_table(years)}.{name}" for name in (*ENDS, "untold")}


def _is_present(years: Years, people: _People) -> str:
    """Whether a credential is one of the highest that is held (`Years.of`)."""
    nothing = typed(years.track, "无")
    if people is _ALONE:
        held, level_held = "", str(years.track)
        engineering, present = f"engineering > {nothing}", f"certificate > {nothing}"
    else:
        held, level_held = "held.", f"{years.track}_of_rank(one.{people.rank})"
        engineering, present = "one.engineering", "one.of_present_occupation"
    highest, counts = f"{held}certificate", present
    if years.needed is not None:
        needs = years.needed.typed
        highest, counts = f"{held}skill", f"{held}skill >= {needs}"
        if years.track == "title":
            highest = f"CASE WHEN {held}engineering >= {needs} THEN {held}engineering ELSE {held}title END"
            counts = f"{highest} >= {needs} AND ({engineering} OR {held}engineering < {needs})"
        if years.needed.own:
            highest, counts = needs, f"{held}{years.needed.name}_own"
            if years.track == "title":
                counts += f" AND ({engineering} OR NOT {held}{years.needed.name}_engineering)"
    return f"{level_held} = {highest} AND {highest} > {nothing} AND {counts}"


def _present(years: Years, people: _People) -> str:
    """Of the highest that is held the days, in each world; where each person holds one, no query is needed (`_present_days`)."""
    words = {
        "untold": "certificate_untold" if years.of == "certificate" else "untold",
        "source": people.source.format(track=years.track),
        "world": people.key.removeprefix("pid").removeprefix(", ") and "one.world, ",
        "same_world": people.same_world.format(name="held").replace("w.world", "one.world"),
        "is_present": _is_present(years, people),
    }
    return fill_template(template("3_present.sql"), words)


def _of_one(column: _Column) -> str:
    """A column's value of who holds nothing in doubt."""
    return column.value


def _over(column: _Column) -> str:
    """A column's value over the worlds of a person."""
    where = " AND ".join(text for text in (column.where, "NOT rests_on_later" if column.reading == "none" else "true") if text != "true")
    only = f" FILTER ({where})" if where else ""
    if column.over == "last":
        return f"CASE WHEN NOT bool_or({column.value} IS NULL){only} THEN max({column.value}){only} END"
    function = {"min": "min", "max": "max", "any": "bool_or", "all": "bool_and"}[column.over]
    return f"{function}({column.value}){only}"


def _of_the_too_open(track: Track, columns: Sequence[_Column]) -> str:
    """The rows of who leaves more open than is looked at: all that is asked is unknown, up to the most that may be held."""
    of_any, counting = POSSIBLE[track]
    counts = {"skill": "coalesce(of_present_occupation, true)", "title": "coalesce(engineering, true)"}[track]
    told = fill_template(template("3_held_open.sql"), {"track": track, "counting": counting, "of_kind": counts})
    unknown = {"any": "true", "all": "false", "last": "NULL::DATE"}

    def value(column: _Column) -> str:
        if column.over == "max":
            return reading_name(column.value, column.reading)
        if column.over == "min":
            return typed(track, "无") if column.value in (of_any, counting) else BEFORE_ALL
        return "dated_later" if column.value == "dated_later" else unknown[column.over]

    values = ",\n    ".join(f"{value(column)} AS {column.name}" for column in columns)
    return f"SELECT pid,\n    {values}\nFROM ({told})"


class _People(NamedTuple):
    """Of whom held tells: of who holds nothing in doubt a row of what is held, of the others one for each of their worlds.

    ``most`` and ``any_of``: the functions over what is held together; nothing where it is one thing, so that what is asked of it is its own value.
    """

    key: str
    source: str
    rank: str
    serving: str
    same_world: str
    over: Callable[[_Column], str]
    group: str
    together: str = "GROUP BY ALL"
    most: str = "max"
    any_of: str = "bool_or"

    def least(self, value: str, where: str) -> str:
        """The least of what is so."""
        return f"min({value}) FILTER ({where})" if self.together else f"CASE WHEN {where} THEN {value} END"


_ALONE = _People(
    "pid, day_lo, day_hi, untold, certificate_untold",
    "(FROM credentials WHERE track = '{track}' AND alone AND NOT in_doubt)",
    "rank_hi",
    "'无'::title_level",
    "",
    _of_one,
    "",
    together="",
    most="",
    any_of="",
)
_CERTAIN = _People(
    "pid",
    "(FROM credentials ANTI JOIN doubtful USING (pid, track) WHERE track = '{track}' AND NOT alone)",
    "rank_hi",
    "'无'::title_level",
    "",
    _of_one,
    "",
)
_DOUBTFUL = _People(
    "pid, world",
    "(FROM worlds WHERE track = '{track}')",
    "rank",
    "title_of_rank(serving_rank)",
    " AND {name}.world = w.world",
    _over,
    " GROUP BY w.pid",
)
