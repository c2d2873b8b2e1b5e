-- What several rows of one person say against each other. No row wins by the order or name of its file: the row of the unit's own file
-- stands, where only one can be that; else the fuller row, and what the rows say differently is unknown.
-- In: again, rows_raw, columns. {facts} lists what a row says (plausibility.FACTS), of {columns}; {kind} is a fact's kind by its
-- field; {earliest}, the first day of a level or title; {passing}, the grades that pass; {any}, whether there is anybody in again: where not, the rows are not even looked at.
-- Makes said (a row a fact of a row); stands (a row a person and unit): first_pid, in how many files (of those that
-- may be the unit's own) and rosters (of all); conflicts (person, unit_id, field): facts that are
-- unknown; unsettled (a row a person whose facts these are): fields, whether several files say them (of_several_files), those of them that are
-- filled and don't tell (unread: in several files a cell that can't be read), and of levels and honours what may be held; opposite (pid, fields).
CREATE OR REPLACE TEMP TABLE told AS
SELECT a.*, {columns}, {earliest} AS earliest,
    list_max(list_transform(list_filter(credentials, lambda c: c.track = 'skill'), lambda c: c.rank_hi)) AS skill_rank,
    list_max(list_transform(list_filter(credentials, lambda c: c.track = 'title'), lambda c: c.rank_hi)) AS title_rank
FROM rows_raw AS r JOIN again AS a USING (pid) WHERE {any};

CREATE OR REPLACE TEMP TABLE said AS
SELECT pid, person, unit_id, file_no, leads, speaks, field, kind, value, lo, hi, adverse FROM (
    SELECT pid, person, unit_id, file_no, leads, speaks, unnest([{facts}], recursive := true) FROM told
) WHERE value IS NOT NULL OR lo IS NOT NULL
UNION ALL
SELECT pid, person, unit_id, file_no, leads, speaks, 'assessment_' || grade.year, 'post', grade.grade, NULL, NULL,
    grade.grade NOT IN ({passing})
FROM (SELECT pid, person, unit_id, file_no, leads, speaks, unnest(assessments) AS grade FROM told) WHERE grade.grade IS NOT NULL
UNION ALL  -- what can't be read may say anything
SELECT pid, person, unit_id, file_no, leads, speaks, field, {kind} AS kind, '?', NULL, NULL, true
FROM (SELECT pid, person, unit_id, file_no, leads, speaks, unnest(unread) AS field FROM told) WHERE {kind} IS NOT NULL;

CREATE OR REPLACE TEMP TABLE stands AS
SELECT person, unit_id, first(pid ORDER BY filled DESC, sha256, pid) FILTER (leads AND speaks) AS first_pid,
    count(*) FILTER (leads AND speaks) AS files, count(*) FILTER (leads) AS rosters
FROM again LEFT JOIN (SELECT pid, count(*) + count(*) FILTER (lo = hi) AS filled FROM said WHERE kind <> 'person' AND value IS DISTINCT FROM '?' GROUP BY pid) USING (pid)
GROUP BY person, unit_id HAVING count(*) > 1;

-- What one row alone says is unknown too where it is against the person: a file that claims the unit could else add it to the unit's own
-- words. In one file a second row may bring another certificate, and be blank in what the first says; what it alone says against the person is unknown.
CREATE OR REPLACE TEMP TABLE conflicts AS
SELECT person, unit_id, field
FROM said JOIN stands USING (person, unit_id)
WHERE speaks AND (kind = 'post' OR kind = 'credential' AND leads AND files > 1)
GROUP BY person, unit_id, field, files
HAVING count(DISTINCT value) > 1 OR max(lo) > min(hi)
    OR files > 1 AND bool_or(adverse) AND count(*) FILTER (leads) < files
    OR files = 1 AND bool_or(adverse) AND NOT bool_or(leads)
    OR field IN ('skill', 'title') AND bool_or(value <> '0') AND NOT bool_or(pid = first_pid);

CREATE OR REPLACE TABLE unsettled AS
SELECT t.pid, any_value(fields) AS fields, any_value(files) > 1 AS of_several_files, any_value(CASE WHEN files > 1 THEN unreadable ELSE fields END) AS unread,
    any_value(skill_rank) AS skill_rank, any_value(title_rank) AS title_rank, any_value(honours) AS honours
FROM (SELECT pid, person, unit_id FROM told WHERE speaks) AS t JOIN stands USING (person, unit_id)
JOIN (
    SELECT person, unit_id, list(field ORDER BY field) AS fields, list(field ORDER BY field) FILTER (is_unreadable) AS unreadable
    FROM conflicts JOIN (SELECT person, unit_id, field, bool_or(value IS NOT DISTINCT FROM '?') AS is_unreadable FROM said WHERE speaks GROUP BY ALL) USING (person, unit_id, field)
    GROUP BY ALL
) USING (person, unit_id)
JOIN (
    SELECT person, unit_id, max(skill_rank) AS skill_rank, max(title_rank) AS title_rank,
        nullif(list_sort(list_distinct(flatten(list(coalesce(honours, []) || coalesce(honours_in_doubt, []))))), []) AS honours
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
