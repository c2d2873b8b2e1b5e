-- Signs of false material, for a human to look at: never a finding of fact. One row a sign, with all its cells.
-- In: persons, facts, findings, columns (the audit's own Parquet tables), kinds (number, code, title). {dates} lists the dates of levels and titles; where the columns of a person stand
-- is put in from schemas/person_columns.py.
-- Files that claim one unit, what rows of one person say against each other (persons.opposite), what one person's cells say against each other, a certificate's number on two people, a person active in two units, and
-- at least five people running who stand in the rosters of two units alike: name, level, title and their dates.
WITH who AS (
    SELECT pid, source_file, sheet, row, unit_id, unit, name, person_key, unit_key, unit_code, opposite,
        row_number() OVER (PARTITION BY source_file, sheet, unit_id ORDER BY pid) AS nth, columns_of
    FROM persons JOIN (SELECT pid, {columns_of} AS columns_of FROM facts) USING (pid) WHERE bucket = 'evaluated'
),
found AS (
    SELECT code, field, message, pid, person_key, who.unit_id FROM findings JOIN who USING (pid)
    WHERE code IN (SELECT code FROM kinds) OR code = 'person_twice'
),
filled AS (
    SELECT pid, unnest([
        {'field': 'birth', 'filled': birth_state = 'known'},
        {'field': 'id_number', 'filled': person_key IS NOT NULL},
        {'field': 'skill', 'filled': skill_state = 'known'},
        {dates}], recursive := true)
    FROM facts JOIN (SELECT DISTINCT pid, person_key FROM found) USING (pid)
),
beside AS (  -- the cells that a cell is at odds with
    SELECT f.code, f.field AS own, c.field, f.pid
    FROM found AS f JOIN filled AS c ON c.pid = f.pid AND c.filled AND c.field <> f.field
    WHERE CASE f.code
        WHEN 'levels_out_of_order' THEN c.field[:5] = f.field[:5] AND ends_with(c.field, '_date')
        WHEN 'title_before_birth' THEN c.field IN ('birth', 'id_number')
        WHEN 'certificate_year' THEN c.field = 'skill_date'
        WHEN 'certificate_level' THEN c.field = 'skill'
    END
),
certificates AS (
    SELECT f.pid, f.field, CASE f.field WHEN 'skill_certificate' THEN skill_certificate_mark ELSE title_certificate_mark END AS mark
    FROM found AS f JOIN facts USING (pid) WHERE f.code = 'certificate_two_people'
),
active AS (
    SELECT f.pid, f.person_key FROM found AS f JOIN facts USING (pid)
    WHERE f.code IN ('person_two_units', 'person_twice') AND f.person_key IS NOT NULL AND coalesce(service, '在岗') = '在岗'
    QUALIFY min(f.unit_id) OVER (PARTITION BY f.person_key) <> max(f.unit_id) OVER (PARTITION BY f.person_key)
),
claims_made AS (  -- a unit's name, or a credit code beside other names, that stands in several files
    SELECT 'unit' AS field, unit_key AS claim FROM who WHERE unit_key IS NOT NULL GROUP BY unit_key HAVING count(DISTINCT source_file) > 1
    UNION ALL
    SELECT 'unit_code', unit_code FROM who WHERE unit_code IS NOT NULL
    GROUP BY unit_code HAVING count(DISTINCT source_file) > 1 AND (count(DISTINCT coalesce(unit_key, '')) > 1 OR max(unit_key) IS NULL)
),
claimed AS (
    SELECT field, claim, pid, source_file FROM claims_made JOIN who ON claim = CASE field WHEN 'unit' THEN unit_key ELSE unit_code END
),
content AS (
    SELECT pid, hash(*COLUMNS(* EXCLUDE (pid, file_no, source_file, sheet, row))) AS content
    FROM facts SEMI JOIN (SELECT DISTINCT pid FROM claimed) USING (pid)
),
claiming AS (  -- a row a file; a roster handed in twice is one
    SELECT field, claim, source_file, min(pid) AS pid, count(*) AS people,
        CASE WHEN bool_or(opposite IS NOT NULL) THEN source_file ELSE sum(hash(name, person_key, content))::VARCHAR END AS says
    FROM claimed JOIN content USING (pid) JOIN (SELECT pid, name, person_key, opposite FROM who) USING (pid)
    GROUP BY field, claim, source_file
),
unit_files AS (
    SELECT *, count(*) OVER claims || '份名册，共' || sum(people) OVER claims || '行' AS detail FROM claiming
    WINDOW claims AS (PARTITION BY field, claim) QUALIFY count(DISTINCT says) OVER claims > 1
),
alike AS (  -- each person with the four that follow in the unit's roster, as one number
    SELECT who.*, lead(row, 4) OVER roster AS last_row,
        CASE WHEN count(*) FILTER (told) OVER (roster ROWS BETWEEN CURRENT ROW AND 4 FOLLOWING) = 5
            THEN hash(said, lead(said, 1) OVER roster, lead(said, 2) OVER roster, lead(said, 3) OVER roster, lead(said, 4) OVER roster) END AS five
    FROM who JOIN (
        SELECT pid, hash(name, skill_rank, title_rank, credentials) AS said,
            name IS NOT NULL AND len(list_filter(credentials, lambda c: c.day_lo IS NOT NULL)) > 0 AS told
        FROM facts JOIN (SELECT pid, name FROM who) USING (pid)
    ) USING (pid)
    WINDOW roster AS (PARTITION BY source_file, sheet, unit_id ORDER BY pid)
),
repeated AS (
    SELECT five, min(pid) AS first_pid FROM alike WHERE five IS NOT NULL
    GROUP BY five HAVING count(DISTINCT unit_id) > 1 AND count(DISTINCT source_file) > 1
),
islands AS (
    SELECT *, nth - row_number() OVER (PARTITION BY source_file, sheet, unit_id ORDER BY nth) AS island FROM alike JOIN repeated USING (five)
),
runs AS (
    SELECT *, min(pid) OVER (PARTITION BY source_file, sheet, unit_id, island) AS run FROM islands
),
blocks AS (  -- a block is named by the run of people in which it stands first
    SELECT origin.run AS block, any_value(r.unit_id) AS unit_id, min(r.pid) AS pid, min(r.row) AS row, max(r.last_row) AS last_row,
        max(r.nth) + 5 - min(r.nth) AS people
    FROM runs AS r JOIN runs AS origin ON origin.pid = r.first_pid
    GROUP BY origin.run, r.run
),
cells AS (
    SELECT code, f.pid || ' ' || f.field AS sign, f.pid, f.field, NULL::INTEGER AS last_row, message AS detail, 0 AS place
    FROM found AS f WHERE code NOT IN ('certificate_two_people', 'person_two_units', 'person_twice')
    UNION ALL SELECT code, pid || ' ' || own, pid, field, NULL, NULL, 1 FROM beside
    UNION ALL SELECT 'certificate_two_people', field || ' ' || mark, pid, field, NULL, NULL, 0 FROM certificates
    UNION ALL SELECT DISTINCT 'person_two_units', person_key, pid, 'id_number', NULL, NULL, 0 FROM active
    UNION ALL SELECT 'unit_two_files', field || ' ' || claim, pid, field, NULL, detail, 0 FROM unit_files
    UNION ALL SELECT 'opposite_facts', person_key, pid, unnest(opposite), NULL, NULL, 0 FROM who WHERE opposite IS NOT NULL
    UNION ALL SELECT 'identical_rows', block::VARCHAR, pid, NULL, last_row, '连续' || people || '人的姓名、等级（职称）和取得时间相同', 0 FROM blocks
)
SELECT
    c.code, any_value(kinds.title) AS title,
    list(DISTINCT w.name ORDER BY w.name) FILTER (w.name IS NOT NULL AND code NOT IN ('identical_rows', 'unit_two_files')) AS names,
    list(DISTINCT coalesce(w.unit, '（未填单位）') ORDER BY coalesce(w.unit, '（未填单位）')) AS units,
    list({'source_file': w.source_file, 'sheet': w.sheet, 'row': w.row, 'last_row': c.last_row, 'column': k.letter, 'header': k.header}
        ORDER BY c.pid, c.place, length(k.letter), k.letter) AS cells,
    coalesce(max(c.detail), '共' || CASE code WHEN 'person_two_units' THEN count(DISTINCT w.unit_id) || '个单位' WHEN 'opposite_facts' THEN count(DISTINCT c.pid) || '行' ELSE count(*) || '行' END) AS detail
FROM cells AS c JOIN who AS w USING (pid) JOIN kinds USING (code)
LEFT JOIN ({person_columns}) AS k ON k.source_file = w.source_file AND k.sheet = w.sheet AND k.columns_of = w.columns_of AND k.name = c.field
GROUP BY c.code, c.sign
ORDER BY any_value(kinds.number), min(c.pid), c.code, min(c.field), c.sign
