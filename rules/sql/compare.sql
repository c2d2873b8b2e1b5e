-- Two audits, person by person. In: one_persons, two_persons and so on (rules/stored.py), keys_fit (one row: whether the hash keys fit).
-- matched: a row a person who is in both, in one unit or moved to another. Whoever is in one only has the other pid NULL.
CREATE OR REPLACE TABLE counted AS
SELECT 'one' AS audit, pid, unit_id, unit, city, name, source_file, sheet, row, person_key FROM one_persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL
UNION ALL
SELECT 'two', pid, unit_id, unit, city, name, source_file, sheet, row, person_key FROM two_persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

CREATE OR REPLACE TABLE keyed AS
SELECT c.*, births.birth,
    CASE WHEN keys_fit AND person_key IS NOT NULL THEN 'k' || person_key
         ELSE 'n' || coalesce(name, '') || '|' || coalesce(CASE WHEN keys_fit THEN birth::VARCHAR END, '') END AS key
FROM counted AS c CROSS JOIN keys_fit
LEFT JOIN (
    SELECT 'one' AS audit, pid, birth_lo AS birth FROM one_facts UNION ALL SELECT 'two', pid, birth_lo FROM two_facts
) AS births USING (audit, pid);

CREATE OR REPLACE TABLE numbered AS  -- two people of one name in a unit are told apart by their order
SELECT *, row_number() OVER (PARTITION BY audit, unit_id, key ORDER BY pid) AS nth FROM keyed;

CREATE OR REPLACE TABLE in_unit AS
SELECT one.pid AS one_pid, two.pid AS two_pid
FROM (FROM numbered WHERE audit = 'one') AS one JOIN (FROM numbered WHERE audit = 'two') AS two USING (unit_id, key, nth);

CREATE OR REPLACE TABLE matched AS
WITH left_over AS (  -- who has an ID number and stands in just one other unit now has moved
    SELECT audit, key, min(pid) AS pid FROM (
        SELECT n.audit, n.key, n.pid FROM numbered AS n ANTI JOIN in_unit AS u ON u.one_pid = n.pid WHERE n.audit = 'one'
        UNION ALL
        SELECT n.audit, n.key, n.pid FROM numbered AS n ANTI JOIN in_unit AS u ON u.two_pid = n.pid WHERE n.audit = 'two'
    ) WHERE key LIKE 'k%'
    GROUP BY audit, key HAVING count(*) = 1
),
pairs AS (
    SELECT *, false AS moved_unit FROM in_unit
    UNION ALL
    SELECT one.pid, two.pid, true FROM (FROM left_over WHERE audit = 'one') AS one JOIN (FROM left_over WHERE audit = 'two') AS two USING (key)
)
SELECT one_pid, two_pid, moved_unit FROM pairs
UNION ALL
SELECT pid, NULL, false FROM numbered WHERE audit = 'one' AND pid NOT IN (SELECT one_pid FROM pairs)
UNION ALL
SELECT NULL, pid, false FROM numbered WHERE audit = 'two' AND pid NOT IN (SELECT two_pid FROM pairs);

-- changes: a row a matched person and direction whose best outcome or its target differs, and why.
-- step_0 is the one audit's own result; step_1 its people on the other's day; step_2 by the other's policy too; step_3 is the other's own
-- result: what differs between two steps is due to the day, the rule, the cells.
CREATE OR REPLACE TABLE changes AS
WITH told AS (
    SELECT m.one_pid, m.two_pid, m.moved_unit, d.direction,
        s0.outcome AS before, s0.target AS before_target, s3.outcome AS after, s3.target AS after_target,
        (s0.outcome, s0.target) IS DISTINCT FROM (s1.outcome, s1.target) AS by_day,
        (s1.outcome, s1.target) IS DISTINCT FROM (s2.outcome, s2.target) AS by_rule,
        (s2.outcome, s2.target) IS DISTINCT FROM (s3.outcome, s3.target) AS by_cells
    FROM matched AS m CROSS JOIN (VALUES ('skill-to-title'), ('title-to-skill')) AS d(direction)
    JOIN step_0 AS s0 ON s0.pid = m.one_pid AND s0.direction = d.direction
    JOIN step_1 AS s1 ON s1.pid = m.one_pid AND s1.direction = d.direction
    JOIN step_2 AS s2 ON s2.pid = m.one_pid AND s2.direction = d.direction
    JOIN step_3 AS s3 ON s3.pid = m.two_pid AND s3.direction = d.direction
)
SELECT *,
    CASE WHEN after = 'eligible' AND before <> 'eligible' THEN 'became' WHEN before = 'eligible' AND after <> 'eligible' THEN 'fell_out' ELSE 'moved' END AS kind
FROM told WHERE (before, before_target) IS DISTINCT FROM (after, after_target);

-- corrected: matched people of whom a finding of the one audit is gone in the other.
CREATE OR REPLACE TABLE corrected AS
SELECT m.one_pid, m.two_pid, count(*) AS gone
FROM matched AS m
JOIN counted AS p ON p.audit = 'one' AND p.pid = m.one_pid
JOIN one_findings AS f ON f.source_file = p.source_file AND f.sheet = p.sheet AND f.row = p.row
WHERE m.two_pid IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM counted AS q JOIN two_findings AS g ON g.source_file = q.source_file AND g.sheet = q.sheet AND g.row = q.row
    WHERE q.audit = 'two' AND q.pid = m.two_pid AND g.code = f.code AND g.field IS NOT DISTINCT FROM f.field
)
GROUP BY ALL;

-- events: all that happened, a row a person and event, with the unit that it is told of.
CREATE OR REPLACE TABLE events AS
SELECT kind, direction, one_pid, two_pid FROM changes
UNION ALL SELECT 'corrected', NULL, one_pid, two_pid FROM corrected
UNION ALL SELECT 'moved_unit', NULL, one_pid, two_pid FROM matched WHERE moved_unit
UNION ALL SELECT 'appeared', NULL, NULL, two_pid FROM matched WHERE one_pid IS NULL
UNION ALL SELECT 'vanished', NULL, one_pid, NULL FROM matched WHERE two_pid IS NULL;
