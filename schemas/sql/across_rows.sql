-- Plausibility of people against each other, and of dates against the as-of day.
-- In: people (pid, source_file, sheet, row, unit_id, duplicate_pid), rows, the variable as_of.
-- Gives pid, field, code, value, detail. What one unit is told of another is only that it is another.
WITH repeated AS (
    SELECT person_key, count(DISTINCT unit_id) AS units
    FROM rows JOIN people USING (pid) WHERE person_key IS NOT NULL
    GROUP BY person_key HAVING count(DISTINCT unit_id) > 1
),
certificates AS (
    SELECT pid, people.unit_id, person_key, cells.name, field, number
    FROM (
        SELECT pid, person_key, name, unnest([
            {'field': 'skill_certificate', 'number': skill_certificate},
            {'field': 'title_certificate', 'number': title_certificate}], recursive := true)
        FROM rows WHERE bucket = 'evaluated'
    ) AS cells JOIN people USING (pid)
    WHERE number IS NOT NULL
),
shared AS (
    SELECT field, number, count(DISTINCT unit_id) AS units
    FROM certificates
    GROUP BY field, number
    HAVING count(DISTINCT person_key) > 1 OR (count(person_key) < count(*) AND count(DISTINCT name) > 1)
),
dates AS (
    SELECT pid, unnest([
        {'field': 'birth', 'lo': birth_lo::DATE, 'hi': birth_hi::DATE},
        {'field': 'post_start', 'lo': post_start_lo::DATE, 'hi': post_start_hi::DATE},
        {'field': 'work_start', 'lo': work_start_lo::DATE, 'hi': work_start_hi::DATE},
        {'field': 'skill_date', 'lo': skill_date_lo::DATE, 'hi': skill_date_hi::DATE},
        {'field': 'skill_3_date', 'lo': skill_3_date_lo::DATE, 'hi': skill_3_date_hi::DATE},
        {'field': 'skill_4_date', 'lo': skill_4_date_lo::DATE, 'hi': skill_4_date_hi::DATE},
        {'field': 'skill_5_date', 'lo': skill_5_date_lo::DATE, 'hi': skill_5_date_hi::DATE},
        {'field': 'title_date', 'lo': title_date_lo::DATE, 'hi': title_date_hi::DATE},
        {'field': 'title_2_date', 'lo': title_2_date_lo::DATE, 'hi': title_2_date_hi::DATE},
        {'field': 'title_3_date', 'lo': title_3_date_lo::DATE, 'hi': title_3_date_hi::DATE},
        {'field': 'title_4_date', 'lo': title_4_date_lo::DATE, 'hi': title_4_date_hi::DATE}], recursive := true)
    FROM rows
)
SELECT p.pid, 'id_number' AS field, 'person_twice' AS code, NULL AS value,
    CASE WHEN first.source_file = p.source_file THEN '' ELSE first.source_file || ' ' END
        || '工作表“' || first.sheet || '”第' || first.row || '行' AS detail
FROM people AS p JOIN people AS first ON first.pid = p.duplicate_pid
UNION ALL
SELECT pid, 'id_number', 'person_two_units', NULL, '共' || units || '个单位'
FROM rows JOIN repeated USING (person_key)
UNION ALL
SELECT pid, field, 'certificate_two_people', NULL, CASE WHEN units > 1 THEN '在其他单位' ELSE '在本单位' END
FROM certificates JOIN shared USING (field, number)
UNION ALL
SELECT pid, field, 'date_after_as_of',
    CASE WHEN lo = hi THEN strftime(lo, '%Y-%m-%d') WHEN hi - lo < 31 THEN strftime(lo, '%Y-%m') ELSE strftime(lo, '%Y') END,
    '（' || strftime(getvariable('as_of'), '%Y-%m-%d') || '）'
FROM dates WHERE lo > getvariable('as_of')
ORDER BY ALL
