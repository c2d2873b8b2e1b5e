"""The cells in which a person's verdicts wait for something, or that say what is not met: each with its address and what stands in it."""

from guantong.reports.audit_data import JOIN_SHOWN_NAMES, SHOWN_PLACE
from guantong.reports.wording import AT_ODDS, AT_ODDS_CODES, IN_CONFLICT, UNREADABLE, VOID_FIELDS
from guantong.schemas import catalogue
from guantong.schemas.person_columns import SHEETS, columns_of, person_columns
from guantong.schemas.sql_text import by_case, literals

NO_COLUMN = "无此栏"
_FIELDS = catalogue.fields()
_OF_CREDENTIALS = ("skill", "title", "skill_date", "title_date", "title_series")  # of which each credential may have a cell of its own
_FIELD_OF_HEADER = (
    f"coalesce({by_case('header', {item.header: name for name, item in _FIELDS.items()})},"
    " 'assessment_' || nullif(regexp_extract(header, '^(\\d{4})年度考核$', 1), ''))"
)
_HEADER_OF_FIELD = (
    f"coalesce({by_case('field', {name: item.header for name, item in _FIELDS.items()})}, replace(field, 'assessment_', '') || '年度考核')"
)


def _bound(end: str) -> str:
    """The first day (lo) or the last one (hi) of the date that a field is."""
    dates = [name for name, item in _FIELDS.items() if item.kind == "date" and name not in ("birth", "award_date")]
    whens = " ".join(f"WHEN '{name}' THEN {name}_{end}" for name in dates)
    return f"CASE field WHEN 'service' THEN service_from_{end} {whens} END"


# An interval of days as a day, a month or a year.
_DAYS = """CASE WHEN lo = hi THEN lo::VARCHAR WHEN date_trunc('month', lo) = date_trunc('month', hi) THEN strftime(lo, '%Y-%m')
    ELSE strftime(lo, '%Y') || coalesce('至' || nullif(strftime(hi, '%Y'), strftime(lo, '%Y')), '') END"""
_READ = {
    **{name: name for name, item in _FIELDS.items() if item.kind == "word" and name in (
        "person_category", "post", "frontline", "engineering_field", "title_series")},
    "service": "service || coalesce('（' || days || '起）', '')",
    "integrity": "coalesce(integrity_decision, integrity)",
    "city": "city || coalesce('（' || province || '）', '')",
    "honours": "array_to_string(list_concat(coalesce(honours, []), ['可能是' || one FOR one IN coalesce(honours_in_doubt, [])]), '、')",
    "recent_grades": "array_to_string(recent_grades, '、')",
    "away_months": "away_months::VARCHAR",
}  # fmt: skip
_OF_FACTS = (
    "person_category, post, frontline, engineering_field, title_series, service, integrity, integrity_decision, city, province, honours,"
    " honours_in_doubt, recent_grades, away_months, assessments, credentials, skill_state, title_state"
)
# The highest that a credential may be, where its cell says no more than a grade.
_LADDER = "CASE one.track " + " ".join(
    f"WHEN '{track}' THEN {by_case('one.rank_hi', dict(enumerate(catalogue.canonical_words(_FIELDS[track]), 1)))}" for track in ("skill", "title")
) + " END"  # fmt: skip
# What was read of a field in the person's own row, or in the cell of a credential; null where nothing was.
_VALUE = f"""CASE WHEN starts_with(field, 'assessment_')
        THEN list_filter(assessments, lambda one: 'assessment_' || one.year = field)[1].grade
    WHEN field IN ('skill', 'title') THEN coalesce(
        nullif(array_to_string(list_distinct([coalesce(one.word, {_LADDER}) FOR one IN credentials IF one.level_name = at_name
            AND coalesce(one.sheet, sheet) = at_sheet AND coalesce(one."row", "row") = at_row]), '、'), ''),
        CASE WHEN CASE field WHEN 'skill' THEN skill_state ELSE title_state END = 'none' THEN '无' END)
    ELSE CASE field {" ".join(f"WHEN '{name}' THEN {value}" for name, value in _READ.items())} ELSE days END END"""

# wanted: people and fields. credential_cells: cells of credentials that stand in columns, rows or sheets of their own; places: all cells to be
# told, by the column's name; headed, of_all_years: which columns these are; found: the cells with letters, and with what is found there.
CELLS = f"""
WITH wanted AS (
    SELECT DISTINCT pid, field FROM (
        SELECT pid, {_FIELD_OF_HEADER} AS field FROM (
            SELECT DISTINCT pid, unnest(missing) AS header FROM verdicts JOIN asked USING (unit_id) WHERE outcome IN ('unverified', 'not_yet'))
        UNION ALL
        SELECT pid, unnest(deciding) FROM undecided JOIN asked USING (unit_id)
        UNION ALL
        SELECT pid, unnest(deciding) FROM perhaps_honoured JOIN asked USING (unit_id)
        UNION ALL
        SELECT pid, CASE WHEN field = 'assessment' THEN NULL ELSE field END
        FROM (SELECT DISTINCT pid, direction, unnest(not_met) AS condition FROM verdicts JOIN asked USING (unit_id) WHERE outcome = 'ineligible')
        JOIN fields_asked USING (direction, condition)
        UNION ALL
        SELECT pid, unnest(CASE WHEN recent_grades IS NULL THEN ['assessment_' || one.year FOR one IN assessments] ELSE ['recent_grades'] END)
        FROM facts WHERE pid IN (SELECT pid FROM verdicts JOIN asked USING (unit_id) WHERE outcome = 'ineligible' AND list_contains(not_met, 'assessments'))
    ) WHERE field IS NOT NULL),
own AS (SELECT pid, source_file, sheet, own_columns FROM facts WHERE own_columns IS NOT NULL AND pid IN (SELECT pid FROM wanted)),
who AS (
    SELECT w.pid, w.field, p.person_key, p.name, p.unit_id, p.source_file, p.sheet, p."row", list_contains(coalesce(p.unread, []), w.field) AS is_unread,
        list_contains(coalesce(p.opposite, []), w.field) AS is_in_conflict, {columns_of("own.own_columns", "w.pid")} AS columns_of
    FROM wanted AS w JOIN people AS p USING (pid) LEFT JOIN own USING (pid)),
further_rows AS (  -- full rows in which the person stands again
    SELECT w.pid, w.field, d.pid AS row_pid, d.sheet AS at_sheet, d."row" AS at_row
    FROM who AS w JOIN persons AS d ON d.person_key = w.person_key AND d.source_file = w.source_file AND d.duplicate_of.source_file = w.source_file
        AND d.duplicate_of.sheet = w.sheet AND d.duplicate_of."row" = w."row"),
held AS (
    SELECT pid, unnest(credentials) AS one FROM facts WHERE pid IN (SELECT pid FROM wanted WHERE field IN ({literals(_OF_CREDENTIALS)}))),
credential_cells AS (
    SELECT w.pid, w.field, one.sheet IS NULL AND NOT contains(one.level_name, '#') AS is_own, coalesce(one.sheet, w.sheet) AS at_sheet,
        coalesce(one."row", w."row") AS at_row, w.field || regexp_extract(one.level_name, '#[0-9]+$') AS at_name
    FROM who AS w JOIN held AS h ON h.pid = w.pid AND one.track = split_part(w.field, '_', 1)
    WHERE w.field IN ({literals(_OF_CREDENTIALS)})
        AND (w.field NOT IN ('skill_date', 'title_date') OR one.day_lo IS NULL OR one.day_lo < one.day_hi)),
places AS (
    SELECT pid, field, at_sheet, at_row, at_name FROM credential_cells WHERE NOT is_own
    UNION
    SELECT pid, field, sheet, "row", field FROM who
    LEFT JOIN (SELECT pid, field, bool_or(is_own) AS any_own FROM credential_cells GROUP BY ALL) USING (pid, field)
    WHERE is_unread OR coalesce(any_own, true)
    UNION  -- what a further row of the person says otherwise
    SELECT r.pid, r.field, at_sheet, at_row, r.field
    FROM further_rows AS r JOIN findings AS f ON f.pid = row_pid AND f.field = r.field AND f.code = 'facts_conflict'),
every_column AS ({person_columns("source_file", "columns", "own")}),
headed AS (SELECT source_file, sheet, columns_of, name, arg_min((letter, header), (len(letter), letter)) AS place FROM every_column GROUP BY ALL),
of_all_years AS (
    SELECT source_file, sheet, columns_of, arg_min(place, (name <> 'recent_grades', len(place[1]), place[1])) AS place
    FROM headed WHERE starts_with(name, 'recent_grades') GROUP BY ALL),
lettered AS (
    SELECT p.*, w.name, w.unit_id, w.source_file, w.sheet, w."row", w.is_unread, w.is_in_conflict, coalesce(h.place, a.place) AS place,
        starts_with(w.field, 'assessment_') AND h.place IS NULL AND a.place IS NOT NULL AS is_of_all_years
    FROM places AS p JOIN who AS w USING (pid, field)
    LEFT JOIN headed AS h ON h.source_file = w.source_file AND h.sheet = at_sheet AND h.name = at_name
        AND h.columns_of = CASE WHEN at_sheet = w.sheet THEN w.columns_of ELSE {SHEETS} END
    LEFT JOIN of_all_years AS a ON a.source_file = w.source_file AND a.sheet = at_sheet
        AND a.columns_of = CASE WHEN at_sheet = w.sheet THEN w.columns_of ELSE {SHEETS} END
        AND (starts_with(at_name, 'assessment_') OR at_name = 'recent_grades')),
told_of AS (
    SELECT source_file, sheet AS at_sheet, "row" AS at_row, "column" AS letter, field, arg_min((code, value), code) AS told
    FROM findings WHERE value IS NOT NULL GROUP BY ALL),
told_beside AS (  -- what makes a cell unknown, or a state another, and stands in another cell of the row, or of the whole row
    SELECT w.pid, w.field, f.sheet AS at_sheet, f."row" AS at_row, min(place) AS beside
    FROM (SELECT pid, field, pid AS row_pid FROM who UNION SELECT pid, field, row_pid FROM further_rows) AS w JOIN (
        SELECT pid AS row_pid, sheet, "row", coalesce("column" || "row", '第' || "row" || '行') AS place,
            unnest(CASE code WHEN 'row_void' THEN [{literals(VOID_FIELDS)}] ELSE [field] END) AS field
        FROM findings WHERE severity = 'error' AND (field IS NOT NULL OR code = 'row_void') OR code = 'state_elsewhere') AS f USING (row_pid, field) GROUP BY ALL),
found AS (
    SELECT * FROM (SELECT *, place[1] AS letter FROM lettered) LEFT JOIN told_of USING (source_file, at_sheet, at_row, letter, field)
    LEFT JOIN told_beside USING (pid, field, at_sheet, at_row)),
dated AS (SELECT found.*, {_bound("lo")} AS lo, {_bound("hi")} AS hi, {_OF_FACTS} FROM found JOIN facts USING (pid)),
valued AS (SELECT *, {_HEADER_OF_FIELD} AS canonical, {_DAYS} AS days, nullif({_VALUE}, '') AS value,
        CASE WHEN field = 'integrity' THEN integrity_decision END AS decision FROM dated)
SELECT number, {SHOWN_PLACE}, name,
    CASE WHEN is_of_all_years AND value IS NULL THEN 'recent_grades' ELSE field END AS field, letter, value,
    CASE WHEN decision IS NOT NULL THEN decision
        WHEN letter IS NULL THEN canonical || CASE WHEN value IS NOT NULL THEN '＝' || value || '（取自表名、分段标题或另一处）'
            WHEN is_unread THEN '（{UNREADABLE}，见“数据问题”）' ELSE '（{NO_COLUMN}，请加）' END
        ELSE coalesce(place[2], canonical) || ' ' || CASE WHEN at_sheet <> sheet AND told_as IS NULL THEN '“' || at_sheet || '”' ELSE '' END || letter || at_row
            || CASE WHEN is_in_conflict OR told[1] = 'facts_conflict' THEN coalesce('“' || told[2] || '”', '') || '（{IN_CONFLICT}）'
                WHEN told[1] = 'gives_none' THEN '“' || told[2] || '”（按没有取得处理）'
                WHEN field = 'service' AND value IS NOT NULL AND beside IS NOT NULL AND NOT is_unread
                    THEN coalesce('“' || told[2] || '”', '（未填）') || '，按另一栏读作' || value || '，见“数据问题”' || beside
                WHEN value IS NOT NULL AND NOT is_unread THEN '＝' || value
                WHEN told[1] IN ({literals(AT_ODDS_CODES)}) THEN '“' || told[2] || '”（{AT_ODDS}，见“数据问题”）'
                WHEN told IS NOT NULL THEN '“' || told[2] || '”（{UNREADABLE}）'
                WHEN is_unread AND beside IS NOT NULL THEN '（不能确定，见“数据问题”' || beside || '）'
                WHEN is_unread THEN '（{UNREADABLE}）'
                WHEN field = 'occupation' THEN '（请写明现从事的是哪一个）'  -- several are told, in certificates or further rows
                ELSE '（未填）' END
    END AS text
FROM valued JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}
ORDER BY pid, field, at_sheet, at_row, at_name
"""
