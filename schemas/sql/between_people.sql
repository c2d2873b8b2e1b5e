-- Plausibility of people against each other. What one unit is told of another is only that it is another.
-- In: narrow (people.sql), matched. Gives pid, field, code, value, detail.
WITH repeated AS (
    SELECT person_key, count(DISTINCT unit_id) AS units
    FROM narrow JOIN matched USING (pid) WHERE person_key IS NOT NULL
    GROUP BY person_key HAVING count(DISTINCT unit_id) > 1
),
certificates AS (
    SELECT pid, unit_id, person_key, cells.name, field, number
    FROM (
        SELECT pid, person_key, name, unnest([
            {'field': 'skill_certificate', 'number': skill_certificate},
            {'field': 'title_certificate', 'number': title_certificate}], recursive := true)
        FROM narrow WHERE bucket = 'evaluated'
    ) AS cells JOIN matched USING (pid)
    WHERE number IS NOT NULL
),
shared AS (
    SELECT field, number, count(DISTINCT unit_id) AS units
    FROM certificates
    GROUP BY field, number
    HAVING count(DISTINCT person_key) > 1 OR (count(person_key) < count(*) AND count(DISTINCT name) > 1)
)
SELECT pid, 'id_number' AS field, 'person_twice' AS code, NULL::VARCHAR AS value,
    CASE WHEN duplicate_of.source_file = narrow.source_file THEN '' ELSE duplicate_of.source_file || ' ' END
        || '工作表“' || duplicate_of.sheet || '”第' || duplicate_of.row || '行' AS detail
FROM matched JOIN narrow USING (pid) WHERE duplicate_pid IS NOT NULL
UNION ALL
SELECT pid, 'id_number', 'person_two_units', NULL, '共' || units || '个单位'
FROM narrow JOIN repeated USING (person_key)
UNION ALL
SELECT pid, field, 'certificate_two_people', NULL, CASE WHEN units > 1 THEN '在其他单位' ELSE '在本单位' END
FROM certificates JOIN shared USING (field, number)
