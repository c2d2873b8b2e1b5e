-- What several rows of one person say against each other. No row wins by the order or name of its file: the row of the unit's own file
-- stands, where only one can be that; else the fuller row, and what the rows say differently is unknown.
-- In: again, rows_raw, columns. {facts} lists what a row says (plausibility.FACTS); {any}, whether there
-- is anybody in again: where not, the rows are not even looked at.
-- Makes said (a row a fact of a row); stands (a row a person and unit): first_pid, in how many files (of those that
-- may be the unit's own) and rosters (of all); conflicts (person, unit_id, field): facts that are
-- unknown; unsettled (a row a person whose facts these are): fields, and of levels and honours what may be held; opposite (pid, fields).
CREATE OR REPLACE TEMP TABLE told AS
SELECT a.*, name, sex, birth_lo, birth_hi, post, person_category, frontline, engineering_field, service, integrity, away_months,
    work_start_lo, work_start_hi, skill_state, skill_rank, title_state, title_rank, title_series, title_named_series, assessments, honours,
    skill_date_lo, skill_date_hi, skill_3_date_lo, skill_3_date_hi, skill_4_date_lo, skill_4_date_hi, skill_5_date_lo, skill_5_date_hi,
    title_date_lo, title_date_hi, title_2_date_lo, title_2_date_hi, title_3_date_lo, title_3_date_hi, title_4_date_lo, title_4_date_hi,
    least(skill_date_lo, skill_3_date_lo, skill_4_date_lo, skill_5_date_lo, title_date_lo, title_2_date_lo, title_3_date_lo, title_4_date_lo) AS earliest,
    title_state = 'blank' AND EXISTS (FROM columns AS c WHERE c.file_no = r.file_no AND c.sheet = r.sheet AND c.name = 'title') AS no_title
FROM rows_raw AS r JOIN again AS a USING (pid) WHERE {any};

CREATE OR REPLACE TEMP TABLE said AS
SELECT pid, person, unit_id, file_no, leads, speaks, field, kind, value, lo, hi, adverse FROM (
    SELECT pid, person, unit_id, file_no, leads, speaks, unnest([{facts}], recursive := true) FROM told
) WHERE value IS NOT NULL OR lo IS NOT NULL
UNION ALL
SELECT pid, person, unit_id, file_no, leads, speaks, 'assessment_' || grade.year, 'post', grade.grade, NULL, NULL,
    grade.grade NOT IN ('优秀', '良好', '合格', '称职')
FROM (SELECT pid, person, unit_id, file_no, leads, speaks, unnest(assessments) AS grade FROM told) WHERE grade.grade IS NOT NULL;

CREATE OR REPLACE TEMP TABLE stands AS
SELECT person, unit_id, first(pid ORDER BY filled DESC, sha256, pid) FILTER (leads AND speaks) AS first_pid,
    count(*) FILTER (leads AND speaks) AS files, count(*) FILTER (leads) AS rosters
FROM again LEFT JOIN (SELECT pid, count(*) + count(*) FILTER (lo = hi) AS filled FROM said WHERE kind <> 'person' GROUP BY pid) USING (pid)
GROUP BY person, unit_id HAVING count(*) > 1;

-- What one row alone says is unknown too where it is against the person: a file that claims the unit could else add it to the unit's own
-- words. In one file a second row may bring another certificate.
CREATE OR REPLACE TEMP TABLE conflicts AS
SELECT person, unit_id, field
FROM said JOIN stands USING (person, unit_id)
WHERE speaks AND (kind = 'post' OR kind = 'credential' AND leads AND files > 1)
GROUP BY person, unit_id, field, files
HAVING count(DISTINCT value) > 1 OR max(lo) > min(hi)
    OR files > 1 AND bool_or(adverse) AND count(*) FILTER (leads) < files
    OR field IN ('skill', 'title') AND bool_or(value <> '0') AND NOT bool_or(pid = first_pid);

CREATE OR REPLACE TABLE unsettled AS
SELECT t.pid, any_value(fields) AS fields, any_value(skill_rank) AS skill_rank, any_value(title_rank) AS title_rank, any_value(honours) AS honours
FROM (SELECT pid, person, unit_id FROM told WHERE speaks) AS t
JOIN (SELECT person, unit_id, list(field ORDER BY field) AS fields FROM conflicts GROUP BY ALL) USING (person, unit_id)
JOIN (
    SELECT person, unit_id, max(skill_rank) AS skill_rank, max(title_rank) AS title_rank,
        list_sort(list_distinct(flatten(list(honours) FILTER (honours IS NOT NULL)))) AS honours
    FROM told WHERE speaks AND leads GROUP BY ALL
) USING (person, unit_id)
GROUP BY t.pid;

CREATE OR REPLACE TEMP TABLE opposite AS
SELECT pid, list(DISTINCT field ORDER BY field) AS fields FROM (
    SELECT pid, field FROM again JOIN (
        FROM conflicts
        UNION
        SELECT person, unit_id, field FROM said WHERE kind = 'post' GROUP BY ALL HAVING count(DISTINCT value) > 1 OR max(lo) > min(hi)
    ) USING (person, unit_id)
    UNION
    SELECT pid, field FROM again JOIN (
        SELECT person, field FROM said WHERE leads AND kind <> 'post' GROUP BY ALL HAVING count(DISTINCT value) > 1 OR max(lo) > min(hi)
    ) USING (person)
) GROUP BY pid;
