-- What only all rosters together tell of a person: the unit, and where the same person stands first in that unit.
-- In: narrow, the columns plausibility.NARROW of rows, and person, who is the same: person_key, or that and a day.
-- Makes matched (a row a person): pid, unit_id, duplicate_pid, duplicate_of {source_file, sheet, row}; the last two null
-- but for a person who stands there already.
CREATE OR REPLACE TABLE matched AS
WITH one_code AS (  -- a unit's name that stands with just one sound credit code is that code's unit
    SELECT unit_key, min(unit_code) AS code
    FROM narrow WHERE unit_code_sound AND unit_key IS NOT NULL
    GROUP BY unit_key HAVING count(DISTINCT unit_code) = 1
),
identified AS (
    SELECT pid, file_no, source_file, sheet, person AS person_key,
        coalesce(CASE WHEN unit_code_sound THEN unit_code END, code, unit_key) AS known_unit
    FROM narrow LEFT JOIN one_code USING (unit_key)
),
one_unit AS (  -- a row that names no unit, in a sheet where all others name the same one
    SELECT file_no, sheet, min(known_unit) AS only_unit
    FROM identified WHERE known_unit IS NOT NULL
    GROUP BY file_no, sheet HAVING count(DISTINCT known_unit) = 1
),
placed AS (
    SELECT pid, person_key, coalesce(known_unit, only_unit, 'file:' || source_file) AS unit_id
    FROM identified LEFT JOIN one_unit USING (file_no, sheet)
),
repeated AS (
    SELECT person_key, unit_id, min(pid) AS first_pid
    FROM placed WHERE person_key IS NOT NULL
    GROUP BY person_key, unit_id HAVING count(*) > 1
),
firsts AS (
    SELECT repeated.*, {'source_file': source_file, 'sheet': sheet, 'row': row::INTEGER} AS first
    FROM repeated JOIN narrow ON narrow.pid = first_pid
)
SELECT placed.pid, placed.unit_id,
    CASE WHEN placed.pid > first_pid THEN first_pid END AS duplicate_pid,
    CASE WHEN placed.pid > first_pid THEN first END AS duplicate_of
FROM placed LEFT JOIN firsts USING (person_key, unit_id);
