-- Whose unit each row is of. A file is taken at its own word alone: what another file says moves no row into another unit, since the
-- unit's workbook goes to who is named on it.
-- In: narrow, the columns plausibility.NARROW of rows_raw, and person, who is the same: person_key, or that and a day; files.
-- Makes unit_rows (a row a person): pid, file_no, person, person_key, unit_id; speakers (a row a unit and file with rows of it): home, whether
-- most of the file's rows are of the unit, and the file's sha256; again: rows of people who stand more than once.
CREATE OR REPLACE TABLE unit_rows AS
WITH stated AS (
    SELECT pid, file_no, source_file, sheet, unit_key, CASE WHEN unit_code_sound THEN unit_code END AS own_code FROM narrow
),
one_code AS (  -- a unit's name that stands in a file with just one sound credit code is that code's unit there
    SELECT file_no, unit_key, min(own_code) AS code
    FROM stated WHERE own_code IS NOT NULL AND unit_key IS NOT NULL
    GROUP BY file_no, unit_key HAVING count(DISTINCT own_code) = 1
),
coded AS (
    SELECT pid, file_no, source_file, sheet, unit_key, coalesce(own_code, code) AS code FROM stated LEFT JOIN one_code USING (file_no, unit_key)
),
called AS (  -- what a file calls the unit of a code: as most of its rows do
    SELECT file_no, code, first(unit_key ORDER BY n DESC, unit_key) FILTER (unit_key IS NOT NULL) AS called
    FROM (SELECT file_no, code, unit_key, count(*) AS n FROM coded WHERE code IS NOT NULL GROUP BY ALL) GROUP BY file_no, code
),
disputed AS (  -- files that call a code's unit by different names are of different units, until somebody has looked
    SELECT code FROM called GROUP BY code HAVING count(DISTINCT coalesce(called, '')) > 1
),
identified AS (
    SELECT pid, coded.file_no, source_file, sheet, CASE
        WHEN disputed.code IS NOT NULL THEN concat_ws(' ', code, called)
        WHEN code IS NOT NULL THEN code
        -- a name that reads as one of the other ids is no such id
        WHEN regexp_matches(unit_key, '^(FILE:|NAME:|[0-9A-Z]{18}($| ))', 'i') THEN 'name:' || unit_key
        ELSE unit_key END AS known_unit
    FROM coded LEFT JOIN called USING (file_no, code) LEFT JOIN disputed USING (code)
),
one_unit AS (  -- a row that names no unit, in a sheet where all others name the same one
    SELECT file_no, sheet, min(known_unit) AS only_unit
    FROM identified WHERE known_unit IS NOT NULL
    GROUP BY file_no, sheet HAVING count(DISTINCT known_unit) = 1
)
SELECT n.pid, n.file_no, n.sheet, n.person, n.person_key, coalesce(known_unit, only_unit, 'file:' || n.source_file) AS unit_id
FROM narrow AS n JOIN identified USING (pid) LEFT JOIN one_unit ON one_unit.file_no = n.file_no AND one_unit.sheet = n.sheet;

CREATE OR REPLACE TABLE speakers AS
SELECT unit_id, file_no, 2 * n > sum(n) OVER (PARTITION BY file_no) AS home, sha256
FROM (SELECT unit_id, file_no, count(*) AS n FROM unit_rows GROUP BY ALL) JOIN files USING (file_no);

CREATE OR REPLACE TABLE again AS
SELECT pid, file_no, sheet, person, unit_id, home, sha256,
    row_number() OVER (PARTITION BY person, unit_id, file_no ORDER BY pid) = 1 AS leads,  -- the person's first row in its file
    home = bool_or(home) OVER (PARTITION BY person, unit_id) AS speaks  -- no other file is the unit's own rather than this one
FROM unit_rows SEMI JOIN (SELECT person FROM unit_rows WHERE person IS NOT NULL GROUP BY person HAVING count(*) > 1) USING (person)
JOIN speakers USING (unit_id, file_no);
