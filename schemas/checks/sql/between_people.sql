-- Plausibility of people against each other. What is told of another roster is only that it is another: neither whose, nor whether of
-- the same unit, so that nobody learns by a list of ID numbers where the people work.
-- In: narrow, unit_rows, stands, conflicts, again, matched. Gives pid, field, code, value, detail.
WITH persons AS (
    SELECT person_key, count(DISTINCT unit_id) AS units, count(DISTINCT file_no) AS files
    FROM unit_rows WHERE person_key IS NOT NULL
    GROUP BY person_key HAVING count(DISTINCT unit_id) > 1
),
several AS (SELECT person, unit_id FROM stands WHERE files > 1 OR rosters > 1),
firsts AS (  -- the person's first row in the unit in the same file
    SELECT a.pid, f.pid AS first_pid FROM again AS a JOIN again AS f USING (person, unit_id, file_no) WHERE f.leads AND NOT a.leads
),
certificates AS (
    SELECT pid, file_no, person_key, name, field, number
    FROM (
        SELECT pid, file_no, person_key, name, unnest([
            {'field': 'skill_certificate', 'number': skill_certificate},
            {'field': 'title_certificate', 'number': title_certificate}], recursive := true)
        FROM narrow WHERE bucket = 'evaluated'
    )
    WHERE number IS NOT NULL
),
shared AS (
    SELECT field, number, count(DISTINCT file_no) AS files
    FROM certificates
    GROUP BY field, number
    HAVING count(DISTINCT person_key) > 1 OR (count(person_key) < count(*) AND count(DISTINCT name) > 1)
)
SELECT firsts.pid, 'id_number' AS field, 'person_twice' AS code, NULL::VARCHAR AS value,
    CASE WHEN told_as IS NULL THEN '工作表“' || f.sheet || '”' ELSE '本名册' END || '第' || f.row || '行' AS detail
FROM firsts JOIN narrow AS f ON f.pid = first_pid JOIN matched ON matched.pid = firsts.pid
UNION ALL
SELECT pid, 'id_number', CASE WHEN units > 1 AND duplicate_pid IS NULL THEN 'person_two_units' ELSE 'person_twice' END, NULL,
    CASE WHEN persons.files = 1 THEN '本名册的另一单位' ELSE '报送的另一份名册中' END
FROM unit_rows JOIN matched USING (pid) LEFT JOIN persons USING (person_key) LEFT JOIN several ON several.person = unit_rows.person AND several.unit_id = unit_rows.unit_id
WHERE persons.person_key IS NOT NULL AND (persons.files > 1 OR duplicate_pid IS NULL) OR several.person IS NOT NULL
UNION ALL
SELECT pid, field, 'facts_conflict', NULL, ''
FROM conflicts JOIN stands USING (person, unit_id) JOIN again USING (person, unit_id) WHERE speaks AND files = 1
UNION ALL  -- not which of them: that would tell what the other roster says
SELECT DISTINCT pid, 'id_number', 'rosters_conflict', NULL, ''
FROM conflicts JOIN stands USING (person, unit_id) JOIN again USING (person, unit_id) WHERE speaks AND files > 1
UNION ALL
SELECT pid, field, 'certificate_two_people', NULL, CASE WHEN files > 1 THEN '在报送的另一份名册中' ELSE '在本名册中' END
FROM certificates JOIN shared USING (field, number)
