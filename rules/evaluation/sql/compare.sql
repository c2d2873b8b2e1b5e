-- Two audits, person by person. In: one_persons, two_persons and so on (rules/evaluation/stored_audit.py), one_told and two_told, one_own_findings and
-- two_own_findings (pid, code, field), step_0 to step_3, days
-- (day_one, day_two), keys_fit (one row: whether the hash keys fit); flows/commands/compare.py makes these, and puts in which steps differ by what, and
-- whether the program reads otherwise in the one audit than in the other (rules/reading.py).
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

CREATE OR REPLACE TABLE rest AS
SELECT n.* FROM numbered AS n ANTI JOIN in_unit AS u ON u.one_pid = n.pid WHERE n.audit = 'one'
UNION ALL
SELECT n.* FROM numbered AS n ANTI JOIN in_unit AS u ON u.two_pid = n.pid WHERE n.audit = 'two';

CREATE OR REPLACE TABLE in_another AS  -- who has an ID number and stands in just one other unit now has moved
WITH once AS (SELECT audit, key, min(pid) AS pid FROM rest WHERE key LIKE 'k%' GROUP BY audit, key HAVING count(*) = 1)
SELECT one.pid AS one_pid, two.pid AS two_pid
FROM (FROM once WHERE audit = 'one') AS one JOIN (FROM once WHERE audit = 'two') AS two USING (key);

-- Who is left in a unit, is the only one of the name there on both sides, and has no ID number on one side, or the same birth on both:
-- the ID number, or the birth of one who has none, was corrected.
CREATE OR REPLACE TABLE by_name AS
WITH left_over AS (
    SELECT *, count(*) OVER (PARTITION BY audit, unit_id, name) AS of_the_name FROM (
        SELECT r.* FROM rest AS r ANTI JOIN in_another AS m ON m.one_pid = r.pid WHERE r.audit = 'one'
        UNION ALL
        SELECT r.* FROM rest AS r ANTI JOIN in_another AS m ON m.two_pid = r.pid WHERE r.audit = 'two'
    ) WHERE name IS NOT NULL
)
SELECT one.pid AS one_pid, two.pid AS two_pid
FROM (FROM left_over WHERE audit = 'one' AND of_the_name = 1) AS one
JOIN (FROM left_over WHERE audit = 'two' AND of_the_name = 1) AS two USING (unit_id, name)
WHERE one.person_key IS NULL OR two.person_key IS NULL OR one.birth = two.birth;

CREATE OR REPLACE TABLE pairs AS
SELECT *, false AS moved_unit FROM in_unit UNION ALL SELECT *, false FROM by_name UNION ALL SELECT *, true FROM in_another;

CREATE OR REPLACE TABLE matched AS
SELECT one_pid, two_pid, moved_unit FROM pairs
UNION ALL
SELECT n.pid, NULL, false FROM numbered AS n ANTI JOIN pairs AS p ON p.one_pid = n.pid WHERE n.audit = 'one'
UNION ALL
SELECT NULL, n.pid, false FROM numbered AS n ANTI JOIN pairs AS p ON p.two_pid = n.pid WHERE n.audit = 'two';

-- same_file: people of whom both audits read the very same file: nothing about them has changed.
CREATE OR REPLACE TABLE same_file AS
SELECT m.one_pid, m.two_pid
FROM matched AS m
JOIN one_persons AS o ON o.pid = m.one_pid JOIN one_files AS f ON f.source_file = o.source_file
JOIN two_persons AS t ON t.pid = m.two_pid JOIN two_files AS g ON g.source_file = t.source_file
WHERE f.sha256 = g.sha256;

-- kept_files: files that are in both audits; who is in one of them alone, in such a file, is read otherwise.
CREATE OR REPLACE TABLE kept_files AS
SELECT 'one' AS audit, source_file FROM one_files WHERE sha256 IN (SELECT sha256 FROM two_files)
UNION ALL
SELECT 'two', source_file FROM two_files WHERE sha256 IN (SELECT sha256 FROM one_files);

-- changes: a row a matched person and direction whose best outcome or its target differs, and why.
-- step_0 is the one audit's own result, step_3 the other's; step_1 and step_2 are the people of one of them judged again. What differs between two
-- steps is due to the day, the rule, or the rest: the cells, a decision, the program's reading; or to neither where all that is the same.
CREATE OR REPLACE TABLE changed AS
SELECT m.one_pid, m.two_pid, m.moved_unit, d.direction,
    s0.outcome AS before, s0.target AS before_target, s3.outcome AS after, s3.target AS after_target,
    {by_day} AS by_day,
    {by_rule} AS by_rule,
    {by_rule_as_read} AS by_rule_as_read,
    {by_rest} AS by_rest
FROM matched AS m CROSS JOIN (VALUES ('skill-to-title'), ('title-to-skill')) AS d(direction)
JOIN step_0 AS s0 ON s0.pid = m.one_pid AND s0.direction = d.direction
JOIN step_1 AS s1 ON s1.pid = m.{judged_again} AND s1.direction = d.direction
JOIN step_2 AS s2 ON s2.pid = m.{judged_again} AND s2.direction = d.direction
JOIN step_3 AS s3 ON s3.pid = m.two_pid AND s3.direction = d.direction
WHERE (s0.outcome, s0.target) IS DISTINCT FROM (s3.outcome, s3.target);

CREATE OR REPLACE TABLE other_facts AS  -- one_told and two_told: pid, integrity, integrity_decision, told (all other facts that can be shown)
SELECT c.one_pid, c.two_pid,
    o.integrity_decision IS DISTINCT FROM t.integrity_decision AS by_decision,
    (o.told IS DISTINCT FROM t.told OR (NOT by_decision AND o.integrity IS DISTINCT FROM t.integrity))
        AND NOT ({read_otherwise} AND s.one_pid IS NOT NULL) AS by_cells
FROM (SELECT DISTINCT one_pid, two_pid FROM changed WHERE by_rest) AS c
LEFT JOIN same_file AS s USING (one_pid, two_pid)
JOIN one_told AS o ON o.pid = c.one_pid JOIN two_told AS t ON t.pid = c.two_pid;

CREATE OR REPLACE TABLE changes AS
SELECT *,
    CASE
        WHEN by_reading AND NOT (by_day OR by_rule OR by_cells OR by_decision) THEN 'read_otherwise'
        WHEN after = 'eligible' AND before <> 'eligible' THEN 'became'
        WHEN before = 'eligible' AND after <> 'eligible' THEN 'fell_out'
        ELSE 'moved'
    END AS kind
FROM (
    SELECT c.* EXCLUDE (by_rest, by_rule_as_read), by_rest AND coalesce(k.by_cells, false) AS by_cells, by_rest AND coalesce(k.by_decision, false) AS by_decision,
        by_rest AND NOT coalesce(k.by_cells OR k.by_decision, false) AS by_neither,
        (by_neither AND {read_otherwise}) OR by_rule_as_read AS by_reading, by_neither AND NOT {read_otherwise} AS by_other
    FROM changed AS c LEFT JOIN other_facts AS k USING (one_pid, two_pid)
);

-- corrected: matched people of whom a finding of the one audit is gone in the other.
CREATE OR REPLACE TABLE corrected AS
SELECT m.one_pid, m.two_pid, count(*) AS gone
FROM matched AS m
JOIN one_own_findings AS f ON f.pid = m.one_pid
WHERE m.two_pid IS NOT NULL
    AND NOT ({read_otherwise} AND EXISTS (FROM same_file AS s WHERE s.one_pid = m.one_pid AND s.two_pid = m.two_pid))
    AND NOT EXISTS (
    SELECT 1 FROM two_own_findings AS g WHERE g.pid = m.two_pid AND g.code = f.code AND g.field IS NOT DISTINCT FROM f.field
)
GROUP BY ALL;

-- events: all that happened, a row a person and event; person is one over all units.
CREATE OR REPLACE TABLE events AS
SELECT e.*, coalesce(p.person_key, p.audit || p.pid) AS person
FROM (
    SELECT kind, direction, one_pid, two_pid FROM changes
    UNION ALL SELECT 'corrected', NULL, one_pid, two_pid FROM corrected
    UNION ALL SELECT CASE WHEN {read_otherwise} AND s.one_pid IS NOT NULL THEN 'read_otherwise' ELSE 'moved_unit' END, NULL, m.one_pid, m.two_pid
    FROM matched AS m LEFT JOIN same_file AS s USING (one_pid, two_pid) WHERE moved_unit
    UNION ALL SELECT CASE WHEN {read_otherwise} AND k.source_file IS NOT NULL THEN 'read_otherwise' ELSE 'appeared' END, NULL, NULL, m.two_pid
    FROM matched AS m JOIN two_persons AS t ON t.pid = m.two_pid LEFT JOIN kept_files AS k ON k.audit = 'two' AND k.source_file = t.source_file
    WHERE m.one_pid IS NULL
    UNION ALL SELECT CASE WHEN {read_otherwise} AND k.source_file IS NOT NULL THEN 'read_otherwise' ELSE 'vanished' END, NULL, m.one_pid, NULL
    FROM matched AS m JOIN one_persons AS o ON o.pid = m.one_pid LEFT JOIN kept_files AS k ON k.audit = 'one' AND k.source_file = o.source_file
    WHERE m.two_pid IS NULL
) AS e JOIN counted AS p ON p.audit = CASE WHEN e.two_pid IS NULL THEN 'one' ELSE 'two' END AND p.pid = coalesce(e.two_pid, e.one_pid);

-- ready: of those who became eligible by the day, the day on which the years became full.
CREATE OR REPLACE TABLE ready AS
SELECT c.one_pid, c.two_pid, c.direction, min(v.years_full_on) AS on_day
FROM changes AS c JOIN two_verdicts AS v ON v.pid = c.two_pid AND v.direction = c.direction AND v.target IS NOT DISTINCT FROM c.after_target
CROSS JOIN days
WHERE c.by_day AND c.after = 'eligible' AND v.outcome = 'eligible' AND v.years_full_on > day_one AND v.years_full_on <= day_two
GROUP BY ALL;
