-- Who stands where: units told apart, and the same person standing twice in a unit.
-- In: rows. Makes people (a row a person): pid, place, name, unit, unit_id, unit_code, city, …, duplicate_pid.
CREATE OR REPLACE TABLE people AS
WITH one_code AS (  -- a unit's name that stands with just one sound credit code is that code's unit
    SELECT unit_key, min(unit_code) AS code
    FROM rows WHERE unit_code_sound AND unit_key IS NOT NULL
    GROUP BY unit_key HAVING count(DISTINCT unit_code) = 1
),
identified AS (
    SELECT rows.*, coalesce(sex, id_sex) AS told_sex, coalesce(CASE WHEN unit_code_sound THEN unit_code END, code, unit_key) AS known_unit
    FROM rows LEFT JOIN one_code USING (unit_key)
),
one_unit AS (  -- a row that names no unit, in a sheet where all others name the same one
    SELECT file_no, sheet, min(known_unit) AS only_unit
    FROM identified WHERE known_unit IS NOT NULL
    GROUP BY file_no, sheet HAVING count(DISTINCT known_unit) = 1
),
placed AS (
    SELECT
        pid, file_no, source_file, sheet, row, bucket, rejected_for, name, unit, unit_code, city, told_sex AS sex, occupation, person_key,
        coalesce(known_unit, only_unit, 'file:' || source_file) AS unit_id
    FROM identified LEFT JOIN one_unit USING (file_no, sheet)
),
repeated AS (
    SELECT person_key, unit_id, min(pid) AS first_pid
    FROM placed WHERE person_key IS NOT NULL
    GROUP BY person_key, unit_id HAVING count(*) > 1
)
SELECT placed.* EXCLUDE (person_key), CASE WHEN pid > first_pid THEN first_pid END AS duplicate_pid
FROM placed LEFT JOIN repeated USING (person_key, unit_id);
