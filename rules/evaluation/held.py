"""What people hold, as SQL: surely, possibly, and since when; rules/evaluation/sql/2_*.sql and 3_*.sql filled with what the routes ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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


def held_scripts(rules: Sequence[RouteRule]) -> Iterator[str]:
    """The scripts that make credentials, worlds, held_skill, held_title and the view held, in order, with what ``rules`` ask."""
    yield template("2_credentials.sql")
    yield fill_template(template("2_worlds.sql"), {"most": str(_MOST_ROWS)})
    asked = list(dict.fromkeys(years for rule in rules if (years := years_of(rule)) is not None))
    for track in LADDERS:
        own = [years for years in asked if years.track == track]
        levels = dict.fromkeys(needed(rule) for rule in rules if rule.needs is not None and track_of(rule) == track)
        of_levels = [_of_level(one, own) for one in levels if one is not None]
        columns = [*_SHARED[track], *_columns(track, rules, own)]
        present = {_present_table(years): years for years in own if years.of != "level"}
        parts = []
        for people in (_CERTAIN, _DOUBTFUL):
            words = {"key": people.key, "rank": people.rank, "serving": people.serving, "source": people.source.format(track=track)}
            words["beside"] = "".join(_beside(one, people) for one in levels if one is not None and one.own)
            held = fill_template(template(f"3_held_{track}.sql"), words | {"of_levels": "".join(one[people.name] for one in of_levels)})
            ctes = [f"told AS ({held})"] + [f"{name} AS ({_present(years, people)})" for name, years in present.items()]
            joins = "".join(f" LEFT JOIN {name} ON {name}.pid = w.pid{people.same_world.format(name=name)}" for name in present)
            values = ",\n    ".join(f"{people.over(column)} AS {column.name}" for column in columns)
            query = f"WITH {', '.join(ctes)} SELECT w.pid,\n    {values}\nFROM told AS w{joins}"
            parts.append(f"({query}{people.group})")
        parts.append(f"({_of_the_too_open(track, columns)})")
        yield f"CREATE OR REPLACE TABLE held_{track} AS {' UNION ALL '.join(parts)}"
    yield "CREATE OR REPLACE VIEW held AS FROM held_skill FULL JOIN held_title USING (pid)"


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


def _columns(track: Track, rules: Sequence[RouteRule], asked: Sequence[Years]) -> Iterator[_Column]:
    """The columns that depend on what is asked; by each reading of what was held before a later date that a rule has."""
    readings = list(dict.fromkeys(["unknown", *(str(rule.setting("nothing_known_before")) for rule in rules)]))
    levels = list(dict.fromkeys((one, rule.exactly) for rule in rules if (one := needed(rule)) is not None and one.track == track))
    for reading in readings:
        for what in POSSIBLE[track]:
            yield _Column(reading_name(f"possible_{what}", reading), what, "max", reading)
        for one, exactly in levels:
            yield from _of_needed(one, exactly, reading)
    for years in asked:
        first, last, untold = _days(years)
        yield _Column(f"{years.name}_first", first, "min", years.nothing_known_before)
        where = f"certificate > {typed('skill', '无')}" if years.of == "certificate" else "true"
        yield _Column(f"{years.name}_last", last, "last", years.nothing_known_before, where)
        yield _Column(f"{years.name}_untold", untold, "any", years.nothing_known_before)
        yield _Column(f"{years.name}_partial", _rest_on_partial_dates(years), "any", years.nothing_known_before)


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


def _of_level(one: Needed, asked: Sequence[Years]) -> dict[str, str]:
    """What is asked of one needed level, of people who hold nothing in doubt and in each world of the others: the days of the credentials that
    serve; whether one is of the level itself; whether the years may have begun before any day that is told, with a credential of the trade looked
    at (opens) or of any (open): where that of the level has no day, or there is none of it; the days of each level below.
    """
    years = [each for each in asked if each.needed == one]
    counts = ""
    if one.track == "title":
        counts = f" AND NOT beside_{one.name}" if one.own else f" AND serving < {one.typed}"
    serves, of_level = f"level = {one.typed}{counts}" if one.own else f"level >= {one.typed}{counts}", f"level = {one.typed}{counts}"
    columns = {f"{one.name}_own": f"coalesce(bool_or({of_level}), false)"} if years or one.own else {}
    if one.track == "title" and one.own:
        columns[f"{one.name}_engineering"] = f"coalesce(bool_or(level = {one.typed} AND engineering), false)"
    for end in ENDS if years else ():
        columns[f"{one.name}_{end}"] = f"min(day_{end}) FILTER ({serves})"
    opened = f"bool_or({of_level} AND untold{{trade}}) OR (NOT bool_or({of_level}) AND bool_or({serves}{{trade}}))"
    after = [
        (f"{one.name}_after_{word}_{end}", f"level = {typed(one.track, word)}{counts}", end)
        for word in _below(one)
        for end in (ENDS if years else ())
    ]
    made = {}
    for people, trade, trade_or_none in (("certain", "", ""), ("doubtful", " AND of_trade", " AND of_trade_or_none")):
        own = dict(columns)
        if years:
            own[f"{one.name}_opens"] = f"coalesce({opened.format(trade=trade)}, false)"
            own[f"{one.name}_open"] = f"coalesce({opened.format(trade='')}, false)"
        own |= {name: f"min(day_{end}) FILTER ({where}{trade_or_none})" for name, where, end in after}
        made[people] = "".join(f",\n    {text} AS {name}" for name, text in own.items())
    return made


def _beside(one: Needed, people: _People) -> str:
    """Whether a title is one of another series beside one of 工程系列 that is of the very level needed."""
    of_level = f"engineering AND title_of_rank({people.rank}) = {one.typed}"
    return f", NOT engineering AND bool_or({of_level}) OVER (PARTITION BY {people.key}) AS beside_{one.name}"


def _below(one: Needed) -> Iterable[str]:
    """The levels below a needed one, the highest first."""
    ladder = LADDERS[one.track]
    return reversed(ladder[1 : ladder.index(one.word)])


def _days(years: Years) -> tuple[str, str, str]:
    """In a world: the first and the last day on which the years may begin, and whether nothing tells the first but what is below."""
    first_end, last_end = years.ends
    if years.of == "certificate":
        table = _present_table(years)
        return f"CASE WHEN {table}.untold THEN {BEFORE_ALL} ELSE {table}.{first_end} END", f"{table}.{last_end}", "false"
    one = years.needed
    assert one is not None
    if years.of == "present":
        table = _present_table(years)
        told, last, opens, is_open = f"{table}.{first_end}", f"{table}.{last_end}", f"{table}.untold", f"{table}.untold"
    else:
        told, last, opens, is_open = f"{one.name}_{first_end}", f"{one.name}_{last_end}", f"{one.name}_opens", f"{one.name}_open"
    if years.undated_lower_level == "from_higher":
        return told, last, "false"
    days = [f"{one.name}_after_{word}_{first_end}" for word in _below(one)]
    after = f"coalesce({', '.join(days)})" if days else "NULL::DATE"
    # levels are reached in order: not before what is below, or on any day; of another trade's world the years are not looked at here
    from_below = f"CASE WHEN {after} IS NULL THEN {BEFORE_ALL} ELSE least({after}, {last}) END"
    return f"CASE WHEN {opens} THEN {from_below} WHEN NOT coalesce({is_open}, false) THEN {told} END", last, opens


def _rest_on_partial_dates(years: Years) -> str:
    """Whether, in a world, the years begin on other days where a date that is known in part is taken as its first day than where as its last."""
    earliest, latest = (_days(years._replace(partial_dates=reading)) for reading in ("earliest", "latest"))
    return " OR ".join(f"({one}) IS DISTINCT FROM ({other})" for one, other in zip(earliest[:2], latest[:2]))


def _present_table(years: Years) -> str:
    return "highest_certificate" if years.of == "certificate" else f"highest_{years.needed.name if years.needed else ''}"


def _present(years: Years, people: _People) -> str:
    """Of the highest that is held (`Years.of`) the days."""
    highest, counts = "held.certificate", " AND one.of_present_occupation"
    if years.needed is not None:
        needs = years.needed.typed
        highest, counts = "held.skill", f" AND held.skill >= {needs}"
        if years.track == "title":
            highest = f"CASE WHEN held.engineering >= {needs} THEN held.engineering ELSE held.title END"
            counts = f" AND {highest} >= {needs} AND (one.engineering OR held.engineering < {needs})"
        if years.needed.own:
            highest, counts = needs, f" AND held.{years.needed.name}_own"
            if years.track == "title":
                counts += f" AND (one.engineering OR NOT held.{years.needed.name}_engineering)"
    words = {
        "untold": "certificate_untold" if years.of == "certificate" else "untold",
        "source": people.source.format(track=years.track),
        "held": "told",
        "world": people.key.removeprefix("pid").removeprefix(", ") and "one.world, ",
        "same_world": people.same_world.format(name="held").replace("w.world", "one.world"),
        "rank": f"one.{people.rank}",
        "track": years.track,
        "highest": highest,
        "counts": counts,
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
    counts = {"skill": "of_present_occupation", "title": "coalesce(engineering, true)"}[track]
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
    """Of whom held tells: who holds nothing in doubt has one row of what is held, the others one for each of their worlds."""

    name: str
    key: str
    source: str
    rank: str
    serving: str
    same_world: str
    over: Callable[[_Column], str]
    group: str


_CERTAIN = _People(
    "certain",
    "pid",
    "(FROM credentials ANTI JOIN doubtful USING (pid, track) WHERE track = '{track}')",
    "rank_hi",
    "'无'::title_level",
    "",
    _of_one,
    "",
)
_DOUBTFUL = _People(
    "doubtful",
    "pid, world",
    "(FROM worlds WHERE track = '{track}')",
    "rank",
    "title_of_rank(serving_rank)",
    " AND {name}.world = w.world",
    _over,
    " GROUP BY w.pid",
)
